import { expect, test } from 'vitest';
import { failureOf, obstacleOf, pause_ms, remedyOf } from './failure';

test.each([
  ['a refusal', { type: 'networkError', details: 'fragLoadError', code: 404 }, 'renew', 'gone'],
  ['no answer', { type: 'networkError', details: 'fragLoadError', code: 0 }, 'wait', 'broken'],
  [
    'a dead server',
    { type: 'networkError', details: 'levelLoadError', code: 502 },
    'wait',
    'broken',
  ],
  ['bad media', { type: 'mediaError', details: 'bufferAppendError' }, 'mend', 'broken'],
  [
    'an unknown codec',
    { type: 'mediaError', details: 'bufferAddCodecError' },
    'none',
    'unsupported',
  ],
  ['whatever else', { type: 'otherError', details: 'internalException' }, 'none', 'broken'],
])('%s', (_name, error, remedy, failure) => {
  expect(remedyOf(error)).toBe(remedy);
  expect(failureOf(error)).toBe(failure);
});

test('waiting has a reason', () => {
  const error = (code?: number) => ({ type: 'networkError', details: 'fragLoadError', code });
  expect(obstacleOf(error(503))).toBe('making');
  expect(obstacleOf(error(0))).toBe('unreachable');
  expect(obstacleOf(error(undefined))).toBe('unreachable');
  expect(obstacleOf(error(502))).toBe('unreachable');
  expect(obstacleOf(error(404))).toBeNull();
});

test('tries become rarer, but never rare', () => {
  expect([0, 1, 2, 3, 4, 50].map(pause_ms)).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
});
