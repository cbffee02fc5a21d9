import { PlayheadError } from './errors';
import { requestJson } from './rest';

export interface Person {
  id: string;
  email: string;
  name: string;
  role: string;
}

interface SessionJson {
  access_token: string;
  expires_in: number;
  user: Person;
}

/** A token is renewed when less than this is left of its life. */
const renewBefore_ms = 60_000;

/** A renewal that failed is tried again after this, while nobody is known to be signed in. */
const tryAgainAfter_ms = 5000;

/** Set while somebody is signed in here: without it, asking who that is would be in vain. */
const hint = 'playhead-signed-in';

/** The whole session lives in memory; only the gateway's HttpOnly cookie outlives the tab. */
class Session {
  /** Who is signed in; null for nobody. */
  person = $state<Person | null>(null);
  /** False until we know whether somebody is signed in. */
  known = $state(false);

  #token: string | null = null;
  #expires_ms = 0;
  #renewing: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #tabs =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('playhead-session');

  constructor() {
    this.#tabs?.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (event.data === 'signed-out') this.#forget();
      // Another tab holds a cookie for somebody: ours may be a different person by now.
      if (event.data === 'signed-in') void this.renew().catch(() => undefined);
    });
  }

  /**
   * The access token for a call about to be made, renewed when it is about to expire.
   * Null when nobody is signed in.
   */
  async token(): Promise<string | null> {
    const expiring = this.#token !== null && this.#expires_ms - Date.now() < renewBefore_ms / 2;
    if (this.known && this.#token === null) {
      // Whoever cannot be known just now sees what everybody sees.
      await this.#renewing?.catch(() => undefined);
    } else if (!this.known || expiring || this.#renewing !== null) await this.renew();
    return this.#token;
  }

  /**
   * Gets a new access token with the refresh cookie. Callers at the same time share one request,
   * tabs take turns. Nobody signed in is an answer, not an error.
   */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async signIn(email: string, password: string): Promise<void> {
    this.#accept(await requestJson<SessionJson>('POST', '/api/auth/login', { email, password }));
    this.#tabs?.postMessage('signed-in');
  }

  /** Creates an account and signs in with it. `key`: what an invitation or setup link carries. */
  async register(
    account: { email: string; password: string; name: string },
    key: { invitation?: string; setup?: string } = {},
  ): Promise<void> {
    const wishes = { ...account, ...key };
    this.#accept(await requestJson<SessionJson>('POST', '/api/auth/register', wishes));
    this.#tabs?.postMessage('signed-in');
  }

  async signOut(): Promise<void> {
    await requestJson<undefined>('POST', '/api/auth/logout');
    this.end();
  }

  /** The session is over at the gateway: this and every other tab forget it. */
  end(): void {
    this.#forget();
    this.#tabs?.postMessage('signed-out');
  }

  /** Takes what changed about the person; a token that says so follows. */
  update(person: Person): void {
    this.person = person;
    // If this fails, the next renewal brings it.
    void this.renew().catch(() => undefined);
  }

  async #renew(): Promise<void> {
    if (this.#token === null && localStorage.getItem(hint) === null) {
      this.#forget();
      return;
    }
    try {
      const answer = await oneTabAtATime(() =>
        requestJson<SessionJson>('POST', '/api/auth/refresh'),
      );
      this.#accept(answer);
    } catch (error) {
      if (!(error instanceof PlayheadError)) throw error;
      if (error.reason !== 'NOT_SIGNED_IN' && error.reason !== 'NOT_ALLOWED') {
        if (this.#token === null) this.#renewIn(tryAgainAfter_ms);
        throw error;
      }
      this.#forget();
    }
  }

  #accept(answer: SessionJson): void {
    const life_ms = answer.expires_in * 1000;
    this.#token = answer.access_token;
    this.#expires_ms = Date.now() + life_ms;
    // The same person as before keeps their object, so nothing that depends on it starts over.
    if (JSON.stringify(this.person) !== JSON.stringify(answer.user)) this.person = answer.user;
    this.known = true;
    localStorage.setItem(hint, '1');
    this.#renewIn(Math.max(life_ms - renewBefore_ms, life_ms / 2));
  }

  #renewIn(wait_ms: number): void {
    clearTimeout(this.#timer);
    // If this fails, the next call that needs a token tries again and reports.
    this.#timer = setTimeout(() => void this.renew().catch(() => undefined), wait_ms);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    localStorage.removeItem(hint);
    this.#token = null;
    this.person = null;
    this.known = true;
  }
}

/** Web Locks exist in secure contexts only; elsewhere the gateway's grace period covers the race. */
function oneTabAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request('playhead-refresh', work) : work();
}

export const session = new Session();
