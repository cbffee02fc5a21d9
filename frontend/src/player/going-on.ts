/** When a player went on to the next video by itself: the one that comes then plays at once. */
let wentOn_ms = -Infinity;
const continuing_ms = 15_000;

export function goOnNow(): void {
  wentOn_ms = performance.now();
}

/** Whether this player was gone on to; once. */
export function wasGoneOnTo(): boolean {
  const was = performance.now() - wentOn_ms < continuing_ms;
  wentOn_ms = -Infinity;
  return was;
}
