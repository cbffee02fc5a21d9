import type { ErrorReason } from '../gen/playhead/video/v1/errors_pb';
import { sentenceOf } from './notices';
import { text } from '../text/en/errors';
import { formatBytes, formatUnit } from '../text/numbers';

/** The one vocabulary of errors: the names of ErrorReason. */
export type Reason = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED'>;

export interface FieldError {
  field: string;
  message: string;
}

/** What an error carries besides its reason. Names as on the wire. */
export interface ErrorFacts {
  detail?: string;
  fields?: FieldError[];
  /** Which quota is used up: `storage`, or `daily`. */
  quota?: string;
  limit_bytes?: number;
  used_bytes?: number;
  retry_after_seconds?: number;
  request_id?: string;
  /** What would open it: a share link's password. */
  needs?: 'password';
}

/** What the person sees. A new reason does not compile until it has a sentence. */
const sentences: Record<Reason, (facts: ErrorFacts) => string> = {
  INVALID_INPUT: (facts) =>
    facts.fields?.map((field) => field.message).join(' ') || facts.detail || text.invalidInput,
  UNSUPPORTED_MEDIA: (facts) => facts.detail ?? text.unsupportedMedia,
  NOT_SIGNED_IN: () => text.notSignedIn,
  NOT_ALLOWED: () => text.notAllowed,
  NOT_FOUND: () => text.notFound,
  UPLOAD_OFFSET_MISMATCH: () => text.uploadOffset,
  NOT_READY: () => text.notReady,
  TOO_LARGE: ({ limit_bytes }) =>
    limit_bytes === undefined ? text.tooLarge : text.tooLargeBy(formatBytes(limit_bytes)),
  QUOTA_EXCEEDED: ({ quota, limit_bytes, used_bytes = limit_bytes }) => {
    if (limit_bytes === undefined || used_bytes === undefined) return text.quota;
    const sentence = quota === 'daily' ? text.dailyQuota : text.storageQuota;
    return sentence(formatBytes(used_bytes), formatBytes(limit_bytes));
  },
  RATE_LIMITED: ({ retry_after_seconds }) =>
    retry_after_seconds === undefined
      ? text.rateLimited
      : text.rateLimitedFor(formatWait(retry_after_seconds)),
  UNAVAILABLE: () => text.unavailable,
  CANCELLED: () => text.cancelled,
  INTERNAL: ({ request_id }) => (request_id ? text.internalWith(request_id) : text.internal),
};

/** Every failure that reaches a page. `message` is made for people. */
export class PlayheadError extends Error {
  override readonly name = 'PlayheadError';
  constructor(
    readonly reason: Reason,
    readonly facts: ErrorFacts = {},
    options?: ErrorOptions,
  ) {
    super(sentences[reason](facts), options);
  }

  /** What is wrong with one field of a form, or undefined. */
  field(name: string): string | undefined {
    return this.facts.fields?.find((field) => field.field === name)?.message;
  }
}

export function isReason(value: unknown): value is Reason {
  return typeof value === 'string' && Object.hasOwn(sentences, value);
}

const reasonOfStatus: Record<number, Reason> = {
  400: 'INVALID_INPUT',
  401: 'NOT_SIGNED_IN',
  403: 'NOT_ALLOWED',
  404: 'NOT_FOUND',
  409: 'NOT_READY',
  410: 'NOT_FOUND',
  413: 'TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA',
  429: 'RATE_LIMITED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'UNAVAILABLE',
};

/** From an HTTP status and the body of a response: RFC 9457 problem details where we are lucky. */
export function errorFromProblem(status: number, body: string): PlayheadError {
  const problem = parseObject(body);
  const reason = isReason(problem['reason'])
    ? problem['reason']
    : (reasonOfStatus[status] ?? 'INTERNAL');
  return new PlayheadError(reason, {
    ...factsOf(problem),
    ...(problem['needs'] === 'password' ? { needs: 'password' } : {}),
    ...(Array.isArray(problem['errors'])
      ? { fields: (problem['errors'] as unknown[]).flatMap(fieldErrorOf) }
      : {}),
  });
}

/** A request that got no answer at all. */
export function errorFromNetwork(cause: unknown): PlayheadError {
  return cause instanceof PlayheadError ? cause : new PlayheadError('UNAVAILABLE', {}, { cause });
}

/** Picks the facts we know, as the type we want; on gRPC every value is a string. */
export function factsOf(source: Record<string, unknown>): ErrorFacts {
  const facts: ErrorFacts = {};
  const { detail } = source;
  if (typeof detail === 'string' && detail !== '') facts.detail = translated(detail, source);
  for (const name of ['quota', 'request_id'] as const) {
    const value = source[name];
    if (typeof value === 'string' && value !== '') facts[name] = value;
  }
  for (const name of ['limit_bytes', 'used_bytes', 'retry_after_seconds'] as const) {
    const value = source[name];
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) facts[name] = number;
  }
  return facts;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {}; // Not JSON: a proxy answered. The status says enough.
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function fieldErrorOf(value: unknown): FieldError[] {
  if (typeof value !== 'object' || value === null) return [];
  const { field, message, ...rest } = value as Record<string, unknown>;
  if (typeof field !== 'string' || typeof message !== 'string') return [];
  return [{ field, message: translated(message, { ...objectOf(rest['values']), ...rest }) }];
}

/** `told`: a code, if there is one, and beside it the values of the sentence. */
export function translated(message: string, told: Record<string, unknown>): string {
  const { code, ...values } = told;
  if (typeof code !== 'string') return message;
  const texts = Object.entries(values).filter(
    ([, value]) => typeof value === 'string' || typeof value === 'number',
  );
  return sentenceOf({
    code,
    message,
    values: Object.fromEntries(texts.map(([name, value]) => [name, String(value)])),
  });
}

function formatWait(seconds: number): string {
  return seconds < 90
    ? formatUnit(Math.ceil(seconds), 'second', 'long')
    : formatUnit(Math.ceil(seconds / 60), 'minute', 'long');
}
