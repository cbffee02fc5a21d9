import type { text as english } from '../en/viewing';

export const text: typeof english = {
  find: 'Etwas zum Ansehen finden',

  signInToHistory: 'Melde dich an, um deinen Verlauf zu sehen',
  signInToHistoryMessage:
    'Er gehört zu deinem Konto, und nur du siehst ihn. Ohne Konto wird nur auf diesem Gerät gemerkt, wo du aufgehört hast, sonst nichts.',
  record: 'Wieder aufzeichnen',
  pause: 'Pausieren',
  clear: 'Leeren',
  paused: 'Pausiert: Was du ansiehst, wird nicht aufgezeichnet.',
  loadingHistory: 'Dein Verlauf wird geladen',
  historyNotLoaded: 'Dein Verlauf konnte nicht geladen werden',
  nothingWatched: 'Noch nichts angesehen',
  nothingWatchedMessage:
    'Was du ansiehst, erscheint hier, damit du weitersehen kannst, wo du aufgehört hast.',
  removeFromHistory: 'Aus dem Verlauf entfernen',
  watched: (age) => `Angesehen ${age}`,
  cleared: 'Dein Verlauf ist geleert.',
  clearTitle: 'Deinen Verlauf leeren?',
  clearMessage:
    'Alles, was du angesehen hast, wird vergessen, auch, wo du aufgehört hast. Das lässt sich nicht rückgängig machen. Was du für später aufhebst, bleibt.',
  clearHistory: 'Verlauf leeren',

  signInToLater: 'Melde dich an, um zu sehen, was du für später aufhebst',
  signInToLaterMessage: 'Deine Liste wartet auf jedem Gerät auf dich.',
  loadingLater: 'Deine Liste wird geladen',
  laterNotLoaded: 'Deine Liste konnte nicht geladen werden',
  nothingKept: 'Nichts für später aufgehoben',
  nothingKeptMessage: 'Wähle unter einem Video „Später ansehen“, und es wartet hier auf dich.',
  removeFromLater: 'Aus dieser Liste entfernen',
  removedFromLater: (title) => `„${title}“ ist nicht mehr für später aufgehoben.`,

  goOn: 'Weitersehen',
};
