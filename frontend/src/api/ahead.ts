/** What was asked for ahead of time is good for this long. */
const good_ms = 10_000;

/** Answers to questions that will soon be asked, each for whoever asks first. */
export class Ahead {
  readonly #kept = new Map<string, { answer: Promise<unknown>; until_ms: number }>();

  constructor(private readonly now_ms: () => number = () => performance.now()) {}

  /** Asks now, unless that was done just before. A failure is nobody's yet: whoever takes it asks again. */
  ask(key: string, get: () => Promise<unknown>): void {
    const now = this.now_ms();
    for (const [other, { until_ms }] of this.#kept) if (until_ms < now) this.#kept.delete(other);
    if (this.#kept.has(key)) return;
    const answer = get();
    answer.catch(() => this.#kept.delete(key));
    this.#kept.set(key, { answer, until_ms: now + good_ms });
  }

  /** The answer that was asked for ahead, or else from `get`. */
  async take<Answer>(key: string, get: () => Promise<Answer>): Promise<Answer> {
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    if (!kept || kept.until_ms < this.now_ms()) return get();
    try {
      return (await kept.answer) as Answer;
    } catch {
      return get();
    }
  }
}
