/** Segments, one after the other, that can be played at once. */
export interface SegmentRun {
  first: number;
  count: number;
}

/** A stretch of the video, in seconds. */
export interface Stretch {
  start_seconds: number;
  end_seconds: number;
}

/** Where segments lie in time: every rung and every audio track is cut at the same times. */
export function stretchesOf(
  runs: readonly SegmentRun[],
  cuts_seconds: readonly number[],
): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { first, count } of runs) {
    const start_seconds = cuts_seconds[first];
    const end_seconds = cuts_seconds[Math.min(first + count, cuts_seconds.length - 1)];
    if (start_seconds === undefined || end_seconds === undefined) continue;
    if (end_seconds > start_seconds) stretches.push({ start_seconds, end_seconds });
  }
  return stretches;
}

export function isReady(stretches: readonly Stretch[], seconds: number): boolean {
  return stretches.some(
    ({ start_seconds, end_seconds }) => start_seconds <= seconds && seconds < end_seconds,
  );
}

/** The seek bar's background: what is ready, and what is still being made. */
export function readyBackground(
  stretches: readonly Stretch[],
  duration_seconds: number,
  ready: string,
  unready: string,
): string {
  const percent = (seconds: number): string =>
    `${((100 * seconds) / duration_seconds).toFixed(2)}%`;
  const stops: string[] = [];
  let before = '0.00%';
  for (const { start_seconds, end_seconds } of stretches) {
    const start = percent(start_seconds);
    const end = percent(end_seconds);
    stops.push(`${unready} ${before} ${start}`, `${ready} ${start} ${end}`);
    before = end;
  }
  return `linear-gradient(to right, ${[...stops, `${unready} ${before} 100%`].join(', ')})`;
}
