/** `90`, `90s`, `1m30s`, `1h2m3s`; whole or decimal seconds. */
const written = /^(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8}(?:\.\d{1,3})?)s?)?$/;

/** The seconds that `?t=` asks for, or null where it says none. */
export function parseTime(text: string | null): number | null {
  const found = written.exec(text?.trim().toLowerCase() ?? '');
  if (found === null || found[0] === '') return null;
  const [hours, minutes, seconds] = found.slice(1).map((part) => Number(part || 0));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** An address that begins at this time, in whole seconds. */
export function withTime(address: string, seconds: number): string {
  const url = new URL(address);
  url.searchParams.set('t', String(Math.floor(seconds)));
  return url.href;
}

/** The middle of the picture so many pictures from here: a border could show either side. */
export function frameTime(seconds: number, frames: number, frame_rate: number): number {
  const here = Math.floor(seconds * frame_rate + 0.01);
  return Math.max(0, (here + frames + 0.5) / frame_rate);
}
