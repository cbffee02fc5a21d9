import type { LoaderResponse, RetryConfig } from 'hls.js';
import { describe, expect, test, vi } from 'vitest';
import { GrantKeeper, grantOf, withGrant } from './grant';
import { renewing, waitForSegment } from './hls-config';

const url = (grant: string) => `https://media.example/media/${grant}/vid/r1/v720/3.ts`;

test('the grant is the part after media', () => {
  expect(grantOf(url('old'))).toBe('old');
  expect(withGrant(url('old'), 'new.$&')).toBe(url('new.$&'));
  expect(withGrant('https://elsewhere.example/x.ts', 'new')).toBe('https://elsewhere.example/x.ts');
});

describe('a grant', () => {
  const start = 1_000_000;
  const minute = 60_000;

  function keeper(renew: () => Promise<{ hlsUrl: string; expiresAt: Date | null }>) {
    const clock = { now: start };
    const grants = new GrantKeeper(
      { hlsUrl: url('one'), expiresAt: new Date(start + 60 * minute) },
      renew,
      () => clock.now,
    );
    return { grants, clock };
  }

  test('is renewed once before it ends, for all requests at that time', async () => {
    const renew = vi.fn(() =>
      Promise.resolve({ hlsUrl: url('two'), expiresAt: new Date(start + 120 * minute) }),
    );
    const { grants, clock } = keeper(renew);
    expect(await grants.rewrite(url('one'))).toBe(url('one'));
    clock.now += 56 * minute;
    const both = await Promise.all([grants.rewrite(url('one')), grants.rewrite(url('one'))]);
    expect(both).toEqual([url('two'), url('two')]);
    expect(renew).toHaveBeenCalledOnce();
  });

  test('stays in use while renewing fails', async () => {
    const { grants, clock } = keeper(() => Promise.reject(new Error('offline')));
    clock.now += 56 * minute;
    expect(await grants.rewrite(url('one'))).toBe(url('one'));
  });

  test('that ended early is renewed at each refusal, as the next may have ended by then', async () => {
    const names = ['two', 'three', 'four'];
    const renew = vi.fn(() =>
      Promise.resolve({ hlsUrl: url(names.shift() ?? ''), expiresAt: null }),
    );
    const { grants } = keeper(renew);
    const shouldRetry = renewing(grants, waitForSegment);
    const refused = { code: 404 } as LoaderResponse;
    for (const [count, name] of ['two', 'three', 'four'].entries()) {
      expect(shouldRetry({} as RetryConfig, count, false, refused, false)).toBe(true);
      expect(await grants.rewrite(url('one'))).toBe(url(name));
    }
    expect(renew).toHaveBeenCalledTimes(3);
    expect(shouldRetry({} as RetryConfig, 3, false, refused, false)).toBe(false);
  });

  test('that never ends is never renewed', async () => {
    const renew = vi.fn();
    const grants = new GrantKeeper({ hlsUrl: url('public'), expiresAt: null }, renew);
    expect(await grants.rewrite(url('public'))).toBe(url('public'));
    expect(renew).not.toHaveBeenCalled();
  });
});

test('a segment is waited for without end where it is not made yet or nobody answers', () => {
  const answer = (code: number) => ({ code }) as LoaderResponse;
  const policy = {} as RetryConfig;
  expect(waitForSegment(policy, 999, false, answer(503), false)).toBe(true);
  expect(waitForSegment(policy, 999, true, undefined, false)).toBe(true);
  expect(waitForSegment(policy, 999, false, answer(0), false)).toBe(true);
  expect(waitForSegment(policy, 0, false, answer(404), false)).toBe(false);
});
