import { expect, test } from 'vitest';
import { isReady, readyBackground, stretchesOf } from './ready';

const cuts_seconds = [0, 2, 6, 10, 12.5];

test('runs of segments lie between their cuts', () => {
  const stretches = stretchesOf(
    [
      { first: 0, count: 1 },
      { first: 2, count: 2 },
    ],
    cuts_seconds,
  );
  expect(stretches).toEqual([
    { start_seconds: 0, end_seconds: 2 },
    { start_seconds: 6, end_seconds: 12.5 },
  ]);
  expect([0, 1.9, 2, 5.9, 6, 12.4, 12.5].map((at) => isReady(stretches, at))).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});

test('what a playlist does not have is left out', () => {
  expect(stretchesOf([{ first: 9, count: 2 }], cuts_seconds)).toEqual([]);
  expect(stretchesOf([{ first: 3, count: 9 }], cuts_seconds)).toEqual([
    { start_seconds: 10, end_seconds: 12.5 },
  ]);
  expect(stretchesOf([{ first: 0, count: 1 }], [])).toEqual([]);
});

test('the seek bar shows both', () => {
  const stretches = [
    { start_seconds: 0, end_seconds: 2 },
    { start_seconds: 6, end_seconds: 10 },
  ];
  expect(readyBackground(stretches, 10, 'white', 'grey')).toBe(
    'linear-gradient(to right, grey 0.00% 0.00%, white 0.00% 20.00%, grey 20.00% 60.00%, white 60.00% 100.00%, grey 100.00% 100%)',
  );
});
