/** A second tap within this time belongs to the first, in milliseconds. */
const patience_ms = 320;
/** Once seeking has begun, further taps have this long. */
const run_ms = 700;
const step_seconds = 10;

/**
 * Reads touches: two quick ones on the left or right third go back or ahead, each further one once
 * more. A single one shows or hides the controls, which media-chrome does by itself.
 */
export class Taps {
  #last: { side: number; at_ms: number; seeking: boolean; total_seconds: number } | null = null;

  /**
   * `part`: where, from 0 (left) to 1. What to seek by now and in all since the run began, or null
   * where it is (so far) a single tap.
   */
  tap(part: number, at_ms: number): { by_seconds: number; total_seconds: number } | null {
    const side = part < 1 / 3 ? -1 : part > 2 / 3 ? 1 : 0;
    const last = this.#last;
    const follows =
      last !== null &&
      side !== 0 &&
      side === last.side &&
      at_ms - last.at_ms <= (last.seeking ? run_ms : patience_ms);
    const by_seconds = side * step_seconds;
    const total_seconds = follows ? last.total_seconds + by_seconds : 0;
    this.#last = { side, at_ms, seeking: follows, total_seconds };
    return follows ? { by_seconds, total_seconds } : null;
  }
}
