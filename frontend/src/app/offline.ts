/** Where one is offline, a page of ours says so from the next visit on. */
export function prepareForOffline(): void {
  // Not in development, and not without https, where browsers have no service workers.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => {
    // An extra: without it the browser's own page says so.
    navigator.serviceWorker.register('/service-worker.js').catch(() => undefined);
  });
}
