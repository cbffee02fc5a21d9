import { readFilters, type SearchFilters } from '../ui/search-filters';

/** What an invitation or the first admin's link carries, for the form. */
export interface RegisterKey {
  invitation?: string;
  setup?: string;
}

export type AdminTab = 'users' | 'invitations' | 'audit';

export type Route =
  | { name: 'home'; query: string; filters: SearchFilters; list: 'all' | 'shared' }
  | { name: 'person'; id: string }
  | { name: 'login'; next: string }
  | { name: 'register'; next: string; key: RegisterKey }
  | { name: 'forgot' }
  | { name: 'reset'; token: string }
  | { name: 'upload' }
  | { name: 'my' }
  | { name: 'history' }
  | { name: 'later' }
  | { name: 'settings' }
  | { name: 'admin'; tab: AdminTab; actorId: string }
  | { name: 'watch'; id: string; share: string | null }
  | { name: 'missing' };

/** Ids are 128 random bits as 26 characters of lower-case base32. */
const videoPath = /^\/videos\/([a-z2-7]{26})$/;
const personPath = /^\/people\/([a-z2-7]{26})$/;

/** What an address shows. */
export function routeOf(url: URL): Route {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, '') : url.pathname;
  const query = url.searchParams;
  const home = (list: 'all' | 'shared'): Route => ({
    name: 'home',
    query: query.get('q') ?? '',
    filters: readFilters(query),
    list,
  });
  switch (path) {
    case '/':
      return home('all');
    case '/shared':
      return home('shared');
    case '/login':
      return { name: 'login', next: safeNext(query.get('next')) };
    case '/register':
      return { name: 'register', next: safeNext(query.get('next')), key: registerKey(query) };
    case '/forgot':
      return { name: 'forgot' };
    case '/reset':
      return { name: 'reset', token: fragment(url, 'token') ?? '' };
    case '/upload':
      return { name: 'upload' };
    case '/my':
      return { name: 'my' };
    case '/history':
      return { name: 'history' };
    case '/watch-later':
      return { name: 'later' };
    case '/settings':
      return { name: 'settings' };
    case '/admin':
      return { name: 'admin', tab: 'users', actorId: '' };
    case '/admin/invitations':
      return { name: 'admin', tab: 'invitations', actorId: '' };
    case '/admin/audit':
      return { name: 'admin', tab: 'audit', actorId: query.get('actor') ?? '' };
  }
  const personId = personPath.exec(path)?.[1];
  if (personId !== undefined) return { name: 'person', id: personId };
  const id = videoPath.exec(path)?.[1];
  if (id === undefined) return { name: 'missing' };
  return { name: 'watch', id, share: fragment(url, 'share') };
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

/** Secrets of links come after the #, which no server and no log ever sees. */
function fragment(url: URL, name: string): string | null {
  return new URLSearchParams(url.hash.slice(1)).get(name) || null;
}

function registerKey(query: URLSearchParams): RegisterKey {
  const setup = query.get('setup');
  if (setup) return { setup };
  const invitation = query.get('invitation');
  return invitation ? { invitation } : {};
}
