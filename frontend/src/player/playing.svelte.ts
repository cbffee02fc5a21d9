import { Clock } from './clock';
import type { Failure, Obstacle } from './failure';
import { wasGoneOnTo } from './going-on';
import type { Choices, VpVideo } from './vp-video';

/** Waiting longer than this for bytes deserves a word. */
const patience_ms = 2000;

/** How playing goes, as the video element tells it: its handlers, and what they come to. */
export class Playing {
  failure = $state<Failure | null>(null);
  obstacle = $state<Obstacle>(null);
  slow = $state(false);
  /** Nothing is left to play: a failure before that interrupts nobody. */
  starved = $state(false);
  /** Whether the video has something to show: what is less urgent may be loaded. */
  begun = $state(false);
  ended = $state(false);
  choices = $state.raw<Choices | null>(null);
  cuts_seconds = $state.raw<readonly number[]>([]);
  at_seconds = $state(0);
  readonly stuck = $derived(this.failure !== null && this.starved);
  readonly #clock: Clock;
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly video: () => VpVideo | null,
    /** The captions that are wanted where there are some: a language, or null. */
    private readonly wantedCaptions: () => string | null,
    ontime: (seconds: number) => void,
  ) {
    this.#clock = new Clock(ontime);
  }

  readonly onwaiting = (): void => {
    this.ended = false;
    this.starved = true;
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => (this.slow = true), patience_ms);
  };

  /** Before this, telling it to play would be undone by its source. */
  readonly onloadedmetadata = (): void => {
    if (wasGoneOnTo()) this.video()?.playIfAllowed();
  };

  readonly onflowing = (): void => {
    clearTimeout(this.#waiting);
    this.slow = this.starved = false;
    this.begun = true;
  };

  readonly onseeked = (): void => {
    this.onflowing();
    this.tellTime();
  };

  readonly onpause = (): void => {
    clearTimeout(this.#waiting);
    this.slow = false;
    this.tellTime();
  };

  readonly onended = (): void => {
    this.ended = true;
  };

  readonly ontimeupdate = (): void => {
    const video = this.video();
    if (!video) return;
    this.at_seconds = video.currentTime;
    this.#clock.tick(this.at_seconds);
  };

  readonly onvpchoices = (): void => {
    const video = this.video();
    const choices = video?.choices ?? null;
    this.choices = choices;
    const wanted = this.wantedCaptions();
    // Captions that were wanted before, when there are some.
    if (!video || !choices || wanted === null || choices.caption !== null) return;
    const track = choices.captions.find(({ language }) => language === wanted);
    if (track) video.chooseCaption(track);
  };

  readonly onvpcuts = (): void => {
    this.cuts_seconds = this.video()?.cuts_seconds ?? [];
  };

  readonly onvpobstacle = ({ detail }: CustomEvent<Obstacle>): void => {
    this.obstacle = detail;
  };

  readonly onvperror = ({ detail }: CustomEvent<Failure>): void => {
    const video = this.video();
    this.failure = detail;
    this.starved = !video || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  };

  readonly retry = (): void => {
    this.failure = null;
    this.video()?.retry();
  };

  /** Says where playing is, however lately that was said. */
  readonly tellTime = (): void => {
    const video = this.video();
    if (video) this.#clock.now(video.currentTime);
  };

  /** The element goes. */
  end(video: VpVideo): void {
    clearTimeout(this.#waiting);
    this.#clock.now(video.currentTime);
  }
}
