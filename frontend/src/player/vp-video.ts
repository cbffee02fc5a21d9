import { CustomVideoElement } from 'custom-media-element';
import type Hls from 'hls.js';
import type { ErrorData, Level, MediaPlaylist } from 'hls.js';
import { MediaTracksMixin } from 'media-tracks';
import { showChapters, type Chapter } from './chapters';
import { GrantKeeper, type Playback } from './grant';
import { hlsConfig } from './hls-config';

/** Starts with this module, so the download runs beside that of the controls. */
const hlsModule = import('hls.js');

/** After this many recoveries within a minute the media itself is at fault. */
const mostRecoveries = 3;

export interface VideoSource extends Playback {
  /** Asks for the playback again: the same video with a new grant. */
  renew(): Promise<Playback>;
}

const TrackedVideo = MediaTracksMixin(CustomVideoElement);

/**
 * `<vp-video>`: a video element that plays HLS and shows its rungs and audio tracks through the
 * media tracks API, which media-chrome's menus read and write.
 * Dispatches `vperror` (detail: what failed) when playing cannot go on by itself.
 */
export class VpVideo extends TrackedVideo {
  /** The engine; null before loading and where the browser plays HLS itself. */
  engine: Hls | null = null;
  /** Where the next source begins. */
  start_seconds = 0;

  #source: VideoSource | null = null;
  #grants: GrantKeeper | null = null;
  #recoveries_ms: number[] = [];
  #chapters: readonly Chapter[] = [];
  /** The audio track that the person chose: kept when playing begins again. */
  #chosenSound: string | null = null;

  get source(): VideoSource | null {
    return this.#source;
  }

  set source(source: VideoSource | null) {
    this.#source = source;
    this.#chosenSound = null;
    void this.#load(this.start_seconds);
  }

  set chapters(chapters: readonly Chapter[]) {
    this.#chapters = chapters;
    if (this.nativeEl.readyState >= HTMLMediaElement.HAVE_METADATA) this.#showChapters();
  }

  #showChapters = (): void => showChapters(this.nativeEl, this.#chapters);

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unload();
  }

  /** Begins again where playing stopped. */
  retry(): void {
    const position_seconds = this.currentTime;
    const wasPlaying = !this.paused;
    void this.#load(position_seconds).then(() => {
      if (wasPlaying) void this.play().catch(ignoreRefusedPlay);
    });
  }

  async #load(position_seconds: number): Promise<void> {
    this.#unload();
    const source = this.#source;
    if (source === null) return;
    // The length is known then, and hls.js has emptied the tracks of what was there before.
    this.nativeEl.addEventListener('loadedmetadata', this.#showChapters);
    const { default: HlsEngine } = await hlsModule;
    if (source !== this.#source) return;
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
    engine.on(HlsEngine.Events.MANIFEST_PARSED, (_event, { levels }) => this.#showRungs(levels));
    engine.on(HlsEngine.Events.AUDIO_TRACKS_UPDATED, (_event, { audioTracks }) =>
      this.#showAudioTracks(audioTracks),
    );
    engine.on(HlsEngine.Events.AUDIO_TRACK_SWITCHING, (_event, { id }) => this.#markHeard(id));
    engine.on(HlsEngine.Events.ERROR, (_event, error) => this.#onError(error));
    this.videoRenditions.onchange = () => {
      const wanted = this.videoRenditions.selectedIndex;
      if (wanted !== engine.nextLevel) engine.nextLevel = wanted;
    };
    this.audioTracks.onchange = () => {
      const wanted = [...(this.audioTracks as Iterable<AudioTrackLike>)].find((t) => t.enabled);
      const id = Number(wanted?.id);
      if (!wanted || id === engine.audioTrack) return;
      this.#chosenSound = engine.audioTracks[id]?.name ?? null;
      engine.audioTrack = id;
    };
    engine.attachMedia(this.nativeEl);
    engine.loadSource(source.hlsUrl);
  }

  /** Safari on phones: the browser reads the playlists itself, so their grant cannot be renewed. */
  async #playNatively(
    grants: GrantKeeper,
    source: VideoSource,
    position_seconds: number,
  ): Promise<void> {
    const video = this.nativeEl;
    video.src = await grants.rewrite(source.hlsUrl);
    if (position_seconds > 0) video.currentTime = position_seconds;
    video.onerror = () => this.#giveUp(video.error?.message ?? 'media error');
  }

  #unload(): void {
    this.engine?.destroy();
    this.engine = null;
    this.nativeEl.onerror = null;
    this.#clearVideoTracks();
    this.#clearAudioTracks();
  }

  #showRungs(levels: Level[]): void {
    this.#clearVideoTracks();
    const track = this.addVideoTrack('main');
    track.selected = true;
    levels.forEach((level, index) => {
      const rendition = track.addRendition(
        level.url[0] ?? '',
        level.width,
        level.height,
        level.videoCodec,
        level.bitrate,
        level.frameRate,
      );
      rendition.id = String(index);
    });
  }

  #showAudioTracks(audioTracks: MediaPlaylist[]): void {
    this.#clearAudioTracks();
    for (const audio of audioTracks) {
      const track = this.addAudioTrack(
        audio.default ? 'main' : 'alternative',
        audio.name,
        audio.lang,
      );
      track.id = String(audio.id);
    }
    this.#markHeard(this.engine?.audioTrack ?? -1);
  }

  /** Shows in the menu which track the engine plays, whoever chose it. */
  #markHeard(id: number): void {
    for (const track of this.audioTracks as Iterable<AudioTrackLike>)
      track.enabled = Number(track.id) === id;
  }

  #clearVideoTracks(): void {
    const tracks = [...(this.videoTracks as Iterable<Parameters<VpVideo['removeVideoTrack']>[0]>)];
    for (const track of tracks) this.removeVideoTrack(track);
  }

  #clearAudioTracks(): void {
    const tracks = [...(this.audioTracks as Iterable<Parameters<VpVideo['removeAudioTrack']>[0]>)];
    for (const track of tracks) this.removeAudioTrack(track);
  }

  #onError(error: ErrorData): void {
    const engine = this.engine;
    if (!error.fatal || engine === null) return;
    const now = Date.now();
    this.#recoveries_ms = this.#recoveries_ms.filter((at) => now - at < 60_000);
    const refused = [401, 403, 404, 410].includes(error.response?.code ?? 0);
    const media = (error.type as string) === 'mediaError';
    if ((media || refused) && this.#recoveries_ms.length < mostRecoveries) {
      this.#recoveries_ms.push(now);
      if (media) engine.recoverMediaError();
      // The grant may have ended early: clocks differ, and changing who may see it ends all.
      else void this.#grants?.renew().then(() => this.#resumeLoading(error));
      return;
    }
    this.#giveUp(error.details);
  }

  #resumeLoading(error: ErrorData): void {
    const engine = this.engine;
    if (engine === null) return;
    if (engine.levels.length === 0) engine.loadSource(this.#source?.hlsUrl ?? error.url ?? '');
    else engine.startLoad(this.currentTime);
  }

  #giveUp(detail: string): void {
    this.engine?.stopLoad();
    this.dispatchEvent(new CustomEvent('vperror', { detail }));
  }
}

interface AudioTrackLike {
  id?: string;
  enabled: boolean;
}

/** Browsers refuse to play with sound before the person has touched the page. */
function ignoreRefusedPlay(error: unknown): void {
  if (!(error instanceof DOMException)) throw error;
}

if (!customElements.get('vp-video')) customElements.define('vp-video', VpVideo);
