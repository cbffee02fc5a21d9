import { routeOf, type Route } from './router';

/** What a page lacks after this, nobody waits for. */
const restorePatience_ms = 3000;

/** The address bar as state, and the one way to change it. */
class Navigation {
  url = $state.raw(new URL(location.href));
  readonly route: Route = $derived(routeOf(this.url));
  /** Whether the browser's own buttons led here: what was left is expected as it was. */
  isReturn = false;
  /** Counts real navigations, so that focus can follow them. */
  visits = $state(0);
  #restoring: AbortController | null = null;

  constructor() {
    history.scrollRestoration = 'manual';
    addEventListener('popstate', (event: PopStateEvent) => {
      const before = this.url;
      this.url = new URL(location.href);
      // Within one page, as the link that skips to the content does, the browser moves by itself.
      if (before.pathname === this.url.pathname && before.search === this.url.search) return;
      this.isReturn = true;
      this.visits++;
      this.#restoreScroll(scrollOf(event.state));
    });
    document.addEventListener('click', (event) => this.#onClick(event));
    // Kept while the page is left, for the way back.
    addEventListener('scrollend', () => this.#keepScroll());
  }

  /** Goes to a path of this site. `replace` leaves no entry in the history, and focus alone. */
  to(path: string, how: { replace?: boolean; quiet?: boolean } = {}): void {
    if (how.replace) history.replaceState(history.state, '', path);
    else {
      this.#keepScroll();
      history.pushState(null, '', path);
    }
    this.isReturn = false;
    this.url = new URL(location.href);
    if (how.quiet) return;
    this.visits++;
    this.#scrollTo(0);
  }

  #keepScroll(): void {
    // Where it is being restored, the page may be too short yet: what is kept is still true.
    if (this.#restoring === null) history.replaceState({ scroll_px: scrollY }, '');
  }

  #scrollTo(scroll_px: number): void {
    this.#restoring?.abort();
    requestAnimationFrame(() => scrollTo(0, scroll_px));
  }

  /** Again whenever the page grows, until the person does something. */
  #restoreScroll(scroll_px: number): void {
    this.#scrollTo(scroll_px);
    const main = document.querySelector('main');
    if (scroll_px === 0 || main === null) return;
    const restoring = new AbortController();
    const { signal } = restoring;
    const grown = new ResizeObserver(() => scrollTo(0, scroll_px));
    const end = (): void => restoring.abort();
    signal.addEventListener('abort', () => {
      grown.disconnect();
      if (this.#restoring === restoring) this.#restoring = null;
    });
    this.#restoring = restoring;
    grown.observe(main);
    for (const act of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
      addEventListener(act, end, { signal, passive: true, capture: true });
    setTimeout(end, restorePatience_ms);
  }

  #onClick(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return;
    if (routeOf(url).name === 'missing') return; // Not ours: the server knows.
    event.preventDefault();
    this.to(url.pathname + url.search + url.hash);
  }
}

function scrollOf(state: unknown): number {
  if (typeof state !== 'object' || state === null || !('scroll_px' in state)) return 0;
  return typeof state.scroll_px === 'number' ? state.scroll_px : 0;
}

export const navigation = new Navigation();
