/** Most often that the time is told while playing, in milliseconds. */
const pause_ms = 250;

/** Tells where playing is: not too often while it goes on, at once where it matters. */
export class Clock {
  #told_ms = -Infinity;

  constructor(
    private readonly tell: (seconds: number) => void,
    private readonly now_ms: () => number = () => performance.now(),
  ) {}

  /** Playing went on to this time. */
  tick(seconds: number): void {
    if (this.now_ms() - this.#told_ms >= pause_ms) this.now(seconds);
  }

  /** It stops or jumps here, or is left. */
  now(seconds: number): void {
    this.#told_ms = this.now_ms();
    this.tell(seconds);
  }
}
