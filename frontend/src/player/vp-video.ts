import { CustomVideoElement } from 'custom-media-element';
import type Hls from 'hls.js';
import type { ErrorData, Level, MediaPlaylist } from 'hls.js';
import { showChapters, type Chapter } from './chapters';
import { showAgainWhereEmptied } from './emptied';
import { failureOf, obstacleOf, pause_ms, remedyOf, type Failure, type Obstacle } from './failure';
import { GrantKeeper, type Playback } from './grant';
import { hlsConfig } from './hls-config';

/** Starts with this module, so the download runs beside that of the controls. */
const hlsModule = import('hls.js');
// Who waits for it hears of a failure; nobody may, when the page is left before.
hlsModule.catch(() => undefined);

/** After this many recoveries within a minute the media itself is at fault. */
const mostRecoveries = 3;

export interface VideoSource extends Playback {
  /** Asks for the playback again: the same video with a new grant. */
  renew(): Promise<Playback>;
}

/** One quality, as the playlist offers it. */
export interface Rung {
  index: number;
  /** The shorter side: what people call the quality. */
  lines: number;
  frame_rate: number;
}

export interface Sound {
  id: number;
  name: string;
}

/** What there is to choose from, and what is chosen. */
export interface Choices {
  /** Best first; empty where the browser chooses by itself. */
  rungs: Rung[];
  /** Index of the rung that was asked for; -1: whichever suits the line. */
  wantedRung: number;
  /** Index of the rung that is played; -1: none yet. */
  playedRung: number;
  sounds: Sound[];
  /** Id of the audio track that is heard. */
  sound: number;
  captions: TextTrack[];
  /** The captions that are shown. */
  caption: TextTrack | null;
}

/**
 * `<vp-video>`: a video element that plays HLS.
 * Dispatches `vpchoices` when what can be chosen or is chosen changes, `vpobstacle` (detail: why
 * playing waits, or null), `vpcues` when captions were loaded, `vpcuts` when `cuts_seconds` is known, and `vperror` (detail: a Failure)
 * when playing cannot go on by itself.
 */
export class VpVideo extends CustomVideoElement {
  /** The engine; null before loading and where the browser plays HLS itself. */
  engine: Hls | null = null;
  /** Where the next source begins. */
  start_seconds = 0;
  /** Where segments begin, and where the last one ends. */
  cuts_seconds: readonly number[] = [];

  #source: VideoSource | null = null;
  #grants: GrantKeeper | null = null;
  #recoveries_ms: number[] = [];
  /** Where loading began. */
  #from_seconds = 0;
  #chapters: readonly Chapter[] = [];
  /** The audio track that the person chose: kept when playing begins again. */
  #chosenSound: string | null = null;
  #obstacle: Obstacle = null;
  #tries = 0;
  #nextTry: ReturnType<typeof setTimeout> | undefined;

  get source(): VideoSource | null {
    return this.#source;
  }

