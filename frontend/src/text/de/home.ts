import type { text as english } from '../en/home';
import { plural } from '../plural';

export const text: typeof english = {
  videos: 'Videos',
  which: 'Welche Videos',
  all: 'Alle Videos',
  shared: 'Mit mir geteilt',
  quoted: (query) => `„${query}“`,
  found: (count, more) =>
    plural(count, {
      one: `#${more ? ' oder mehr' : ''} Video gefunden`,
      other: `#${more ? ' oder mehr' : ''} Videos gefunden`,
    }),
  signInToShared: 'Melde dich an, um zu sehen, was mit dir geteilt ist',
  sharedByName: 'Videos werden namentlich mit anderen geteilt.',
  signInToWatch: 'Zum Ansehen anmelden',
  membersOnly: 'Die Videos hier sind für alle, die ein Konto haben.',
  notLoaded: 'Die Videos konnten nicht geladen werden',
  nothingFound: 'Nichts gefunden',
  noMatch: (query) =>
    `Kein Titel, keine Beschreibung, kein Schlagwort und kein Untertitel passt zu „${query}“. Versuche weniger oder andere Wörter.`,
  noMatchFiltered: (query) =>
    `Mit diesen Filtern passt kein Titel, keine Beschreibung, kein Schlagwort und kein Untertitel zu „${query}“. Versuche weniger oder andere Wörter.`,
  noneLikeThis: 'So ein Video gibt es nicht.',
  withoutFilters: 'Ohne Filter suchen',
  filters: 'Filter',
  filtersNotLoaded: 'Die Filter konnten nicht geladen werden. Versuche es später noch einmal.',
  showAllShared: 'Alles zeigen, was mit mir geteilt ist',
  showAll: 'Alle Videos zeigen',
  nothingShared: 'Noch ist nichts mit dir geteilt',
  sharedAppears: 'Wenn jemand ein privates Video namentlich mit dir teilt, erscheint es hier.',
  firstIsYours: 'Das erste Video ist deins',
  nothingPublished:
    'Hier ist noch nichts veröffentlicht. Lade eine Datei hoch: Sie läuft Sekunden nach dem letzten Byte, egal wie lang sie ist.',
};
