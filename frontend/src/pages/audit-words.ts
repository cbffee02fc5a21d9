import type { AuditEvent } from '../api/admin';

type Words = (told: {
  /** One of the event's details; empty where it has none of this name. */
  detail: (name: string) => string;
  /** A person as one knows them: by name where it is known. */
  person: (id: string) => string;
  /** What it was done to. */
  subject: string;
  /** ` from 192.0.2.1`, or nothing. */
  from: string;
}) => string;

/** What somebody did, to follow their name. */
const sentences: Record<string, Words> = {
  'account.register': ({ from, detail }) => `made an account${as(detail('role'))}${from}`,
  'account.rename': ({ detail }) =>
    detail('to') === '' ? 'changed their name' : `changed their name to “${detail('to')}”`,
  'account.delete': () => 'deleted their account and everything in it',
  'session.begin': ({ from }) => `signed in${from}`,
  'session.fail': ({ subject, person, detail, from }) => {
    const account = subject === '' ? 'an address without an account' : person(subject);
    const why = detail('why') === 'blocked' ? ': the account is blocked' : '';
    return `failed to sign in as ${account}${from}${why}`;
  },
  'session.end': ({ from }) => `signed a browser out${from}`,
  'session.end_others': ({ detail, from }) =>
    detail('ended') === ''
      ? `signed out every other browser${from}`
      : `signed out every other browser (${detail('ended')})${from}`,
  'session.reuse': ({ subject, person, from }) =>
    `used a stolen or very old session of ${person(subject)}${from}; it was ended`,
  'password.change': ({ from }) => `changed their password${from}`,
  'password.fail': ({ from }) => `gave a wrong current password${from}`,
  'password.forgot': ({ subject, person, from }) =>
    `asked for a new password for ${person(subject)}${from}`,
  'password.reset': ({ from }) => `chose a new password with a link from a mail${from}`,
  'token.create': ({ detail }) =>
    `made the API token “${detail('name')}”${detail('scopes') === '' ? '' : ` (${detail('scopes')})`}`,
  'token.revoke': ({ detail }) => `revoked the API token “${detail('name')}”`,
  'admin.invitation.create': ({ detail }) =>
    `invited ${detail('email') === '' ? 'whoever has the link' : detail('email')}${as(detail('role'))}`,
  'admin.invitation.revoke': ({ detail }) =>
    `revoked an invitation${detail('email') === '' ? '' : ` of ${detail('email')}`}`,
  'admin.user.role': ({ subject, person, detail }) => {
    const to = detail('to') || detail('role');
    return `made ${detail('name') || person(subject)} ${to === '' ? 'something else' : article(to)}`;
  },
  'admin.user.block': ({ subject, person, detail }) =>
    `blocked ${detail('name') || person(subject)}`,
  'admin.user.unblock': ({ subject, person, detail }) =>
    `unblocked ${detail('name') || person(subject)}`,
  'video.visibility': ({ detail }) => `made a video ${changed(detail('from'), detail('to'))}`,
  'video.delete': () => 'deleted a video',
  'video.reprocess': () => 'had a video processed again',
  'video.cancel': () => 'stopped the processing of a video',
  'video.poster': () => 'chose the picture of a video',
  'captions.add': ({ detail }) => `added captions${language(detail('language'))} to a video`,
  'captions.replace': ({ detail }) => `replaced captions${language(detail('language'))} of a video`,
  'captions.rename': ({ detail }) => `renamed captions${language(detail('language'))} of a video`,
  'captions.delete': ({ detail }) => `deleted captions${language(detail('language'))} of a video`,
  'video.undelete': () => 'brought a deleted video back',
  'moderation.visibility': ({ detail }) =>
    `made a video of somebody else ${changed(detail('from'), detail('to'))}`,
  'moderation.delete': () => 'deleted a video of somebody else',
  'share.person.add': ({ detail, person }) => `shared a video with ${person(detail('person'))}`,
  'share.person.remove': ({ detail, person }) =>
    `stopped sharing a video with ${person(detail('person'))}`,
  'share.link.create': ({ detail }) => `made a share link${called(detail('label'))}`,
  'share.link.revoke': ({ detail }) => `revoked a share link${called(detail('label'))}`,
  'owner.delete': ({ subject, person, detail }) =>
    `removed ${detail('videos') === '' ? 'the videos' : count(Number(detail('videos')), 'video')} of ${person(subject)}, whose account is deleted`,
};

/** Kinds of actions, for the filter: the beginning of their names, and words. */
export const auditKinds: readonly [prefix: string, words: string][] = [
  ['', 'Everything'],
  ['session.', 'Signing in and out'],
  ['session.fail', 'Failed sign-ins'],
  ['account.', 'Accounts'],
  ['password.', 'Passwords'],
  ['token.', 'API tokens'],
  ['admin.', 'Administration'],
  ['video.', 'Videos'],
  ['share.', 'Sharing'],
  ['moderation.', 'Moderation'],
];

/** Who did it, for a reader. */
export function auditActor(event: Pick<AuditEvent, 'actor' | 'action'>): string {
  if (event.actor !== null && event.actor.name !== '') return event.actor.name;
  return event.action.startsWith('owner.') ? 'Playhead' : 'Somebody';
}

/**
 * What they did, in words that follow their name. Whatever has no sentence yet is told as it is.
 * `names` are the people whose names are known, by id.
 */
export function auditSentence(
  event: Pick<AuditEvent, 'action' | 'subjectId' | 'details'>,
  names: ReadonlyMap<string, string>,
): string {
  const detail = (name: string): string =>
    Object.hasOwn(event.details, name) ? (event.details[name] ?? '') : '';
  const person = (id: string): string => {
    if (id === '') return 'somebody';
    return names.get(id) ?? `somebody (${id.slice(0, 8)}…)`;
  };
  const words = Object.hasOwn(sentences, event.action) ? sentences[event.action] : undefined;
  if (words !== undefined) {
    const from = detail('address') === '' ? '' : ` from ${detail('address')}`;
    return words({ detail, person, subject: event.subjectId, from });
  }
  const told = Object.entries(event.details).map(([name, value]) => `${name}: ${value}`);
  return [event.action, ...told].join(', ');
}

/** The video that an event is about, or null. */
export function auditVideo(event: Pick<AuditEvent, 'action' | 'subjectId'>): string | null {
  return /^(video|share|moderation)\./.test(event.action) && event.subjectId !== ''
    ? event.subjectId
    : null;
}

function changed(from: string, to: string): string {
  if (to === '') return 'differently visible';
  return from === '' ? to : `${to}, it was ${from}`;
}

function called(label: string): string {
  return label === '' ? '' : ` “${label}”`;
}

function article(role: string): string {
  return /^[aeiou]/.test(role) && role !== 'user' ? `an ${role}` : `a ${role}`;
}

function as(role: string): string {
  return role === '' || role === 'user' ? '' : ` as ${article(role)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function language(tag: string): string {
  return tag === '' ? '' : ` (${tag})`;
}
