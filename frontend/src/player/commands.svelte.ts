import { text } from '../text/en/player';
import { formatPercent } from '../text/numbers';
import { goOnNow } from './going-on';
import type { Command } from './keys';
import { loadPreferences, savePreferences, type Preferences } from './preferences';
import type { Said } from './said.svelte';
import { frameTime, withTime } from './times';
import type { Choices, VpVideo } from './vp-video';

/** What is operated, while it is there. */
export interface Operated {
  video(): VpVideo | null;
  controller(): HTMLElement | null;
  choices(): Choices | null;
  /** Address of the video, of which links to a time are made. */
  address(): string | undefined;
  /** Gives the player more room or less; undefined: there is no theatre mode. */
  ontheatre(): ((on: boolean) => void) | undefined;
  onhelp(): void;
}

/** What a person has the player do, by keys, by touch, by its buttons and menus. */
export class Commands {
  preferences = $state.raw(loadPreferences());
  /** The captions that were switched off last: of one language there may be several. */
  #switchedOff: TextTrack | null = null;

  constructor(
    private readonly operated: Operated,
    private readonly said: Said,
  ) {}

  readonly seek = (seconds: number): void => {
    const video = this.operated.video();
    if (video) video.currentTime = seconds;
  };

  readonly seekBy = (seconds: number): void => {
    const video = this.operated.video();
    if (!video) return;
    const end_seconds = Number.isFinite(video.duration) ? video.duration : Infinity;
    this.seek(Math.max(0, Math.min(end_seconds, video.currentTime + seconds)));
  };

  /** From a button that goes with it: the focus has to be somewhere. */
  readonly startOver = (): void => {
    this.seek(0);
    this.operated
      .controller()
      ?.querySelector<HTMLElement>('media-control-bar media-play-button')
      ?.focus();
  };

  /** `total_seconds`: how far it went since the person began. */
  saySought(total_seconds: number): void {
    this.said.say(`${total_seconds < 0 ? '−' : '+'}${Math.abs(total_seconds)} s`);
  }

  readonly goOn = (): void => {
    goOnNow();
    this.operated.controller()?.querySelector<HTMLElement>('[data-next]')?.click();
  };

  prefer(changes: Partial<Preferences>): void {
    if (changes.captions !== undefined) this.#switchedOff = null;
    const lastCaptions = changes.captions ?? this.preferences.lastCaptions;
    this.preferences = { ...this.preferences, lastCaptions, ...changes };
    savePreferences(this.preferences);
  }

  togglePlay(): void {
    const video = this.operated.video();
    if (video?.paused) video.playIfAllowed();
    else video?.pause();
  }

  toggleFullscreen(): void {
    this.operated.controller()?.querySelector<HTMLElement>('media-fullscreen-button')?.click();
  }

  readonly toggleCaptions = (): void => {
    const video = this.operated.video();
    const choices = this.operated.choices();
    if (!video || !choices || choices.captions.length === 0) return;
    const on = choices.caption === null;
    const [first] = choices.captions;
    const last =
      choices.captions.find((track) => track === this.#switchedOff) ??
      choices.captions.find(({ language }) => language === this.preferences.lastCaptions);
    const usual = choices.captions.find(({ language }) => navigator.language.startsWith(language));
    const track = on ? (last ?? usual ?? first ?? null) : null;
    this.prefer({ captions: track?.language ?? null });
    if (!on) this.#switchedOff = choices.caption;
    video.chooseCaption(track);
    this.said.say(track === null ? text.captionsOff : text.captionsOn(track.label));
  };

  readonly toggleTheatre = (): void => {
    const ontheatre = this.operated.ontheatre();
    if (!ontheatre) return;
    this.prefer({ theatre: !this.preferences.theatre });
    ontheatre(this.preferences.theatre);
  };

  readonly chooseSpeed = (speed: number): void => {
    this.prefer({ speed });
    const video = this.operated.video();
    if (video) video.defaultPlaybackRate = video.playbackRate = speed;
  };

  readonly copyLink = async (): Promise<void> => {
    const video = this.operated.video();
    const address = this.operated.address();
    if (address === undefined || !video) return;
    try {
      await navigator.clipboard.writeText(withTime(address, video.currentTime));
      this.said.say(text.linkCopied);
    } catch {
      this.said.say(text.noClipboard);
    }
  };

  obey(command: Command): void {
    const video = this.operated.video();
    if (!video) return;
    switch (command.name) {
      case 'play':
        this.togglePlay();
        break;
      case 'fullscreen':
        this.toggleFullscreen();
        break;
      case 'captions':
        this.toggleCaptions();
        break;
      case 'theatre':
        this.toggleTheatre();
        break;
      case 'help':
        this.operated.onhelp();
        break;
      case 'mute':
        video.muted = !video.muted;
        this.said.say(video.muted ? text.muted : text.soundOn);
        break;
      case 'volume':
        video.muted = false;
        video.volume = Math.max(0, Math.min(1, video.volume + command.step));
        this.said.say(text.volume(formatPercent(video.volume)));
        break;
      case 'seek':
        this.seekBy(command.seconds);
        this.saySought(command.seconds);
        break;
      case 'part':
        if (Number.isFinite(video.duration)) this.seek(video.duration * command.part);
        break;
      case 'frame':
        this.#step(video, command.frames);
    }
  }

  #step(video: VpVideo, frames: number): void {
    const choices = this.operated.choices();
    if (!choices) return;
    video.pause();
    const played = choices.rungs.find(({ index }) => index === choices.playedRung);
    this.seek(frameTime(video.currentTime, frames, played?.frame_rate || 30));
  }
}
