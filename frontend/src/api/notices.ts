import type { NoticeCode } from '../gen/playhead/video/v1/notice_codes_pb';
import { text, type Told } from '../text/en/notices';
import { formatBytes, formatDuration, formatNumber } from '../text/numbers';

/** The names of NoticeCode. A new one does not compile until it has words. */
export type NoticeName = Exclude<keyof typeof NoticeCode, 'UNSPECIFIED'>;
const words: Record<NoticeName, string | ((told: Told) => string)> = text;

/** Something that a service tells a person. */
export interface Notice {
  /** A NoticeName, or another where the service is newer; empty: there is only the sentence. */
  code: string;
  /** The sentence in English. */
  message: string;
  values: Readonly<Record<string, string>>;
}

/** The sentence in the language of the page; the service's own where there are no words for it. */
export function sentenceOf({ code, message, values }: Notice): string {
  if (!isNoticeName(code)) return message;
  const said = words[code];
  return typeof said === 'string' ? said : said((name) => told(name, message, values));
}

function isNoticeName(code: string): code is NoticeName {
  return Object.hasOwn(words, code);
}

function told(name: string, message: string, values: Notice['values']): string {
  const value = values[name] ?? '';
  // What failed is a notice of its own, whose values are among these.
  if (name === 'cause' && isNoticeName(value)) return sentenceOf({ code: value, message, values });
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return value;
  if (name.endsWith('_bytes')) return formatBytes(number);
  return name.endsWith('_seconds') ? formatDuration(number) : formatNumber(number);
}
