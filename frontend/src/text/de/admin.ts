import type { text as english } from '../en/admin';
import { plural } from '../plural';

export const text: typeof english = {
  title: 'Verwaltung',
  people: 'Leute',
  invitations: 'Einladungen',
  audit: 'Protokoll',
  forAdmins: 'Diese Seite ist für Admins',
  askAnAdmin: 'Frage einen Admin dieser Seite, wenn du einer sein solltest.',
  signIn: 'Zum Verwalten anmelden',
  signInMessage: 'Diese Seite ist für die Admins dieser Seite.',

  roles: { user: 'Mitglied', moderator: 'Moderator', admin: 'Admin' },
  roleMeanings: {
    user: 'Mitglieder laden hoch, teilen und sehen an.',
    moderator:
      'Moderatoren verbergen und löschen außerdem öffentliche und nicht gelistete Videos anderer.',
    admin: 'Admins verwalten außerdem Leute und Einladungen und lesen das Protokoll.',
  },
  searchPeople: 'Leute suchen',
  nameOrEmail: 'Name oder E-Mail',
  peopleCount: (count, more) =>
    plural(count, {
      one: `#${more ? ' oder mehr' : ''} Person`,
      other: `#${more ? ' oder mehr' : ''} Personen`,
    }),
  peopleNotLoaded: 'Die Leute konnten nicht geladen werden',
  nobodyFound: 'Niemand gefunden',
  nobodyFoundMessage: (query) => `Kein Name und keine E-Mail enthält „${query}“.`,
  you: 'Du',
  blocked: 'Gesperrt',
  seen: (age) => `Zuletzt da ${age}`,
  neverSeen: 'Noch nie da',
  hereSince: (age) => `Konto angelegt ${age}`,
  roleOf: (name) => `Rolle von ${name}`,
  log: 'Protokoll',
  logOf: (name) => `Protokoll von ${name}`,
  block: 'Sperren',
  unblock: 'Entsperren',
  blockOf: (name) => `${name} sperren`,
  unblockOf: (name) => `${name} entsperren`,
  isBlocked: (name) => `${name} ist gesperrt und abgemeldet.`,
  isUnblocked: (name) => `${name} ist entsperrt.`,
  hasRole: (name, role) => `${name} hat jetzt die Rolle ${role}.`,
  blockTitle: (name) => `${name} sperren?`,
  blockMessage: (email) =>
    `${email} wird überall abgemeldet und kann sich nicht mehr anmelden. Die Videos bleiben.`,
  unblockTitle: (name) => `${name} entsperren?`,
  unblockMessage: (email) => `${email} kann sich wieder anmelden.`,
  roleTitle: (name) => `Rolle von ${name} ändern?`,
  roleMessage: (email, role, meaning) =>
    `${email} bekommt die Rolle ${role} und muss sich neu anmelden. ${meaning}`,
  changeRole: 'Rolle ändern',

  newInvitation: 'Neue Einladung',
  closed:
    'Neue Konten sind auf dieser Seite geschlossen: Einladungen gelten, wenn REGISTRATION invite oder open ist.',
  emailOptional: 'E-Mail (freiwillig)',
  emailHint: 'Dann gilt sie nur für diese Adresse. Ohne gilt sie für alle, die den Link haben.',
  role: 'Rolle',
  createInvitation: 'Einladung erstellen',
  invitationFor: (email) => `Die Einladung für ${email}`,
  invitationForAnyone: 'Die Einladung für alle, die den Link haben',
  once: 'Sie wird nur jetzt gezeigt und gilt für ein Konto.',
  onceMailed:
    'Sie wird nur jetzt gezeigt und gilt für ein Konto. Sie ist auch per E-Mail unterwegs.',
  notUsedYet: 'Noch nicht verwendet',
  theInvitations: 'Die Einladungen',
  noInvitations: 'Keine Einladung wartet darauf, verwendet zu werden.',
  anyone: 'Alle, die den Link haben',
  fromWhom: (name, age, day) => `Von ${name}, ${age} · endet am ${day}`,
  revoke: 'Widerrufen',
  revokeOf: (name) => `Einladung für ${name} widerrufen`,
  revokeTitle: 'Diese Einladung widerrufen?',
  revokeMessage: (name) => `Der Link für ${name} gilt sofort nicht mehr.`,
  revokeInvitation: 'Einladung widerrufen',

  show: 'Zeigen',
  onePerson: 'eine Person',
  onlyOf: (name) => `Nur, was ${name} getan hat`,
  showEverybody: 'Alle zeigen',
  eventCount: (count, more) =>
    plural(count, {
      one: `#${more ? ' oder mehr' : ''} Ereignis`,
      other: `#${more ? ' oder mehr' : ''} Ereignisse`,
    }),
  onlyTheirs: 'Nur, was diese Person getan hat',
  openVideo: 'Video öffnen',
  auditNotLoaded: 'Das Protokoll konnte nicht geladen werden',
  nothingHappened: 'Nichts geschehen',
  nothingHappenedMessage: 'Im Protokoll steht nichts dieser Art.',
};
