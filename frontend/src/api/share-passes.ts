import { PlayheadError } from './errors';

/** A short-lived right to one video, got with a link's secret. */
export interface Pass {
  pass: string;
  expiresAt: Date;
}

/** What the keeper needs from the world; tests bring their own. */
export interface SharePassPorts {
  /** Throws PlayheadError: NOT_FOUND where the link has ended, `needs` where it has a password. */
  open(videoId: string, secret: string, password: string | null): Promise<Pass>;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  now_ms(): number;
}

interface Kept {
  secret: string;
  pass: string | null;
  expires_ms: number;
  renew_ms: number;
}

/** A pass is renewed when less than this is left of it, or less than half of a shorter one. */
const renewBefore_ms = 10 * 60_000;
/** After a failed renewal the next try waits this long. */
const pause_ms = 15_000;

/**
 * What share links gave this tab. Secrets and passes outlive a reload, not the tab; a password
 * is only remembered in memory, for when its pass has to be renewed.
 */
export class SharePassKeeper {
  readonly #passwords = new Map<string, string>();
  readonly #opening = new Map<string, Promise<void>>();

  constructor(private readonly ports: SharePassPorts) {}

  /** Takes the secret of a link to a video; what an older link gave is void. */
  take(videoId: string, secret: string): void {
    if (this.#kept(videoId)?.secret === secret) return;
    this.#passwords.delete(videoId);
    this.#keep(videoId, { secret, pass: null, expires_ms: 0, renew_ms: 0 });
  }

  /** Whether a link led to this video. */
  has(videoId: string): boolean {
    return this.#kept(videoId) !== null;
  }

  forget(videoId: string): void {
    this.#passwords.delete(videoId);
    this.ports.storage.removeItem(keyOf(videoId));
  }

  /**
   * Makes sure that there is a pass, where a link led to this video. Throws PlayheadError: with
   * NOT_FOUND the link has ended and is forgotten, with `needs` it wants a password.
   */
  async open(videoId: string, password?: string): Promise<void> {
    if (password !== undefined) {
      await this.#open(videoId, password);
      this.#passwords.set(videoId, password);
      return;
    }
    const kept = this.#kept(videoId);
    if (kept === null || this.ports.now_ms() < kept.renew_ms) return;
    let opening = this.#opening.get(videoId);
    if (opening === undefined) {
      opening = this.#open(videoId, this.#passwords.get(videoId) ?? null).finally(() =>
        this.#opening.delete(videoId),
      );
      this.#opening.set(videoId, opening);
    }
    await opening;
  }

  /**
   * The pass for a call about this video, renewed when it is about to end; null without one.
   * Where renewing fails the old one serves for as long as it is good.
   */
  async passFor(videoId: string): Promise<string | null> {
    if (this.#kept(videoId)?.pass == null) return null;
    try {
      await this.open(videoId);
    } catch (error) {
      if (!(error instanceof PlayheadError)) throw error;
      const kept = this.#kept(videoId);
      if (kept) this.#keep(videoId, { ...kept, renew_ms: this.ports.now_ms() + pause_ms });
    }
    const kept = this.#kept(videoId);
    return kept !== null && this.ports.now_ms() < kept.expires_ms ? kept.pass : null;
  }

  async #open(videoId: string, password: string | null): Promise<void> {
    const kept = this.#kept(videoId);
    if (kept === null) throw new PlayheadError('NOT_FOUND');
    try {
      const { pass, expiresAt } = await this.ports.open(videoId, kept.secret, password);
      const now_ms = this.ports.now_ms();
      const left_ms = expiresAt.getTime() - now_ms;
      this.#keep(videoId, {
        secret: kept.secret,
        pass,
        expires_ms: expiresAt.getTime(),
        renew_ms: now_ms + Math.max(left_ms - renewBefore_ms, left_ms / 2),
      });
    } catch (error) {
      if (error instanceof PlayheadError && error.reason === 'NOT_FOUND') this.forget(videoId);
      throw error;
    }
  }

  #kept(videoId: string): Kept | null {
    const text = this.ports.storage.getItem(keyOf(videoId));
    return text === null ? null : (JSON.parse(text) as Kept);
  }

  #keep(videoId: string, kept: Kept): void {
    this.ports.storage.setItem(keyOf(videoId), JSON.stringify(kept));
  }
}

function keyOf(videoId: string): string {
  return `playhead-share:${videoId}`;
}
