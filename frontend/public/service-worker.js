// Says that one is offline where the browser would show a page of its own. That one page is all it
// keeps: whatever else a page asks for, above all video and API, passes it untouched.
const store = 'offline-1';
const page = '/offline.html';

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(store).then((cache) => cache.add(page)));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== store) await caches.delete(name);
      // The page is asked for while this script starts.
      await self.registration.navigationPreload?.enable();
    })(),
  );
});

self.addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate' || event.request.method !== 'GET') return;
  event.respondWith(
    (async () => {
      try {
        return (await event.preloadResponse) ?? (await fetch(event.request));
      } catch {
        // It varies by coding, which is none of a page's concern.
        return (await caches.match(page, { ignoreVary: true })) ?? Response.error();
      }
    })(),
  );
});
