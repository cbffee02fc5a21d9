import { noFilters, writeFilters, type SearchFilters } from './search-filters';

/** Every address inside the app, made in one place. app/router.ts reads them. */
export const links = {
  home: (query = '', filters = noFilters): string => withQuery('/', query, filters),
  /** What others share with whoever looks. */
  shared: (query = '', filters = noFilters): string => withQuery('/shared', query, filters),
  /** What has a tag. */
  tag: (tag: string): string => withQuery('/', '', { ...noFilters, tag }),
  person: (personId: string): string => `/people/${encodeURIComponent(personId)}`,
  login: (returnTo?: string): string => withReturn('/login', returnTo),
  register: (returnTo?: string): string => withReturn('/register', returnTo),
  forgot: (): string => '/forgot',
  upload: (): string => '/upload',
  myVideos: (): string => '/my',
  history: (): string => '/history',
  watchLater: (): string => '/watch-later',
  settings: (): string => '/settings',
  admin: (): string => '/admin',
  invitations: (): string => '/admin/invitations',
  /** Of everybody, or what one person did. */
  audit: (actorId = ''): string =>
    actorId === '' ? '/admin/audit' : `/admin/audit?${encode({ actor: actorId })}`,
  watch: (videoId: string, start_seconds = 0): string =>
    withStart(`/videos/${encodeURIComponent(videoId)}`, start_seconds),
  /** The player alone, for other sites. */
  embed: (videoId: string, start_seconds = 0): string =>
    withStart(`/embed/${encodeURIComponent(videoId)}`, start_seconds),
};

function withStart(path: string, start_seconds: number): string {
  return start_seconds >= 1 ? `${path}?${encode({ t: String(Math.floor(start_seconds)) })}` : path;
}

function withQuery(path: string, query: string, filters: SearchFilters): string {
  const said = { ...(query === '' ? {} : { q: query }), ...writeFilters(filters) };
  return Object.keys(said).length === 0 ? path : `${path}?${encode(said)}`;
}

function withReturn(path: string, returnTo: string | undefined): string {
  return returnTo === undefined || returnTo === '/'
    ? path
    : `${path}?${encode({ next: returnTo })}`;
}

function encode(query: Record<string, string>): string {
  return new URLSearchParams(query).toString();
}
