import type { text as english } from '../en/share';

export const text: typeof english = {
  title: (video) => `„${video}“ teilen`,
  notPrivate: {
    public:
      'Dieses Video ist öffentlich: Alle, die den Link haben, können es schon ansehen. Was du hier einstellst, zählt, wenn es privat ist.',
    unlisted:
      'Dieses Video ist nicht gelistet: Alle, die den Link haben, können es schon ansehen. Was du hier einstellst, zählt, wenn es privat ist.',
  },
  people: 'Leute',
  emailHint: 'Von jemandem, der hier ein Konto hat.',
  addPerson: 'Hinzufügen',
  nobody: 'Noch niemand. Wen du hinzufügst, findet das Video unter „Mit mir geteilt“.',
  shared: (name) => `Mit ${name} geteilt.`,
  unshared: (name) => `Nicht mehr mit ${name} geteilt.`,
  remove: 'Entfernen',
  removePerson: (name) => `${name} entfernen`,

  links: 'Links',
  newLink: 'Neuer Link',
  theNewLink: 'Der neue Link',
  onceWithPassword: 'Er wird nur jetzt gezeigt. Teile das Passwort auf einem anderen Weg mit.',
  once: 'Er wird nur jetzt gezeigt. Wer ihn hat, kann das Video ansehen.',
  label: 'Bezeichnung',
  labelHint: 'Für dich, um ihn wiederzuerkennen: „Für die Jury“.',
  passwordOptional: 'Passwort (freiwillig)',
  passwordHint: 'Danach werden alle gefragt, die den Link öffnen.',
  createLink: 'Link erstellen',
  noLinks: 'Keine Links. Wer einen hat, sieht das Video ohne Konto.',
  noLabel: 'Link ohne Bezeichnung',
  neverEnds: 'Endet nie',
  neverEndsLocked: 'Endet nie, mit Passwort',
  ends: (day) => `Endet am ${day}`,
  endsLocked: (day) => `Endet am ${day}, mit Passwort`,
  revoke: 'Widerrufen',
  revokeLink: (link) => `${link} widerrufen`,
  revokeTitle: 'Diesen Link widerrufen?',
  revokeMessage: (link) => `„${link}“ gilt sofort nicht mehr, für alle, die ihn haben.`,
  revokeIt: 'Link widerrufen',
};
