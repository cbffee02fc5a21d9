import {
  isFinal,
  followVideo,
  listVideos,
  PlayheadError,
  type SearchHit,
  type Video,
  type VideoQuery,
} from '../api';

/** How many videos one request brings. */
const page_videos = 24;

/** A list of videos that grows page by page and stays true while they change. */
export class Library {
  videos = $state.raw<Video[]>([]);
  /** Where captions say what was searched for, by video. */
  hits = $state.raw<SearchHit[]>([]);
  error = $state.raw<PlayheadError | null>(null);
  loading = $state(true);
  #nextPageToken: string | null = null;
  #more = $state(false);
  #abort = new AbortController();
  // Bookkeeping that nothing on the page reads.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #following = new Map<string, () => void>();

  constructor(private readonly request: VideoQuery) {
    void this.#load();
  }

  get more(): boolean {
    return this.#more;
  }

  /** The next page, or the one that failed. */
  loadMore(): void {
    if (!this.loading) void this.#load();
  }

  /** Keeps what is newest: an answer may arrive after the news of a later change. */
  put(video: Video): void {
    this.videos = this.videos.map((other) =>
      other.id === video.id && video.version >= other.version ? video : other,
    );
    this.#follow(video);
  }

  /** Brings one back to where it was. */
  insert(video: Video, index: number): void {
    this.videos = this.videos.toSpliced(index, 0, video);
    this.#follow(video);
  }

  /** Takes one away and returns where it was. */
  remove(id: string): number {
    const index = this.videos.findIndex((video) => video.id === id);
    this.videos = this.videos.filter((video) => video.id !== id);
    this.#unfollow(id);
    return index;
  }

  /** Goes on after it was closed, as it was then. */
  reopen(): void {
    this.#abort = new AbortController();
    this.videos.forEach((video) => this.#follow(video));
    if (this.loading || this.error) void this.#load();
  }

  close(): void {
    this.#abort.abort();
    for (const id of [...this.#following.keys()]) this.#unfollow(id);
  }

  async #load(): Promise<void> {
    const { signal } = this.#abort;
    this.loading = true;
    this.error = null;
    try {
      const page = await listVideos(
        {
          ...this.request,
          pageSize: page_videos,
          ...(this.#nextPageToken === null ? {} : { pageToken: this.#nextPageToken }),
        },
        signal,
      );
      if (signal.aborted) return;
      // A video published meanwhile moves the rest: keep each once.
      const known = this.videos.map((video) => video.id);
      this.videos = [...this.videos, ...page.videos.filter((video) => !known.includes(video.id))];
      this.hits = [...this.hits, ...page.hits];
      this.#nextPageToken = page.nextPageToken;
      this.#more = page.nextPageToken !== null;
      page.videos.forEach((video) => this.#follow(video));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PlayheadError)) throw error;
      this.error = error;
    }
    this.loading = false;
  }

  #follow(video: Video): void {
    if (isFinal(video)) {
      this.#unfollow(video.id);
      return;
    }
    if (this.#following.has(video.id)) return;
    const stop = followVideo(video, (event) => {
      if ('video' in event) this.put(event.video);
      else this.remove(event.goneId);
    });
    this.#following.set(video.id, stop);
  }

  #unfollow(id: string): void {
    this.#following.get(id)?.();
    this.#following.delete(id);
  }
}

/** The list that was left last. */
let left: { asked: string; library: Library } | null = null;

/** That list as it was, if the same is asked for. */
export function returnTo(asked: string): Library | null {
  if (left?.asked !== asked) return null;
  left.library.reopen();
  return left.library;
}

/** Keeps a list, as far as it is loaded, for the way back. */
export function leave(asked: string, library: Library): void {
  library.close();
  left = { asked, library };
}
