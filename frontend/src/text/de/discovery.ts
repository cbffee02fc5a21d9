import type { text as english } from '../en/discovery';
import { plural } from '../plural';

export const text: typeof english = {
  length: 'Länge',
  anyLength: 'Beliebig',
  lengths: { short: 'Unter 4 Minuten', medium: '4 bis 20 Minuten', long: 'Über 20 Minuten' },
  uploaded: 'Hochgeladen',
  anyTime: 'Irgendwann',
  ages: {
    day: 'In den letzten 24 Stunden',
    week: 'In der letzten Woche',
    month: 'Im letzten Monat',
    year: 'Im letzten Jahr',
  },
  by: 'Person',
  anyone: 'Alle',
  withCaptions: 'Mit Untertiteln',
  removeTag: (tag) => `Schlagwort ${tag} entfernen`,

  videoCount: (count, more) =>
    plural(count, {
      one: `# Video${more ? ' oder mehr' : ''}`,
      other: `# Videos${more ? ' oder mehr' : ''}`,
    }),
  searchThese: 'Diese Videos durchsuchen',
  nothingPublished: 'Noch ist nichts veröffentlicht',
  nothingPublishedMessage: 'Deine öffentlichen Videos erscheinen hier für alle.',
};
