/** A pointer that rests this long on a link means it; one that crosses it does not. */
const rest_ms = 80;

/**
 * Calls back with the address of a link that somebody is about to follow: they point at it, focus
 * it or touch it. Returns how to stop.
 */
export function onAboutToFollow(callback: (url: URL) => void): () => void {
  const abort = new AbortController();
  const options = { signal: abort.signal, passive: true };
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(target: EventTarget | null): void {
    const link = linkAt(target);
    if (link && link.origin === location.origin) callback(new URL(link.href));
  }

  document.addEventListener(
    'pointerover',
    ({ target, pointerType }) => {
      clearTimeout(timer);
      // A finger tells by touching, below.
      if (pointerType !== 'touch') timer = setTimeout(() => tell(target), rest_ms);
    },
    options,
  );
  document.addEventListener('focusin', ({ target }) => tell(target), options);
  document.addEventListener('touchstart', ({ target }) => tell(target), options);
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}

function linkAt(target: EventTarget | null): HTMLAnchorElement | null {
  return target instanceof Element ? target.closest('a') : null;
}
