export type Route =
  | { name: 'home'; query: string }
  | { name: 'login'; next: string }
  | { name: 'register'; next: string }
  | { name: 'upload' }
  | { name: 'my' }
  | { name: 'watch'; id: string }
  | { name: 'missing' };

/** Ids are 128 random bits as 26 characters of lower-case base32. */
const videoPath = /^\/videos\/([a-z2-7]{26})$/;

/** What an address shows. */
export function routeOf(url: URL): Route {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname;
  switch (path) {
    case '/':
      return { name: 'home', query: url.searchParams.get('q') ?? '' };
    case '/login':
      return { name: 'login', next: safeNext(url.searchParams.get('next')) };
    case '/register':
      return { name: 'register', next: safeNext(url.searchParams.get('next')) };
    case '/upload':
      return { name: 'upload' };
    case '/my':
      return { name: 'my' };
  }
  const id = videoPath.exec(path)?.[1];
  return id === undefined ? { name: 'missing' } : { name: 'watch', id };
}

/** Where to go after signing in: a path of this site, whatever the address claims. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith('/')) return '/';
  const base = 'https://site.invalid';
  try {
    const url = new URL(next, base);
    return url.origin === base ? url.pathname + url.search + url.hash : '/';
  } catch {
    return '/';
  }
}
