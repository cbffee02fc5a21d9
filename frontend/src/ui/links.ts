/** Every address inside the app, made in one place. app/router.ts reads them. */
export const links = {
  home: (query = ''): string => (query === '' ? '/' : `/?${encode({ q: query })}`),
  login: (returnTo?: string): string => withReturn('/login', returnTo),
  register: (returnTo?: string): string => withReturn('/register', returnTo),
  upload: (): string => '/upload',
  myVideos: (): string => '/my',
  watch: (videoId: string): string => `/videos/${encodeURIComponent(videoId)}`,
};

function withReturn(path: string, returnTo: string | undefined): string {
  return returnTo === undefined || returnTo === '/'
    ? path
    : `${path}?${encode({ next: returnTo })}`;
}

function encode(query: Record<string, string>): string {
  return new URLSearchParams(query).toString();
}
