import { plural } from '../plural';
import { section } from '../section';

/** What is known about an event, for its sentence. */
export interface Told {
  /** One of the event's details; empty where it has none of this name. */
  detail: (name: string) => string;
  /** A person as one knows them: by name where it is known. */
  person: (id: string) => string;
  /** What it was done to. */
  subject: string;
  /** ` from 192.0.2.1`, or nothing. */
  from: string;
}

/** The audit log: what somebody did, to follow their name. */
export const text = section('audit', {
  playhead: 'Playhead',
  Somebody: 'Somebody',
  somebody: 'somebody',
  somebodyWith: (id: string) => `somebody (${id}…)`,
  from: (address: string) => ` from ${address}`,

  /** Kinds of actions, by the beginning of their names. */
  kinds: {
    '': 'Everything',
    'session.': 'Signing in and out',
    'session.fail': 'Failed sign-ins',
    'account.': 'Accounts',
    'password.': 'Passwords',
    'token.': 'API tokens',
    'admin.': 'Administration',
    'video.': 'Videos',
    'share.': 'Sharing',
    'moderation.': 'Moderation',
  },

  sentences: {
    'account.register': ({ from, detail }: Told) => `made an account${as(detail('role'))}${from}`,
    'account.rename': ({ detail }: Told) =>
      detail('to') === '' ? 'changed their name' : `changed their name to “${detail('to')}”`,
    'account.delete': (): string => 'deleted their account and everything in it',
    'session.begin': ({ from }: Told) => `signed in${from}`,
    'session.fail': ({ subject, person, detail, from }: Told) => {
      const account = subject === '' ? 'an address without an account' : person(subject);
      const why = detail('why') === 'blocked' ? ': the account is blocked' : '';
      return `failed to sign in as ${account}${from}${why}`;
    },
    'session.end': ({ from }: Told) => `signed a browser out${from}`,
    'session.end_others': ({ detail, from }: Told) =>
      detail('ended') === ''
        ? `signed out every other browser${from}`
        : `signed out every other browser (${detail('ended')})${from}`,
    'session.reuse': ({ subject, person, from }: Told) =>
      `used a stolen or very old session of ${person(subject)}${from}; it was ended`,
    'password.change': ({ from }: Told) => `changed their password${from}`,
    'password.fail': ({ from }: Told) => `gave a wrong current password${from}`,
    'password.forgot': ({ subject, person, from }: Told) =>
      `asked for a new password for ${person(subject)}${from}`,
    'password.reset': ({ from }: Told) => `chose a new password with a link from a mail${from}`,
    'token.create': ({ detail }: Told) =>
      `made the API token “${detail('name')}”${inBrackets(detail('scopes'))}`,
    'token.revoke': ({ detail }: Told) => `revoked the API token “${detail('name')}”`,
    'admin.invitation.create': ({ detail }: Told) =>
      `invited ${detail('email') || 'whoever has the link'}${as(detail('role'))}`,
    'admin.invitation.revoke': ({ detail }: Told) =>
      `revoked an invitation${detail('email') === '' ? '' : ` of ${detail('email')}`}`,
    'admin.user.role': ({ subject, person, detail }: Told) => {
      const to = detail('to') || detail('role');
      return `made ${detail('name') || person(subject)} ${to === '' ? 'something else' : article(to)}`;
    },
    'admin.user.block': ({ subject, person, detail }: Told) =>
      `blocked ${detail('name') || person(subject)}`,
    'admin.user.unblock': ({ subject, person, detail }: Told) =>
      `unblocked ${detail('name') || person(subject)}`,
    'video.visibility': ({ detail }: Told) =>
      `made a video ${changed(detail('from'), detail('to'))}`,
    'video.delete': (): string => 'deleted a video',
    'video.reprocess': (): string => 'had a video processed again',
    'video.cancel': (): string => 'stopped the processing of a video',
    'video.poster': (): string => 'chose the picture of a video',
    'captions.add': ({ detail }: Told) =>
      `added captions${inBrackets(detail('language'))} to a video`,
    'captions.replace': ({ detail }: Told) =>
      `replaced captions${inBrackets(detail('language'))} of a video`,
    'captions.rename': ({ detail }: Told) =>
      `renamed captions${inBrackets(detail('language'))} of a video`,
    'captions.delete': ({ detail }: Told) =>
      `deleted captions${inBrackets(detail('language'))} of a video`,
    'video.undelete': (): string => 'brought a deleted video back',
    'moderation.visibility': ({ detail }: Told) =>
      `made a video of somebody else ${changed(detail('from'), detail('to'))}`,
    'moderation.delete': (): string => 'deleted a video of somebody else',
    'share.person.add': ({ detail, person }: Told) =>
      `shared a video with ${person(detail('person'))}`,
    'share.person.remove': ({ detail, person }: Told) =>
      `stopped sharing a video with ${person(detail('person'))}`,
    'share.link.create': ({ detail }: Told) => `made a share link${called(detail('label'))}`,
    'share.link.revoke': ({ detail }: Told) => `revoked a share link${called(detail('label'))}`,
    'owner.delete': ({ subject, person, detail }: Told) =>
      `removed ${detail('videos') === '' ? 'the videos' : plural(Number(detail('videos')), { one: '# video', other: '# videos' })} of ${person(subject)}, whose account is deleted`,
  },
});

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

function inBrackets(what: string): string {
  return what === '' ? '' : ` (${what})`;
}
