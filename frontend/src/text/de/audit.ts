import type { text as english } from '../en/audit';
import { plural } from '../plural';

const roles = new Map([
  ['user', 'Mitglied'],
  ['moderator', 'Moderator'],
  ['admin', 'Admin'],
]);
const visibilities = new Map([
  ['public', 'öffentlich'],
  ['unlisted', 'nicht gelistet'],
  ['private', 'privat'],
]);

export const text: typeof english = {
  playhead: 'Playhead',
  Somebody: 'Jemand',
  somebody: 'jemand',
  somebodyWith: (id) => `jemand (${id}…)`,
  from: (address) => ` (von ${address})`,

  kinds: {
    '': 'Alles',
    'session.': 'An- und Abmeldungen',
    'session.fail': 'Fehlgeschlagene Anmeldungen',
    'account.': 'Konten',
    'password.': 'Passwörter',
    'token.': 'API-Tokens',
    'admin.': 'Verwaltung',
    'video.': 'Videos',
    'share.': 'Teilen',
    'moderation.': 'Moderation',
  },

  sentences: {
    'account.register': ({ from, detail }) => `hat ein Konto angelegt${as(detail('role'))}${from}`,
    'account.rename': ({ detail }) =>
      detail('to') === ''
        ? 'hat den eigenen Namen geändert'
        : `hat den eigenen Namen in „${detail('to')}“ geändert`,
    'account.delete': () => 'hat das eigene Konto mit allem darin gelöscht',
    'session.begin': ({ from }) => `hat sich angemeldet${from}`,
    'session.fail': ({ subject, person, detail, from }) => {
      const account = subject === '' ? 'eine Adresse ohne Konto' : person(subject);
      const why = detail('why') === 'blocked' ? ': Das Konto ist gesperrt' : '';
      return `konnte sich nicht anmelden als ${account}${from}${why}`;
    },
    'session.end': ({ from }) => `hat einen Browser abgemeldet${from}`,
    'session.end_others': ({ detail, from }) =>
      detail('ended') === ''
        ? `hat alle anderen Browser abgemeldet${from}`
        : `hat alle anderen Browser (${detail('ended')}) abgemeldet${from}`,
    'session.reuse': ({ subject, person, from }) =>
      `hat eine gestohlene oder sehr alte Sitzung von ${person(subject)} verwendet${from}; sie wurde beendet`,
    'password.change': ({ from }) => `hat das eigene Passwort geändert${from}`,
    'password.fail': ({ from }) => `hat ein falsches jetziges Passwort angegeben${from}`,
    'password.forgot': ({ subject, person, from }) =>
      `hat ein neues Passwort angefordert für ${person(subject)}${from}`,
    'password.reset': ({ from }) =>
      `hat mit einem Link aus einer E-Mail ein neues Passwort gewählt${from}`,
    'token.create': ({ detail }) =>
      `hat das API-Token „${detail('name')}“ erstellt${inBrackets(detail('scopes'))}`,
    'token.revoke': ({ detail }) => `hat das API-Token „${detail('name')}“ widerrufen`,
    'admin.invitation.create': ({ detail }) =>
      `hat eingeladen: ${detail('email') || 'alle, die den Link haben'}${as(detail('role'))}`,
    'admin.invitation.revoke': ({ detail }) =>
      `hat eine Einladung${detail('email') === '' ? '' : ` für ${detail('email')}`} widerrufen`,
    'admin.user.role': ({ subject, person, detail }) => {
      const to = detail('to') || detail('role');
      const name = detail('name') || person(subject);
      return to === ''
        ? `hat ${name} eine andere Rolle gegeben`
        : `hat ${name} die Rolle ${roles.get(to) ?? to} gegeben`;
    },
    'admin.user.block': ({ subject, person, detail }) =>
      `hat ${detail('name') || person(subject)} gesperrt`,
    'admin.user.unblock': ({ subject, person, detail }) =>
      `hat ${detail('name') || person(subject)} entsperrt`,
    'video.visibility': ({ detail }) =>
      `hat die Sichtbarkeit eines Videos geändert${changed(detail('from'), detail('to'))}`,
    'video.delete': () => 'hat ein Video gelöscht',
    'video.reprocess': () => 'hat ein Video neu verarbeiten lassen',
    'video.cancel': () => 'hat die Verarbeitung eines Videos angehalten',
    'video.poster': () => 'hat das Vorschaubild eines Videos gewählt',
    'captions.add': ({ detail }) =>
      `hat einem Video Untertitel${inBrackets(detail('language'))} hinzugefügt`,
    'captions.replace': ({ detail }) =>
      `hat Untertitel${inBrackets(detail('language'))} eines Videos ersetzt`,
    'captions.rename': ({ detail }) =>
      `hat Untertitel${inBrackets(detail('language'))} eines Videos umbenannt`,
    'captions.delete': ({ detail }) =>
      `hat Untertitel${inBrackets(detail('language'))} eines Videos gelöscht`,
    'video.undelete': () => 'hat ein gelöschtes Video zurückgeholt',
    'moderation.visibility': ({ detail }) =>
      `hat die Sichtbarkeit eines fremden Videos geändert${changed(detail('from'), detail('to'))}`,
    'moderation.delete': () => 'hat ein fremdes Video gelöscht',
    'share.person.add': ({ detail, person }) =>
      `hat ein Video geteilt mit ${person(detail('person'))}`,
    'share.person.remove': ({ detail, person }) =>
      `teilt ein Video nicht mehr mit ${person(detail('person'))}`,
    'share.link.create': ({ detail }) => `hat einen Link${called(detail('label'))} erstellt`,
    'share.link.revoke': ({ detail }) => `hat einen Link${called(detail('label'))} widerrufen`,
    'owner.delete': ({ subject, person, detail }) =>
      `hat ${detail('videos') === '' ? 'die Videos' : plural(Number(detail('videos')), { one: '# Video', other: '# Videos' })} von ${person(subject)} entfernt; das Konto ist gelöscht`,
  },
};

function changed(from: string, to: string): string {
  if (to === '') return '';
  const now = visibilities.get(to) ?? to;
  return from === '' ? `: ${now}` : `: ${now}, vorher ${visibilities.get(from) ?? from}`;
}

function called(label: string): string {
  return label === '' ? '' : ` „${label}“`;
}

function as(role: string): string {
  return role === '' || role === 'user' ? '' : ` als ${roles.get(role) ?? role}`;
}

function inBrackets(what: string): string {
  return what === '' ? '' : ` (${what})`;
}