  set source(source: VideoSource | null) {
    // Said again, it is no reason to begin again.
    if (source === this.#source) return;
    this.#source = source;
    this.#chosenSound = null;
    void this.#load(this.start_seconds);
  }

  set chapters(chapters: readonly Chapter[]) {
    this.#chapters = chapters;
    this.#showChapters();
  }

  get choices(): Choices {
    const engine = this.engine;
    const captions = [...this.nativeEl.textTracks].filter(
      ({ kind }) => kind === 'subtitles' || kind === 'captions',
    );
    return {
      rungs: (engine?.levels ?? []).map(rungOf).sort((a, b) => b.lines - a.lines),
      wantedRung: engine?.manualLevel ?? -1,
      playedRung: engine?.currentLevel ?? -1,
      sounds: (engine?.audioTracks ?? []).map(soundOf),
      sound: engine?.audioTrack ?? -1,
      captions,
      caption: captions.find(({ mode }) => mode !== 'disabled') ?? null,
    };
  }

  chooseRung(index: number): void {
    if (this.engine) this.engine.nextLevel = index;
    this.#tellChoices();
  }

  chooseSound(id: number): void {
    const engine = this.engine;
    if (engine === null || engine.audioTrack === id) return;
    this.#chosenSound = engine.audioTracks[id]?.name ?? null;
    engine.audioTrack = id;
    this.#tellChoices();
  }

  /** Loads these captions, whose cues the player draws by itself. */
  chooseCaption(chosen: TextTrack | null): void {
    for (const track of this.choices.captions)
      track.mode = track === chosen ? 'hidden' : 'disabled';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ['addtrack', 'removetrack', 'change'])
      this.nativeEl.textTracks.addEventListener(event, this.#tellChoices);
    for (const event of ['webkitbeginfullscreen', 'enterpictureinpicture'])
      this.nativeEl.addEventListener(event, this.#leavePage);
    for (const event of ['webkitendfullscreen', 'leavepictureinpicture'])
      this.nativeEl.addEventListener(event, this.#returnToPage);
    addEventListener('online', this.#tryNow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('online', this.#tryNow);
    this.#unload();
  }

  /** Begins again where playing stopped. */
  retry(): void {
    const wasPlaying = !this.paused;
    void this.#load(this.#position_seconds).then(() => {
      if (wasPlaying) this.playIfAllowed();
    });
  }

  /** Browsers refuse to play with sound before the person has touched the page. */
  playIfAllowed(): void {
    void this.play().catch((error: unknown) => {
      if (!(error instanceof DOMException)) throw error;
    });
  }

  /** Outside of the page only the browser can draw captions. */
  #leavePage = (): void => {
    const { caption } = this.choices;
    if (caption) caption.mode = 'showing';
  };

  #returnToPage = (): void => {
    const { caption } = this.choices;
    if (caption) caption.mode = 'hidden';
  };

  #showChapters = (): void => {
    if (this.nativeEl.readyState >= HTMLMediaElement.HAVE_METADATA)
      showChapters(this.nativeEl, this.#chapters);
  };

  #tellChoices = (): void => void this.dispatchEvent(new Event('vpchoices'));

