import { loadConfig } from './config';
import { PlayheadError } from './errors';
import { Pace } from './pace';
import {
  findUnfinished,
  openTransfer,
  type Transfer,
  type TransferEvents,
  type Unfinished,
  type UploadWords,
} from './transfer';
import type { Video, Visibility } from './video';
import { followVideo, updateVideo } from './videos';
import { text as errors } from '../text/en/errors';

export type { Unfinished } from './transfer';

/** `waiting`: its turn has not come. `done`: every byte arrived, processing goes on elsewhere. */
export type UploadPhase = 'waiting' | 'uploading' | 'paused' | 'failed' | 'done';

/** This many files are on their way at once; the rest wait. */
export const mostAtOnce = 2;

/** What a file is called before somebody gives it a title: its name without the ending. */
export function titleOf(filename: string): string {
  const bare = filename
    .replace(/\.[^.]{1,5}$/, '')
    .replaceAll('_', ' ')
    .trim();
  return (bare === '' ? filename : bare).slice(0, 200);
}

/** One file and the video it becomes. */
export class Upload {
  readonly key = crypto.getRandomValues(new Uint32Array(2)).join('-');
  phase = $state<UploadPhase>('waiting');
  sentBytes = $state(0);
  bytesPerSecond = $state<number | null>(null);
  secondsLeft = $state<number | null>(null);
  error = $state<PlayheadError | null>(null);
  /** Known once the upload is created. */
  videoId = $state<string | null>(null);
  /** Known once all bytes have arrived, and live from then on. */
  video = $state.raw<Video | null>(null);
  title = $state('');
  visibility = $state<Visibility>('unlisted');
  /** Whether a retry can help. */
  retryable = $state(true);

  transfer: Transfer | null = null;
  /** What the server has been told. */
  told: UploadWords | null = null;
  readonly pace = new Pace();
  stopFollowing: (() => void) | null = null;

  constructor(
    readonly file: File,
    visibility: Visibility,
  ) {
    this.title = titleOf(file.name);
    this.visibility = visibility;
  }

  /** The part that has been sent, 0 to 1. */
  get progress(): number {
    return this.phase === 'done' ? 1 : this.sentBytes / Math.max(1, this.file.size);
  }
}

/** What the queue needs from the world; tests bring their own. */
export interface QueuePorts {
  openTransfer(file: File, words: UploadWords, events: TransferEvents): Promise<Transfer>;
  findUnfinished(): Promise<Unfinished[]>;
  mostBytes(): Promise<number | null>;
  follow(videoId: string, onVideo: (video: Video) => void): () => void;
  tell(videoId: string, changes: Partial<UploadWords>): Promise<unknown>;
  now_ms(): number;
}

/** Everything a person uploads in this tab. It lives on while they look at other pages. */
export class UploadQueue {
  uploads = $state<Upload[]>([]);
  unfinished = $state.raw<Unfinished[]>([]);

  constructor(private readonly ports: QueuePorts) {}

  /** Uploads whose bytes have not all arrived. */
  get active(): Upload[] {
    return this.uploads.filter((upload) => upload.phase !== 'done' && upload.phase !== 'failed');
  }

  /** The part of all active bytes that has been sent, 0 to 1. */
  get progress(): number {
    const active = this.active;
    const total = active.reduce((sum, upload) => sum + upload.file.size, 0);
    return total === 0 ? 0 : active.reduce((sum, upload) => sum + upload.sentBytes, 0) / total;
  }

  async add(files: Iterable<File>, visibility: Visibility): Promise<void> {
    const mostBytes = await this.ports.mostBytes();
    for (const file of files) {
      const upload = new Upload(file, visibility);
      const refusal = refusalOf(file, mostBytes);
      if (refusal !== null) {
        upload.phase = 'failed';
        upload.error = refusal;
        upload.retryable = false;
      }
      this.uploads.push(upload);
      this.unfinished = this.unfinished.filter((left) => !left.matches(file));
    }
    this.#startNext();
  }

  async pause(upload: Upload): Promise<void> {
    upload.phase = 'paused';
    upload.pace.reset();
    upload.bytesPerSecond = upload.secondsLeft = null;
    this.#startNext();
    await upload.transfer?.pause();
  }

  /** After a pause or a failure. */
  resume(upload: Upload): void {
    upload.phase = 'waiting';
    upload.error = null;
    this.#startNext();
  }

  /** Gives up an upload and its video. Throws PlayheadError when the server cannot be told. */
  async cancel(upload: Upload): Promise<void> {
    if (upload.phase !== 'failed') await this.pause(upload);
    await upload.transfer?.terminate();
    this.remove(upload);
  }

  /** Takes a row away; the video, if there is one, stays. */
  remove(upload: Upload): void {
    upload.stopFollowing?.();
    this.uploads = this.uploads.filter((other) => other.key !== upload.key);
    this.#startNext();
  }

