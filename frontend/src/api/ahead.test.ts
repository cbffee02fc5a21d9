import { expect, test, vi } from 'vitest';
import { Ahead } from './ahead';

test('what was asked ahead is given once, to whoever asks the same', async () => {
  const get = vi.fn(() => Promise.resolve('ahead'));
  const late = vi.fn(() => Promise.resolve('late'));
  const ahead = new Ahead(() => 0);
  ahead.ask('a', get);
  ahead.ask('a', get);
  expect(await ahead.take('b', late)).toBe('late');
  expect(await ahead.take('a', late)).toBe('ahead');
  expect(await ahead.take('a', late)).toBe('late');
  expect(get).toHaveBeenCalledOnce();
});

test('old answers and failures are asked for again', async () => {
  let now_ms = 0;
  const ahead = new Ahead(() => now_ms);
  const fresh = () => Promise.resolve('fresh');
  ahead.ask('a', () => Promise.resolve('old'));
  now_ms = 11_000;
  expect(await ahead.take('a', fresh)).toBe('fresh');
  ahead.ask('b', () => Promise.reject(new Error('no')));
  expect(await ahead.take('b', fresh)).toBe('fresh');
});
