import { describe, expect, test } from 'vitest';
import { auditActor, auditSentence, auditVideo } from './audit-words';

const names = new Map([['u-ada', 'Ada']]);
const said = (action: string, details: Record<string, string> = {}, subjectId = '') =>
  auditSentence({ action, details, subjectId }, names);

describe('what somebody did is told', () => {
  test.each([
    ['session.begin', { address: '192.0.2.1' }, '', 'signed in from 192.0.2.1'],
    ['session.fail', {}, 'u-ada', 'failed to sign in as Ada'],
    [
      'session.fail',
      { why: 'blocked', address: '2001:db8::1' },
      'u-ada',
      'failed to sign in as Ada from 2001:db8::1: the account is blocked',
    ],
    ['session.fail', {}, '', 'failed to sign in as an address without an account'],
    ['session.end_others', { ended: '3' }, '', 'signed out every other browser (3)'],
    ['account.register', { role: 'user' }, '', 'made an account'],
    ['account.register', { role: 'admin' }, '', 'made an account as an admin'],
    [
      'token.create',
      { name: 'CI', scopes: 'read upload' },
      't',
      'made the API token “CI” (read upload)',
    ],
    ['admin.user.role', { from: 'user', to: 'admin' }, 'u-ada', 'made Ada an admin'],
    ['admin.user.role', { role: 'user', name: 'Bob' }, 'u-bob', 'made Bob a user'],
    ['admin.user.block', {}, 'u-0123456789', 'blocked somebody (u-012345…)'],
    [
      'admin.invitation.create',
      { email: 'b@example.org', role: 'moderator' },
      '',
      'invited b@example.org as a moderator',
    ],
    [
      'video.visibility',
      { from: 'private', to: 'public' },
      'v',
      'made a video public, it was private',
    ],
    ['share.person.add', { person: 'u-ada' }, 'v', 'shared a video with Ada'],
    ['share.link.create', { link: 'l', label: 'Jury' }, 'v', 'made a share link “Jury”'],
    ['share.link.revoke', { link: 'l' }, 'v', 'revoked a share link'],
    ['owner.delete', { videos: '1' }, 'u-ada', 'removed 1 video of Ada, whose account is deleted'],
  ])('%s %o', (action, details, subject, sentence) => {
    expect(said(action, details, subject)).toBe(sentence);
  });

  test('also when nobody has thought of a sentence', () => {
    expect(said('video.frozen', { why: 'cold' })).toBe('video.frozen, why: cold');
    expect(said('constructor')).toBe('constructor');
    expect(said('token.revoke', JSON.parse('{"__proto__": {"name": "x"}}') as never)).toContain(
      '“”',
    );
  });
});

test('who did it has a name even where nobody has', () => {
  expect(auditActor({ actor: { id: 'u', name: 'Ada' }, action: 'video.delete' })).toBe('Ada');
  expect(auditActor({ actor: null, action: 'session.fail' })).toBe('Somebody');
  expect(auditActor({ actor: null, action: 'owner.delete' })).toBe('Playhead');
});

test('events about a video lead to it', () => {
  expect(auditVideo({ action: 'share.link.create', subjectId: 'v1' })).toBe('v1');
  expect(auditVideo({ action: 'session.end', subjectId: 's1' })).toBeNull();
});