  /** Stops everything: another person, or nobody, is signed in now. */
  clear(): void {
    for (const upload of this.uploads) {
      upload.stopFollowing?.();
      if (upload.phase === 'uploading') void upload.transfer?.pause();
    }
    this.uploads = [];
    this.unfinished = [];
  }

  /** The network is back: what it stopped goes on. */
  retryUnreachable(): void {
    for (const upload of this.uploads) {
      if (upload.phase === 'failed' && upload.error?.reason === 'UNAVAILABLE') this.resume(upload);
    }
  }

  async loadUnfinished(): Promise<void> {
    const running = this.uploads.map((upload) => upload.file);
    const all = await this.ports.findUnfinished();
    this.unfinished = all.filter((left) => !running.some((file) => left.matches(file)));
  }

  async discard(left: Unfinished): Promise<void> {
    await left.discard();
    this.unfinished = this.unfinished.filter((other) => other !== left);
  }

  /**
   * Tells the server what the person changed in the row. Throws PlayheadError; who may watch is then
   * shown as it is, not as it was meant.
   */
  async saveWords(upload: Upload): Promise<void> {
    const { videoId, told } = upload;
    if (videoId === null || told === null) return; // Told when the upload is created.
    const changes: Partial<UploadWords> = {};
    const title = upload.title.trim();
    if (title !== '' && title !== told.title) changes.title = title;
    if (upload.visibility !== told.visibility) changes.visibility = upload.visibility;
    if (Object.keys(changes).length === 0) return;
    try {
      await this.ports.tell(videoId, changes);
    } catch (error) {
      if (upload.visibility === changes.visibility) upload.visibility = told.visibility;
      throw error;
    }
    upload.told = { ...told, ...changes };
  }

  #startNext(): void {
    let free = mostAtOnce - this.uploads.filter((upload) => upload.phase === 'uploading').length;
    for (const upload of this.uploads) {
      if (free <= 0) return;
      if (upload.phase !== 'waiting') continue;
      free--;
      upload.phase = 'uploading';
      void this.#start(upload);
    }
  }

  async #start(upload: Upload): Promise<void> {
    try {
      upload.transfer ??= await this.#open(upload);
    } catch (cause) {
      this.#fail(upload, new PlayheadError('UNAVAILABLE', {}, { cause }));
      return;
    }
    // Paused or cancelled while it was being opened.
    if (upload.phase === 'uploading') upload.transfer.start();
  }

  #open(upload: Upload): Promise<Transfer> {
    const words: UploadWords = {
      title: upload.title.trim(),
      description: '',
      visibility: upload.visibility,
    };
    return this.ports.openTransfer(upload.file, words, {
      onVideoId: (videoId, told) => {
        if (upload.videoId === videoId) return;
        const isFirst = upload.videoId === null;
        upload.videoId = videoId;
        upload.told = told;
        if (isFirst && told !== words) {
          // An earlier visit created it, with words of its own.
          upload.title = told.title;
          upload.visibility = told.visibility;
        }
        // The person may have typed on while the upload was being created.
        void this.saveWords(upload).catch((error: unknown) => this.#note(upload, error));
      },
      onProgress: (sentBytes) => {
        if (upload.phase !== 'uploading') return;
        upload.sentBytes = sentBytes;
        upload.pace.note(this.ports.now_ms(), sentBytes);
        upload.bytesPerSecond = upload.pace.bytesPerSecond;
        upload.secondsLeft = upload.pace.secondsLeft(upload.file.size);
      },
      onSuccess: () => {
        upload.phase = 'done';
        upload.sentBytes = upload.file.size;
        if (upload.videoId !== null) {
          upload.stopFollowing = this.ports.follow(
            upload.videoId,
            (video) => (upload.video = video),
          );
        }
        this.#startNext();
      },
      onError: (error) => this.#fail(upload, error),
    });
  }

  #fail(upload: Upload, error: PlayheadError): void {
    upload.phase = 'failed';
    upload.error = error;
    upload.retryable = !['TOO_LARGE', 'UNSUPPORTED_MEDIA', 'INVALID_INPUT'].includes(error.reason);
    upload.pace.reset();
    this.#startNext();
  }

  #note(upload: Upload, error: unknown): void {
    if (!(error instanceof PlayheadError)) throw error;
    upload.error = error;
  }
}

function refusalOf(file: File, mostBytes: number | null): PlayheadError | null {
  if (file.size === 0) return new PlayheadError('INVALID_INPUT', { detail: errors.emptyFile });
  if (mostBytes !== null && file.size > mostBytes) {
    return new PlayheadError('TOO_LARGE', { limit_bytes: mostBytes });
  }
  return null;
}

export const uploads = new UploadQueue({
  openTransfer,
  findUnfinished,
  mostBytes: async () => (await loadConfig()).maxUploadBytes,
  follow: (id, onVideo) =>
    followVideo({ id, version: 0n }, (event) => {
      if ('video' in event) onVideo(event.video);
    }),
  tell: updateVideo,
  now_ms: () => performance.now(),
});
