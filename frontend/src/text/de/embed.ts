import type { text as english } from '../en/embed';

export const text: typeof english = {
  refused: 'Dieses Video wird hier nicht gezeigt',
  refusedWhy: 'Der Besitzer hat nicht erlaubt, dass diese Website es zeigt.',
  missing: 'Dieses Video ist nicht hier',
  missingWhy: 'Es existiert nicht mehr, oder es ist privat.',
  signIn: 'Melde dich an, um dieses Video anzusehen',
  signInWhy: 'Es läuft auf seiner eigenen Seite.',
  notLoaded: 'Dieses Video konnte nicht geladen werden',
  notMade: 'Dieses Video konnte nicht erstellt werden',
  notMadeWhy: 'Etwas an der Datei kann nicht gezeigt werden.',
  uploading: 'Wird noch hochgeladen',
  uploadingWhy: 'Es läuft hier von selbst, sobald es da ist.',
  processing: 'Gleich geht es los',
  processingWhy: 'Die ersten Sekunden werden vorbereitet. Es läuft hier von selbst.',
  tryAgain: 'Nochmal versuchen',
  openPage: 'Eigene Seite öffnen',
  loading: 'Das Video wird geladen',
};
