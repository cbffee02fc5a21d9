/** A media URL reads …/media/{grant}/{video}/…; every byte is asked for with a grant. */
const grantInPath = /(\/media\/)([^/]+)(\/)/;

/** The grant of a media URL, or null where there is none. */
export function grantOf(url: string): string | null {
  return grantInPath.exec(url)?.[2] ?? null;
}

/** The same media URL with another grant. A URL that carries none stays as it is. */
export function withGrant(url: string, grant: string): string {
  return url.replace(
    grantInPath,
    (_match, before: string, _grant, after: string) => before + grant + after,
  );
}

export interface Playback {
  hlsUrl: string;
  /** When the grant in the URL ends. Null: never. */
  expiresAt: Date | null;
}

/** A grant is renewed when less than this is left of it, in milliseconds. */
const renewBefore_ms = 5 * 60_000;
/** After a failed renewal the old grant is used for this long before the next try. */
const pauseAfterFailure_ms = 15_000;

/**
 * Keeps the right to a video's bytes fresh. Playlists are loaded once and their relative URLs
 * carry the grant of that time, so every request is rewritten to the newest one.
 */
export class GrantKeeper {
  #current: string | null;
  #expires_ms: number;
  #renewing: Promise<void> | null = null;

  constructor(
    playback: Playback,
    private readonly renewPlayback: () => Promise<Playback>,
    private readonly now_ms: () => number = Date.now,
  ) {
    this.#current = grantOf(playback.hlsUrl);
    this.#expires_ms = playback.expiresAt?.getTime() ?? Infinity;
  }

  /** The URL to ask for instead of `url`, with a grant that is good for a while. */
  async rewrite(url: string): Promise<string> {
    if (this.#expires_ms - this.now_ms() < renewBefore_ms) await this.renew();
    return this.#current === null ? url : withGrant(url, this.#current);
  }

  /** A request was refused: the grant may have ended early, so the next request renews it first. */
  doubt(): void {
    this.#expires_ms = 0;
  }

  /**
   * Gets a new grant; requests at the same time share one. Where that fails the old grant stays:
   * the request with it tells whether it still serves.
   */
  renew(): Promise<void> {
    this.#renewing ??= this.renewPlayback()
      .then(
        (playback) => {
          this.#current = grantOf(playback.hlsUrl);
          this.#expires_ms = playback.expiresAt?.getTime() ?? Infinity;
        },
        () => {
          this.#expires_ms = this.now_ms() + renewBefore_ms + pauseAfterFailure_ms;
        },
      )
      .finally(() => (this.#renewing = null));
    return this.#renewing;
  }
}
