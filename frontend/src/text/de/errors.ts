import type { text as english } from '../en/errors';

export const text: typeof english = {
  invalidInput: 'Etwas in diesem Formular stimmt nicht.',
  unsupportedMedia: 'Diese Datei kann Playhead nicht abspielen. Versuche es mit einer Videodatei.',
  notSignedIn: 'Melde dich an, um fortzufahren.',
  notAllowed: 'Darauf hast du keinen Zugriff.',
  notFound: 'Das gibt es nicht mehr, oder es ist privat.',
  uploadOffset: 'Der Stand des Uploads wird ermittelt …',
  notReady: 'Dieses Video ist noch nicht fertig.',
  tooLarge: 'Diese Datei ist größer als erlaubt.',
  tooLargeBy: (limit) => `Diese Datei ist zu groß. Erlaubt sind höchstens ${limit}.`,
  emptyFile: 'Diese Datei ist leer.',
  quota: 'Dein Speicherplatz ist voll. Lösche ein Video, um Platz zu schaffen.',
  storageQuota: (used, limit) =>
    `Dafür reicht dein Speicherplatz nicht: ${used} von ${limit} sind belegt. Lösche ein Video, um Platz zu schaffen.`,
  dailyQuota: (used, limit) =>
    `Das ist mehr, als du an einem Tag hochladen darfst: ${used} von ${limit} sind verbraucht. Versuche es morgen nochmal.`,
  rateLimited: 'Zu viele Versuche. Warte einen Moment und versuche es dann nochmal.',
  rateLimitedFor: (wait) => `Zu viele Versuche. Versuche es nochmal in ${wait}.`,
  unavailable: 'Playhead ist gerade nicht erreichbar.',
  cancelled: 'Das wurde angehalten.',
  internal: 'Bei uns ist etwas schiefgegangen. Entschuldige bitte.',
  internalWith: (request) =>
    `Bei uns ist etwas schiefgegangen. Entschuldige bitte. Anfrage ${request}`,
};
