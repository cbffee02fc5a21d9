import type { text as english } from '../en/transcript';

export const text: typeof english = {
  title: 'Mitschrift',
  language: 'Sprache der Mitschrift',
  close: 'Mitschrift schließen',
  notLoaded: (why) => `Die Mitschrift konnte nicht geladen werden. ${why}`,
  none: 'Es gibt keine Untertitel, aus denen sich eine Mitschrift machen lässt.',
  loading: 'Die Mitschrift wird geladen',
  search: 'In der Mitschrift suchen',
  at: (place, places) => `${place} von ${places}`,
  found: (places) => `${places} gefunden`,
  previous: 'Vorige Stelle',
  next: 'Nächste Stelle',
  lines: 'Was gesagt wird',
  follow: 'Wiedergabe folgen',
};
