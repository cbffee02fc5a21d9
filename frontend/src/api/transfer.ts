import type { DetailedError, HttpRequest, HttpResponse, PreviousUpload } from 'tus-js-client';
import { errorFromNetwork, errorFromProblem, type PlayheadError } from './errors';
import { session } from './session.svelte';
import { isVisibility, type Visibility } from './video';

/** What a new upload says about its video. */
export interface UploadWords {
  title: string;
  description: string;
  visibility: Visibility;
}

export interface TransferEvents {
  /** `told` is what the server knows: other words than ours where an earlier visit created it. */
  onVideoId(videoId: string, told: UploadWords): void;
  onProgress(sentBytes: number): void;
  onSuccess(): void;
  onError(error: PlayheadError): void;
}

/** One file on its way to the gateway. */
export interface Transfer {
  /** Starts, or goes on where the server says the upload stands. */
  start(): void;
  pause(): Promise<void>;
  /** Gives the upload up, here and on the server. */
  terminate(): Promise<void>;
}

/** An upload that an earlier visit left behind; its file must be chosen again. */
export interface Unfinished {
  filename: string;
  sizeBytes: number;
  offsetBytes: number;
  matches(file: File): boolean;
  discard(): Promise<void>;
}

const endpoint = '/api/uploads';
const chunkSize_bytes = 8 * 1024 * 1024;
const retryDelays_ms = [0, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000, 30_000];
/** Which video an unfinished upload belongs to, by the upload's URL. */
const videoIdKey = (url: string): string =>
  `playhead-upload-video:${new URL(url, location.href).pathname}`;

const tus = () => import('tus-js-client');

function ownPrefix(): string {
  return `playhead-${session.person?.id ?? ''}-`;
}

/** The same file chosen again by the same person. */
function fingerprint(file: File): string {
  return ownPrefix() + [file.name, file.type, file.size, file.lastModified].join('-');
}

async function sign(request: HttpRequest): Promise<void> {
  const token = await session.token();
  if (token !== null) request.setHeader('Authorization', `Bearer ${token}`);
}

/** Nobody could say where the upload stands, and that may pass. */
class NotNow extends Error {
  constructor(readonly response: HttpResponse) {
    super('The upload is not answered for now');
  }
}

function responseOf(error: Error | DetailedError): HttpResponse | null {
  if (!('originalResponse' in error)) return null;
  const { causingError, originalResponse } = error;
  return causingError instanceof NotNow ? causingError.response : originalResponse;
}

/** Everything that may pass is tried again: only a refusal is final. */
export function mayPass(status: number): boolean {
  return status === 0 || status >= 500 || [401, 408, 409, 423, 429, 460].includes(status);
}

/** Binds one file to the tus protocol. Picks up an unfinished upload of the same file. */
export async function openTransfer(
  file: File,
  words: UploadWords,
  events: TransferEvents,
): Promise<Transfer> {
  const { Upload } = await tus();
  let refusals = 0;
  let told = words;
  const upload = new Upload(file, {
    endpoint,
    chunkSize: chunkSize_bytes,
    retryDelays: retryDelays_ms,
    removeFingerprintOnSuccess: true,
    fingerprint: (chosen) => Promise.resolve(fingerprint(chosen)),
    metadata: { filename: file.name, ...words },
    onBeforeRequest: sign,
    onAfterResponse: (request: HttpRequest, response: HttpResponse) => {
      // Otherwise tus gives the upload up and begins a new one, at its first byte.
      if (request.getMethod() === 'HEAD' && mayPass(response.getStatus()))
        throw new NotNow(response);
      const videoId = response.getHeader('Playhead-Video-Id');
      if (!videoId) return;
      const location_ = response.getHeader('Location') ?? upload.url;
      if (location_) localStorage.setItem(videoIdKey(location_), videoId);
      events.onVideoId(videoId, told);
    },
    onShouldRetry: (error) => {
      const status = responseOf(error)?.getStatus() ?? 0;
      if (status === 401) {
        // Refused with a fresh token: nobody is signed in any more.
        if (refusals++ > 0) return false;
        void session.renew().catch(() => undefined);
      }
      return mayPass(status);
    },
    onProgress: (sentBytes) => {
      refusals = 0;
      events.onProgress(sentBytes);
    },
    onSuccess: () => {
      if (upload.url) localStorage.removeItem(videoIdKey(upload.url));
      events.onSuccess();
    },
    onError: (error) => {
      const response = responseOf(error);
      events.onError(
        response
          ? errorFromProblem(response.getStatus(), response.getBody())
          : errorFromNetwork(error),
      );
    },
  });
  const [previous] = await upload.findPreviousUploads();
  if (previous) {
    upload.resumeFromPreviousUpload(previous);
    told = wordsOf(previous.metadata, words);
    // Where it is gone, and so created anew: as the row says, and as was wanted first.
    upload.options.metadata = { filename: file.name, ...told };
    const videoId = previous.uploadUrl && localStorage.getItem(videoIdKey(previous.uploadUrl));
    if (videoId) events.onVideoId(videoId, told);
  }
  return {
    start: () => upload.start(),
    pause: () => upload.abort(false),
    terminate: async () => {
      const url = upload.url ?? previous?.uploadUrl ?? null;
      await upload.abort(false);
      const left = await upload.findPreviousUploads();
      if (url !== null) await terminate(url);
      await forget(left);
    },
  };
}

