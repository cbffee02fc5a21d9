/** What the system's own controls can do beside play and pause. */
export interface SessionActions {
  seekBy: (seconds: number) => void;
  seek: (seconds: number) => void;
  next: (() => void) | null;
}

export interface Shown {
  title: string;
  artist: string;
  poster: string | null;
}

/** Shows what plays on lock screens, media keys and headsets, until the returned function is called. */
export function showInSystem(
  video: HTMLVideoElement,
  { title, artist, poster }: Shown,
  actions: SessionActions,
): () => void {
  // By DOM's types it is everywhere, but not by all browsers.
  const session = (navigator as Partial<Navigator>).mediaSession;
  if (session === undefined) return () => undefined;
  session.metadata = new MediaMetadata({
    title,
    artist,
    artwork: poster === null ? [] : [{ src: poster }],
  });
  const handlers: [MediaSessionAction, MediaSessionActionHandler | null][] = [
    ['seekbackward', ({ seekOffset }) => actions.seekBy(-(seekOffset ?? 10))],
    ['seekforward', ({ seekOffset }) => actions.seekBy(seekOffset ?? 10)],
    ['seekto', ({ seekTime }) => actions.seek(seekTime ?? 0)],
    ['nexttrack', actions.next],
  ];
  const handle = (action: MediaSessionAction, handler: MediaSessionActionHandler | null): void => {
    try {
      session.setActionHandler(action, handler);
    } catch (error) {
      // A browser that does not know the action says so with this.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  for (const [action, handler] of handlers) handle(action, handler);

  const position = (): void => {
    const { duration, playbackRate, currentTime } = video;
    if (!Number.isFinite(duration) || duration <= 0) return;
    session.setPositionState({
      duration,
      playbackRate,
      position: Math.min(currentTime, duration),
    });
  };
  const events = ['durationchange', 'ratechange', 'seeked', 'play', 'pause'];
  for (const event of events) video.addEventListener(event, position);
  return () => {
    for (const event of events) video.removeEventListener(event, position);
    for (const [action] of handlers) handle(action, null);
    session.metadata = null;
  };
}
