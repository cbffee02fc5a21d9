import { expect, test, vi } from 'vitest';
import { PlayheadError } from '../api/errors';
import { Submission, wrongField } from './submission.svelte';

vi.mock('../api', () => import('../api/errors'));

const wrongWith = (...fields: string[]) =>
  new PlayheadError('INVALID_INPUT', {
    fields: fields.map((field) => ({ field, message: `${field} is wrong.` })),
  });

test('what is wrong is said at its field, and once', async () => {
  const form = new Submission(['email', 'password']);
  expect(await form.run(() => Promise.reject(wrongWith('email')))).toBe(false);
  expect(form.wrong('email')).toBe('email is wrong.');
  expect(form.wrong('password')).toBeUndefined();
  expect(form.message).toBe('');
});

test('what no field shows is said by the form', async () => {
  const form = new Submission(['email']);
  await form.run(() => Promise.reject(wrongWith('email', 'people')));
  expect(form.message).toBe('people is wrong.');
  await form.run(() =>
    Promise.reject(new PlayheadError('RATE_LIMITED', { retry_after_seconds: 30 })),
  );
  expect(form.message).toBe('Too many tries. Try again in 30 seconds.');
  expect(form.wrong('email')).toBeUndefined();
});

test('is sent once at a time, and forgets the mistakes of before', async () => {
  const form = new Submission([]);
  await form.run(() => Promise.reject(wrongField('scopes', 'Choose one.')));
  expect(form.message).toBe('Choose one.');
  let finish = (): void => undefined;
  const first = form.run(() => new Promise<void>((resolve) => (finish = resolve)));
  expect(form.error).toBeNull();
  expect(form.busy).toBe(true);
  const second = vi.fn();
  expect(await form.run(second)).toBe(false);
  expect(second).not.toHaveBeenCalled();
  finish();
  expect(await first).toBe(true);
  expect(form.busy).toBe(false);
});

test('a defect is not taken for an answer', async () => {
  const form = new Submission([]);
  await expect(form.run(() => Promise.reject(new TypeError('x')))).rejects.toThrow(TypeError);
  expect(form.busy).toBe(false);
});
