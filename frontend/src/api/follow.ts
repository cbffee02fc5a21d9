import type { Video } from './video';

export type VideoEvent = { video: Video } | { goneId: string };
export interface Cursor {
  id: string;
  knownVersion: bigint;
}

/** What the follower needs from the world; tests bring their own. */
export interface FollowerPorts {
  /** Opens the stream. It ends when the access token does, or with an error. */
  open(cursors: Cursor[], signal: AbortSignal): AsyncIterable<VideoEvent>;
  /** Whether anybody looks at the page. */
  visible(): boolean;
  onVisibilityChange(listener: () => void): void;
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  random(): number;
  /** True where the video will not change by itself any more. */
  final(video: Video): boolean;
}

interface Following {
  id: string;
  knownVersion: bigint;
  listeners: Set<(event: VideoEvent) => void>;
}

/** Changes of the followed set within this time share one stream. */
const settle_ms = 60;
/** Longest time between two tries, in milliseconds. */
const longestBackoff_ms = 30_000;
/** The service follows at most this many videos in one stream. */
const mostVideos = 200;

/** 300 ms, doubled with each failure up to 30 s, of which a random half is waited at least. */
export function backoff_ms(failures: number, random: number): number {
  return Math.min(longestBackoff_ms, 300 * 2 ** failures) * (0.5 + random / 2);
}

/**
 * One stream for everything a tab follows, open only while the tab is looked at and something
 * in it may still change.
 */
export class Follower {
  readonly #following = new Map<string, Following>();
  #stream: AbortController | null = null;

  constructor(private readonly ports: FollowerPorts) {
    ports.onVisibilityChange(() => this.#restart());
  }

  /** Calls back with every change until the returned function is called. */
  follow(
    video: { id: string; version: bigint },
    listener: (event: VideoEvent) => void,
  ): () => void {
    const entry = this.#following.get(video.id) ?? {
      id: video.id,
      knownVersion: video.version,
      listeners: new Set(),
    };
    // The newcomer may know less than those who follow already: then everybody hears it again.
    if (video.version < entry.knownVersion) entry.knownVersion = video.version;
    entry.listeners.add(listener);
    this.#following.set(video.id, entry);
    this.#restart();
    return () => {
      entry.listeners.delete(listener);
      if (entry.listeners.size > 0 || this.#following.get(video.id) !== entry) return;
      this.#following.delete(video.id);
      this.#restart();
    };
  }

  #restart(): void {
    this.#stream?.abort();
    this.#stream = null;
    if (this.#following.size === 0 || !this.ports.visible()) return;
    const stream = new AbortController();
    this.#stream = stream;
    void this.#run(stream.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    await this.ports.wait(settle_ms, signal);
    const over = (): boolean => signal.aborted || this.#following.size === 0;
    for (let failures = 0; !over();) {
      try {
        const cursors = [...this.#following.values()]
          .slice(-mostVideos)
          .map(({ id, knownVersion }) => ({ id, knownVersion }));
        for await (const event of this.ports.open(cursors, signal)) {
          if (over()) return;
          failures = 0;
          this.#deliver(event);
        }
        // Ended by the service: the token expired. Open again with a new one, but not in a storm.
        await this.ports.wait(backoff_ms(0, this.ports.random()), signal);
      } catch {
        // Whatever it was, pages keep what they have and the next try may tell more.
        await this.ports.wait(backoff_ms(failures++, this.ports.random()), signal);
      }
    }
  }

  #deliver(event: VideoEvent): void {
    const id = 'video' in event ? event.video.id : event.goneId;
    const entry = this.#following.get(id);
    if (entry === undefined) return;
    if ('video' in event) entry.knownVersion = event.video.version;
    if (!('video' in event) || this.ports.final(event.video)) {
      // The server has nothing more to tell about it; the stream may stay as it is.
      this.#following.delete(id);
      if (this.#following.size === 0) this.#stream?.abort();
    }
    for (const listener of [...entry.listeners]) listener(event);
  }
}
