import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PlayheadError } from './errors';
import { session } from './session.svelte';

const person = { id: '1', email: 'ada@example.org', name: 'Ada', role: 'user' };
const fetched = vi.fn<() => Promise<Response>>();

beforeEach(() => {
  vi.useFakeTimers();
  const stored = new Map([['playhead-signed-in', '1']]);
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  });
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('fetch', fetched);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('who cannot be known for a moment is not signed out', async () => {
  const answer = { access_token: 'token', expires_in: 900, user: person };
  fetched.mockResolvedValueOnce(new Response('', { status: 503 }));
  fetched.mockRejectedValueOnce(new TypeError('no network'));
  fetched.mockResolvedValueOnce(Response.json(answer));
  await expect(session.renew()).rejects.toThrow(PlayheadError);
  session.known = true; // as where a page begins
  expect(await session.token()).toBeNull();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await session.token()).toBeNull();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await session.token()).toBe('token');
  expect(session.person).toEqual(person);
  expect(fetched).toHaveBeenCalledTimes(3);
});
