import { section } from '../section';

/** What somebody has watched, and keeps for later. */
export const text = section('viewing', {
  find: 'Find something to watch',

  signInToHistory: 'Sign in to see your history',
  signInToHistoryMessage:
    'It is kept with your account, and only you see it. Without an account nothing is kept but, on this device, where you stopped.',
  record: 'Record again',
  pause: 'Pause',
  clear: 'Clear',
  paused: 'Paused: what you watch is not recorded.',
  loadingHistory: 'Loading your history',
  historyNotLoaded: 'Your history could not be loaded',
  nothingWatched: 'Nothing watched yet',
  nothingWatchedMessage: 'What you watch appears here, so that you can go on where you stopped.',
  removeFromHistory: 'Remove from history',
  watched: (age: string) => `Watched ${age}`,
  cleared: 'Your history is cleared.',
  clearTitle: 'Clear your history?',
  clearMessage:
    'Everything that you have watched is forgotten, and where you stopped too. It cannot be brought back. What you keep for later stays.',
  clearHistory: 'Clear history',

  signInToLater: 'Sign in to see what you keep for later',
  signInToLaterMessage: 'Your list waits for you on every device.',
  loadingLater: 'Loading your list',
  laterNotLoaded: 'Your list could not be loaded',
  nothingKept: 'Nothing kept for later',
  nothingKeptMessage: 'Choose “Watch later” below a video, and it waits for you here.',
  removeFromLater: 'Remove from this list',
  removedFromLater: (title: string) => `“${title}” is no longer kept for later.`,

  goOn: 'Continue watching',
});
