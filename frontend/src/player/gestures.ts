import type { Commands } from './commands.svelte';
import { Taps } from './taps';

/** The picture under a pointer: pressed it plays or pauses, tapped twice at a side it goes on or back. */
export class Gestures {
  readonly #taps = new Taps();
  #pointerType = 'mouse';

  constructor(
    private readonly commands: Commands,
    /** The picture, and what may be hit in its place. */
    private readonly picture: () => readonly (HTMLElement | null)[],
  ) {}

  readonly onpointerdown = ({ pointerType }: PointerEvent): void => {
    this.#pointerType = pointerType;
  };

  readonly onclick = (event: MouseEvent): void => {
    const [picture] = this.picture();
    if (!this.#isHit(event) || !picture) return;
    if (this.#pointerType !== 'touch') {
      this.commands.togglePlay();
      return;
    }
    const box = picture.getBoundingClientRect();
    const seeking = this.#taps.tap((event.clientX - box.left) / box.width, event.timeStamp);
    if (seeking === null) return;
    this.commands.seekBy(seeking.by_seconds);
    this.commands.saySought(seeking.total_seconds);
  };

  readonly ondblclick = (event: MouseEvent): void => {
    if (this.#isHit(event) && this.#pointerType !== 'touch') this.commands.toggleFullscreen();
  };

  /** Whether it is the picture that was touched, and not what lies on it. */
  #isHit(event: Event): boolean {
    return this.picture().some((one) => one === event.target);
  }
}
