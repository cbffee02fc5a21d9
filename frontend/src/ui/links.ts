/** Every address inside the app, made in one place. app/router.ts reads them. */
export const links = {
  home: (query = ''): string => withQuery('/', query),
  /** What others share with whoever looks. */
  shared: (query = ''): string => withQuery('/shared', query),
  login: (returnTo?: string): string => withReturn('/login', returnTo),
  register: (returnTo?: string): string => withReturn('/register', returnTo),
  forgot: (): string => '/forgot',
  upload: (): string => '/upload',
  myVideos: (): string => '/my',
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
  return start_seconds > 0 ? `${path}?${encode({ t: String(start_seconds) })}` : path;
}

function withQuery(path: string, query: string): string {
  return query === '' ? path : `${path}?${encode({ q: query })}`;
}

function withReturn(path: string, returnTo: string | undefined): string {
  return returnTo === undefined || returnTo === '/'
    ? path
    : `${path}?${encode({ next: returnTo })}`;
}

function encode(query: Record<string, string>): string {
  return new URLSearchParams(query).toString();
}
