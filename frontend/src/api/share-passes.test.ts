import { beforeEach, describe, expect, test, vi } from 'vitest';
import { PlayheadError } from './errors';
import { SharePassKeeper, type Pass } from './share-passes';

const hour = 3_600_000;

describe('what share links gave', () => {
  const open = vi.fn<(id: string, secret: string, password: string | null) => Promise<Pass>>();
  let stored: Map<string, string>;
  let clock: { now: number };

  /** A tab, as it is after a reload: only the storage is what it was. */
  const tab = () =>
    new SharePassKeeper({
      open,
      storage: {
        getItem: (key) => stored.get(key) ?? null,
        setItem: (key, value) => void stored.set(key, value),
        removeItem: (key) => void stored.delete(key),
      },
      now_ms: () => clock.now,
    });
  const passes = (pass: string, life_ms: number) =>
    open.mockImplementationOnce(() =>
      Promise.resolve({ pass, expiresAt: new Date(clock.now + life_ms) }),
    );
  const refused = (error: PlayheadError) =>
    open.mockImplementationOnce(() => Promise.reject(error));

  beforeEach(() => {
    open.mockReset();
    stored = new Map();
    clock = { now: 1_000_000 };
  });

  test('is used for its video alone', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', 12 * hour);
    await keeper.open('a');
    expect(open).toHaveBeenCalledWith('a', 'secret', null);
    expect(await keeper.passFor('a')).toBe('pass-1');
    expect(await keeper.passFor('b')).toBeNull();
    expect(keeper.has('b')).toBe(false);
    expect(open).toHaveBeenCalledOnce();
  });

  test('outlives a reload without asking again, also for the password', async () => {
    const before = tab();
    before.take('a', 'secret');
    passes('pass-1', 12 * hour);
    await before.open('a', 'horse');
    const after = tab();
    await after.open('a');
    expect(await after.passFor('a')).toBe('pass-1');
    expect(open).toHaveBeenCalledOnce();
    expect([...stored.values()].join()).not.toContain('horse');
  });

  test('is renewed before it ends, once for all calls at that time, with the password', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', 12 * hour);
    await keeper.open('a', 'horse');
    clock.now += 12 * hour - 60_000;
    passes('pass-2', 12 * hour);
    expect(await Promise.all([keeper.passFor('a'), keeper.passFor('a')])).toEqual([
      'pass-2',
      'pass-2',
    ]);
    expect(open).toHaveBeenCalledTimes(2);
    expect(open).toHaveBeenLastCalledWith('a', 'secret', 'horse');
  });

  test('of a link that ends soon is not renewed with every call', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', 60_000);
    await keeper.open('a');
    for (const pass of ['pass-2', 'pass-3']) passes(pass, 1);
    clock.now += 10_000;
    expect(await keeper.passFor('a')).toBe('pass-1');
    expect(open).toHaveBeenCalledOnce();
  });

  test('serves on while renewing fails, and tries again after a while', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', hour);
    await keeper.open('a');
    clock.now += hour - 60_000;
    refused(new PlayheadError('UNAVAILABLE'));
    expect(await keeper.passFor('a')).toBe('pass-1');
    expect(await keeper.passFor('a')).toBe('pass-1');
    expect(open).toHaveBeenCalledTimes(2);
    clock.now += 20_000;
    passes('pass-2', hour);
    expect(await keeper.passFor('a')).toBe('pass-2');
  });

  test('ends with its link', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', hour);
    await keeper.open('a');
    clock.now += 2 * hour;
    refused(new PlayheadError('NOT_FOUND'));
    expect(await keeper.passFor('a')).toBeNull();
    expect(keeper.has('a')).toBe(false);
    expect(stored.size).toBe(0);
  });

  test('is nothing until the password is right, and no call tries without', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    const locked = new PlayheadError('NOT_ALLOWED', { needs: 'password' });
    refused(locked);
    await expect(keeper.open('a')).rejects.toBe(locked);
    expect(await keeper.passFor('a')).toBeNull();
    expect(open).toHaveBeenCalledOnce();
    refused(locked);
    await expect(keeper.open('a', 'wrong')).rejects.toBe(locked);
    passes('pass-1', hour);
    await keeper.open('a', 'horse');
    expect(await keeper.passFor('a')).toBe('pass-1');
  });

  test('is void when a newer link leads to the video, not when the same does', async () => {
    const keeper = tab();
    keeper.take('a', 'secret');
    passes('pass-1', hour);
    await keeper.open('a');
    keeper.take('a', 'secret');
    expect(await keeper.passFor('a')).toBe('pass-1');
    keeper.take('a', 'newer');
    expect(await keeper.passFor('a')).toBeNull();
    expect(keeper.has('a')).toBe(true);
  });
});
