/**
 * Why playing cannot go on. `gone`: it may not be watched any more; `unsupported`: not by this
 * browser; `broken`: this part of it; `code`: the player's own scripts could not be fetched.
 */
export type Failure = 'gone' | 'unsupported' | 'broken' | 'code';

/** What hls.js tells of an error, as far as it matters here. */
export interface PlayError {
  type: string;
  details: string;
  /** Of the answer; 0 or absent where there was none. */
  code?: number | undefined;
}

/** What to do about a fatal error: `renew` the right to watch, `mend` the media, or `wait`. */
export function remedyOf(error: PlayError): 'renew' | 'mend' | 'wait' | 'none' {
  if (incompatible.includes(error.details)) return 'none';
  if (error.type === 'mediaError') return 'mend';
  if (error.type !== 'networkError') return 'none';
  return [401, 403, 404, 410].includes(error.code ?? 0) ? 'renew' : 'wait';
}

/** What it comes to when that did not help. */
export function failureOf(error: PlayError): Failure {
  if (incompatible.includes(error.details)) return 'unsupported';
  return remedyOf(error) === 'renew' ? 'gone' : 'broken';
}

const incompatible = [
  'manifestIncompatibleCodecsError',
  'bufferIncompatibleCodecsError',
  'bufferAddCodecError',
];

/** Why playing waits: the service makes the segment (it says so with 503), or does not answer. */
export type Obstacle = 'making' | 'unreachable' | null;

export function obstacleOf(error: PlayError): Obstacle {
  if (error.type !== 'networkError') return null;
  if (error.code === 503) return 'making';
  return (error.code ?? 0) === 0 || (error.code ?? 0) >= 500 ? 'unreachable' : null;
}

/** Before the next try, in milliseconds: longer each time, up to a quarter of a minute. */
export function pause_ms(tries: number): number {
  return Math.min(15_000, 1000 * 2 ** tries);
}