function wordsOf(metadata: Record<string, string>, otherwise: UploadWords): UploadWords {
  const visibility = metadata['visibility'];
  return {
    title: metadata['title'] ?? otherwise.title,
    description: metadata['description'] ?? otherwise.description,
    visibility: isVisibility(visibility) ? visibility : otherwise.visibility,
  };
}

/** What earlier visits of this person left behind and the server still has. */
export async function findUnfinished(): Promise<Unfinished[]> {
  if (session.person === null) return [];
  const { defaultOptions } = await tus();
  const all = await defaultOptions.urlStorage.findAllUploads();
  const own = all.filter((stored) => stored.urlStorageKey.startsWith(`tus::${ownPrefix()}`));
  const found = await Promise.all(own.map(inspect));
  return found.filter((unfinished) => unfinished !== null);
}

async function inspect(stored: PreviousUpload): Promise<Unfinished | null> {
  const url = stored.uploadUrl;
  if (url === null) return null;
  const offsetBytes = await offsetOf(url);
  if (offsetBytes === 'gone') {
    await forget([stored]);
    return null;
  }
  return {
    filename: stored.metadata['filename'] ?? 'A file',
    sizeBytes: stored.size ?? 0,
    offsetBytes,
    matches: (file) => stored.urlStorageKey.startsWith(`tus::${fingerprint(file)}::`),
    discard: async () => {
      await terminate(url);
      await forget([stored]);
    },
  };
}

async function forget(stored: PreviousUpload[]): Promise<void> {
  const { defaultOptions } = await tus();
  for (const upload of stored) {
    await defaultOptions.urlStorage.removeUpload(upload.urlStorageKey);
    if (upload.uploadUrl) localStorage.removeItem(videoIdKey(upload.uploadUrl));
  }
}

/** Where the server says an upload stands; an unreachable server is no reason to forget it. */
async function offsetOf(url: string): Promise<number | 'gone'> {
  try {
    const response = await signedFetch(url, 'HEAD');
    if ([403, 404, 410].includes(response.status)) return 'gone';
    return Number(response.headers.get('Upload-Offset') ?? 0);
  } catch {
    return 0;
  }
}

/** Termination of tus 1.0.0. An upload that is gone already is what we want. */
async function terminate(url: string): Promise<void> {
  let response: Response;
  try {
    response = await signedFetch(url, 'DELETE');
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
  if (response.ok || response.status === 404 || response.status === 410) return;
  throw errorFromProblem(response.status, await response.text());
}

async function signedFetch(url: string, method: 'HEAD' | 'DELETE'): Promise<Response> {
  const token = await session.token();
  return fetch(url, {
    method,
    headers: {
      'Tus-Resumable': '1.0.0',
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
  });
}
