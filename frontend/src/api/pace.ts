/** Samples older than this say nothing about the speed now. */
const window_ms = 8000;

/** How fast an upload is, from what it has sent at which times. */
export class Pace {
  #samples: { at_ms: number; bytes: number }[] = [];

  /** Notes how many bytes have been sent in all. */
  note(at_ms: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // A resync may go back: what was measured before then is void.
    if (last && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at_ms, bytes });
    while (this.#samples.length > 2 && at_ms - (this.#samples[0]?.at_ms ?? at_ms) > window_ms) {
      this.#samples.shift();
    }
  }

  /** Forgets everything: after a pause. */
  reset(): void {
    this.#samples = [];
  }

  /** Bytes per second over the last seconds; null while too little is known. */
  get bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last) return null;
    const seconds = (last.at_ms - first.at_ms) / 1000;
    return seconds < 0.5 ? null : (last.bytes - first.bytes) / seconds;
  }

  /** Seconds until `totalBytes` are sent; null while that cannot be told. */
  secondsLeft(totalBytes: number): number | null {
    const speed = this.bytesPerSecond;
    const sent = this.#samples.at(-1)?.bytes ?? 0;
    return speed === null || speed <= 0 ? null : (totalBytes - sent) / speed;
  }
}
