import { section } from '../section';

/** The player: what it says while it plays, and its buttons. */
export const text = section('player', {
  player: (title: string) => `Player: ${title}`,
  offline: 'No connection. Playing goes on by itself when it is back.',
  beingMade: 'This part is still being made. It plays in a moment.',
  partNotLoaded: 'This could not be loaded. Is there a connection?',
  captionsOff: 'Captions off',
  captionsOn: (track: string) => `Captions: ${track}`,
  linkCopied: 'Link copied',
  noClipboard: 'This browser does not let pages copy',
  muted: 'Muted',
  soundOn: 'Sound on',
  volume: (percent: string) => `Volume ${percent}`,

  captions: 'Captions',
  settings: 'Settings',
  theatre: 'Theatre mode',

  failures: {
    gone: 'This video cannot be watched any more. It may be deleted, or no longer be shared with you.',
    unsupported:
      'This browser cannot play this video. A current Firefox, Chrome, Edge or Safari can.',
    broken: 'This part of the video could not be played.',
    code: 'The player could not be loaded: Playhead cannot be reached, or it has been updated.',
  },
  loadPage: 'Load the page again',
  tryAgain: 'Try again',
  skip: 'Skip 10 seconds',
});
