import type { Video } from '../api';

type Chapter = Video['chapters'][number];

const line = /^\s*(?:(\d{1,2}):)?(\d{1,3}):(\d{2}(?:[.,]\d{1,3})?)\s+(\S.*?)\s*$/;

/** As they are edited: one a line, `1:30 Title`. */
export function writeChapters(chapters: readonly Chapter[]): string {
  return chapters.map(({ startSeconds, title }) => `${written(startSeconds)} ${title}`).join('\n');
}

/** The chapters that lines say, or the number, from 1, of the first that says none. Empty lines do not count. */
export function readChapters(text: string): Chapter[] | { wrongLine: number } {
  const chapters: Chapter[] = [];
  for (const [index, one] of text.split('\n').entries()) {
    if (one.trim() === '') continue;
    const [, hours, minutes, seconds, title] = line.exec(one) ?? [];
    const startSeconds =
      (Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds?.replace(',', '.'));
    const readable =
      title !== undefined &&
      Number(seconds?.slice(0, 2)) < 60 &&
      (hours === undefined || Number(minutes) < 60);
    const later = startSeconds > (chapters.at(-1)?.startSeconds ?? -1);
    if (!readable || !later) return { wrongLine: index + 1 };
    chapters.push({ startSeconds, title });
  }
  return chapters;
}

/** To the millisecond where it is not whole: what is written back changes nothing. */
function written(seconds: number): string {
  const total_ms = Math.round(seconds * 1000);
  const [hours, minutes] = [Math.floor(total_ms / 3_600_000), Math.floor(total_ms / 60_000) % 60];
  const rest = ((total_ms % 60_000) / 1000).toFixed(3).replace(/\.?0+$/, '');
  const [whole = '0', fraction] = rest === '' ? ['0'] : rest.split('.');
  const shown = `${whole.padStart(2, '0')}${fraction === undefined ? '' : `.${fraction}`}`;
  return hours > 0
    ? `${hours}:${String(minutes).padStart(2, '0')}:${shown}`
    : `${minutes}:${shown}`;
}
