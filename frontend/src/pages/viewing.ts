/** The rules are those of the service: backend/video_service/domain/viewing.py. */
const finishedPart = 0.95;
const finishedLeft_seconds = 10;
const view_seconds = 30;

/** Whoever has watched so much is not only looking. */
const begun_seconds = 3;
/** Who watches on is told of no more often than this. */
const report_ms = 10_000;
/** Between two looks at the clock, playing goes no further than this; a jump does. */
const longestStep_seconds = 3;

/** Where to begin a video that somebody left here: at the beginning where they had seen it. */
export function resumeAt(left_seconds: number | null, duration_seconds: number | null): number {
  if (left_seconds === null || isFinished(left_seconds, duration_seconds)) return 0;
  return left_seconds;
}

export function isFinished(position_seconds: number, duration_seconds: number | null): boolean {
  if (duration_seconds === null) return false;
  return (
    position_seconds > finishedPart * duration_seconds ||
    duration_seconds - position_seconds < finishedLeft_seconds
  );
}

/** What a viewing needs from the world; tests bring their own. */
export interface ViewingPorts {
  /** Tells the service; rejects where it could not be told. */
  report(position_seconds: number, watched_seconds: number): Promise<void>;
  /** Whether the service keeps where one is: it knows who watches. Otherwise this device does. */
  signedIn: boolean;
  local: { keep(id: string, seconds: number): void; forget(id: string): void };
  now_ms(): number;
}

/**
 * One viewing of a video: the service hears of it when it has begun, while playing goes on, when it
 * is left, and when enough was watched for a view. Of somebody who is not signed in it hears of the view only.
 */
export class Viewing {
  /** Whole seconds that were played, each once, until they are enough for a view. */
  readonly #played = new Set<number>();
  #last_seconds: number | null = null;
  /** Where playing last went on: a jump counts when one watches on from there. */
  #position_seconds: number | null = null;
  #kept_seconds = -Infinity;
  #reported_seconds: number | null = null;
  /** Null: not yet. The first report comes early: where the service is another origin, a browser
   * first has to ask it for permission, and for that it is too late when the page is being left. */
  #reported_ms: number | null = null;
  #viewed = false;

  constructor(
    private readonly video: { id: string; durationSeconds: number | null },
    private readonly ports: ViewingPorts,
  ) {}

  /** Playing is here. */
  at(seconds: number): void {
    const last_seconds = this.#last_seconds;
    this.#last_seconds = seconds;
    if (last_seconds === null) return;
    const step_seconds = seconds - last_seconds;
    if (step_seconds <= 0 || step_seconds > longestStep_seconds) return;
    this.#position_seconds = seconds;
    this.#count(last_seconds, seconds);
    const { signedIn } = this.ports;
    if (!signedIn && Math.abs(seconds - this.#kept_seconds) >= 1) this.#keep(seconds);
    if (this.#isNewView || (signedIn && this.#isDue)) this.#report(seconds);
  }

  /** The page is left, or hidden, from where it may never come back. */
  leave(): void {
    const position_seconds = this.#position_seconds;
    if (position_seconds === null) return;
    const { signedIn } = this.ports;
    if (!signedIn) this.#keep(position_seconds);
    if (this.#isNewView || (signedIn && this.#reported_seconds !== position_seconds)) {
      this.#report(position_seconds);
    }
  }

  get #isDue(): boolean {
    if (this.#reported_ms === null) return this.#played.size >= begun_seconds;
    return this.ports.now_ms() - this.#reported_ms >= report_ms;
  }

  get #isNewView(): boolean {
    const { durationSeconds } = this.video;
    const enough = durationSeconds === null ? view_seconds : durationSeconds / 2;
    return (
      !this.#viewed && this.#played.size > 0 && this.#played.size >= Math.min(view_seconds, enough)
    );
  }

  #count(from_seconds: number, to_seconds: number): void {
    if (this.#viewed) return;
    for (let second = Math.floor(from_seconds); second < to_seconds; second++)
      this.#played.add(second);
  }

  #keep(seconds: number): void {
    this.#kept_seconds = seconds;
    if (isFinished(seconds, this.video.durationSeconds)) this.ports.local.forget(this.video.id);
    else this.ports.local.keep(this.video.id, seconds);
  }

  #report(position_seconds: number): void {
    const isView = this.#isNewView;
    this.#reported_ms = this.ports.now_ms();
    this.#reported_seconds = position_seconds;
    this.#viewed ||= isView;
    this.ports.report(position_seconds, this.#played.size).catch(() => {
      // Nobody who watches needs to know. The next report tells it again.
      this.#reported_seconds = null;
      if (isView) this.#viewed = false;
    });
  }
}
