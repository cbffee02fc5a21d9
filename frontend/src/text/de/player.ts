import type { text as english } from '../en/player';

export const text: typeof english = {
  player: (title) => `Player: ${title}`,
  offline: 'Keine Verbindung. Es geht von selbst weiter, sobald sie wieder da ist.',
  beingMade: 'Diese Stelle wird noch erstellt. Sie läuft gleich.',
  partNotLoaded: 'Das konnte nicht geladen werden. Gibt es eine Verbindung?',
  captionsOff: 'Untertitel aus',
  captionsOn: (track) => `Untertitel: ${track}`,
  linkCopied: 'Link kopiert',
  noClipboard: 'Dieser Browser lässt Seiten nicht kopieren',
  muted: 'Stumm',
  soundOn: 'Ton an',
  volume: (percent) => `Lautstärke ${percent}`,

  captions: 'Untertitel',
  settings: 'Einstellungen',
  theatre: 'Kinomodus',

  failures: {
    gone: 'Dieses Video kann nicht mehr angesehen werden. Vielleicht ist es gelöscht oder nicht mehr mit dir geteilt.',
    unsupported:
      'Dieser Browser kann dieses Video nicht abspielen. Ein aktueller Firefox, Chrome, Edge oder Safari kann es.',
    broken: 'Diese Stelle des Videos konnte nicht abgespielt werden.',
    code: 'Der Player konnte nicht geladen werden: Playhead ist nicht erreichbar oder wurde aktualisiert.',
  },
  loadPage: 'Seite neu laden',
  tryAgain: 'Nochmal versuchen',
  skip: '10 Sekunden überspringen',
};