  /** Where playing is: before the first segment the element itself is at 0, wherever that begins. */
  get #position_seconds(): number {
    const { buffered, currentTime } = this.nativeEl;
    return buffered.length === 0 && currentTime === 0 ? this.#from_seconds : currentTime;
  }

  async #load(position_seconds: number): Promise<void> {
    this.#from_seconds = position_seconds;
    this.#unload();
    const source = this.#source;
    if (source === null) return;
    // The length is known then, and hls.js has emptied the tracks of what was there before. Once all is
    // loaded it is that of the sound, which ends a little later.
    for (const event of ['loadedmetadata', 'durationchange'])
      this.nativeEl.addEventListener(event, this.#showChapters);
    let HlsEngine: typeof Hls;
    try {
      ({ default: HlsEngine } = await hlsModule);
    } catch {
      this.#giveUp('code');
      return;
    }
    if (source !== this.#source || !this.isConnected) return;
    const grants = new GrantKeeper(source, () => source.renew());
    this.#grants = grants;
    if (!HlsEngine.isSupported()) {
      await this.#playNatively(grants, source, position_seconds);
      return;
    }
    const engine = new HlsEngine({
      ...hlsConfig(HlsEngine, grants),
      startPosition: position_seconds,
      ...(this.#chosenSound === null ? {} : { audioPreference: { name: this.#chosenSound } }),
    });
    this.engine = engine;
    engine.subtitleDisplay = false;
    const { Events } = HlsEngine;
    engine.on(Events.MANIFEST_PARSED, this.#tellChoices);
    engine.on(Events.LEVEL_SWITCHED, this.#tellChoices);
    engine.on(Events.AUDIO_TRACKS_UPDATED, this.#tellChoices);
    engine.on(Events.AUDIO_TRACK_SWITCHED, this.#tellChoices);
    engine.on(Events.LEVEL_LOADED, (_event, { details }) => {
      this.#goesOn();
      if (this.cuts_seconds.length > 0) return;
      this.cuts_seconds = [...details.fragments.map(({ start }) => start), details.edge];
      this.dispatchEvent(new Event('vpcuts'));
    });
    engine.on(Events.SUBTITLE_FRAG_PROCESSED, () => this.dispatchEvent(new Event('vpcues')));
    engine.on(Events.FRAG_LOADED, () => this.#goesOn());
    engine.on(Events.ERROR, (_event, error) => this.#onError(error));
    showAgainWhereEmptied(HlsEngine, engine, this.nativeEl);
    // Who pressed play before there was anything to play still means it: a new source pauses.
    const isAwaited = !this.nativeEl.paused;
    engine.attachMedia(this.nativeEl);
    engine.loadSource(source.hlsUrl);
    if (isAwaited) this.playIfAllowed();
  }

  /** Safari on phones: the browser reads the playlists itself, so their grant cannot be renewed. */
  async #playNatively(
    grants: GrantKeeper,
    source: VideoSource,
    position_seconds: number,
  ): Promise<void> {
    const video = this.nativeEl;
    if (video.canPlayType('application/vnd.apple.mpegurl') === '') {
      this.#giveUp('unsupported');
      return;
    }
    video.src = await grants.rewrite(source.hlsUrl);
    if (position_seconds > 0) video.currentTime = position_seconds;
    video.onerror = () => this.#giveUp('broken');
  }

  #unload(): void {
    clearTimeout(this.#nextTry);
    this.#tries = 0;
    this.engine?.destroy();
    this.engine = null;
    this.nativeEl.onerror = null;
    this.cuts_seconds = [];
    this.#meet(null);
  }

  #meet(obstacle: Obstacle): void {
    if (this.#obstacle === obstacle) return;
    this.#obstacle = obstacle;
    this.dispatchEvent(new CustomEvent('vpobstacle', { detail: obstacle }));
  }

  #goesOn(): void {
    this.#tries = 0;
    this.#meet(null);
  }

  #onError(error: ErrorData): void {
    const seen = { type: error.type as string, details: error.details as string };
    const code = error.response?.code;
    const obstacle = obstacleOf({ ...seen, code });
    if (obstacle !== null) this.#meet(obstacle);
    // Nobody answered, which is no quality's fault: hls.js would not go up to this one any more, and
    // beyond its count it does not pause between tries.
    if (code === 0) for (const level of this.engine?.levels ?? []) level.fragmentError = 0;
    if (error.fatal) this.#onFatal({ ...seen, code });
  }

  #onFatal(error: { type: string; details: string; code: number | undefined }): void {
    const remedy = remedyOf(error);
    if (remedy === 'wait') {
      // However long it takes: whoever comes back to the page finds it playing.
      clearTimeout(this.#nextTry);
      this.#nextTry = setTimeout(() => this.#resumeLoading(), pause_ms(this.#tries++));
      return;
    }
    const now = Date.now();
    this.#recoveries_ms = this.#recoveries_ms.filter((at) => now - at < 60_000);
    if (remedy === 'none' || this.#recoveries_ms.length >= mostRecoveries) {
      this.#giveUp(failureOf(error));
      return;
    }
    this.#recoveries_ms.push(now);
    if (remedy === 'mend') {
      this.#from_seconds = this.#position_seconds;
      this.engine?.recoverMediaError();
    }
    // The grant may have ended early: clocks differ, and changing who may see it ends all.
    else void this.#grants?.renew().then(() => this.#resumeLoading());
  }

  #tryNow = (): void => {
    if (this.#obstacle === 'unreachable' && this.#tries > 0) this.#resumeLoading();
  };

  #resumeLoading(): void {
    clearTimeout(this.#nextTry);
    const engine = this.engine;
    if (engine === null || this.#source === null) return;
    if (engine.levels.length === 0) engine.loadSource(this.#source.hlsUrl);
    else engine.startLoad(this.#position_seconds);
  }

  #giveUp(failure: Failure): void {
    this.engine?.stopLoad();
    this.dispatchEvent(new CustomEvent('vperror', { detail: failure }));
  }
}

function rungOf({ width, height, frameRate }: Level, index: number): Rung {
  return { index, lines: Math.min(width, height), frame_rate: frameRate };
}

function soundOf({ id, name }: MediaPlaylist): Sound {
  return { id, name };
}

if (!customElements.get('vp-video')) customElements.define('vp-video', VpVideo);
