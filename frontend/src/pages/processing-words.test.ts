import { expect, test } from 'vitest';
import { milestone, processingWords, timeLeft } from './processing-words';

test.each([
  [0, 'a few seconds left'],
  [10, 'a few seconds left'],
  [11, 'about 20 sec left'],
  [50, 'about 50 sec left'],
  [51, 'about 1 min left'],
  [130, 'about 3 min left'],
  [600, 'about 10 min left'],
  [601, 'about 15 min left'],
  [3300, 'about 55 min left'],
  [3301, 'about 1 hr left'],
  [3600, 'about 1 hr left'],
  [3601, 'about 1.5 hr left'],
  [7200, 'about 2 hr left'],
  [35_000, 'about 10 hr left'],
  [86_400, 'more than a day left'],
])('%d s: %s', (seconds, words) => {
  expect(timeLeft(seconds)).toBe(words);
});

test('less time never reads as more', () => {
  const said = Array.from({ length: 90_000 }, (_, seconds) => timeLeft(seconds));
  expect(new Set(said).size).toBe(said.filter((words, n) => words !== said[n - 1]).length);
  expect(said.join()).not.toMatch(/60 (sec|min)/);
});

test('time is said only when it is known', () => {
  expect(processingWords({ progress: 0.426, secondsLeft: 130 })).toBe(
    '42%, about\u00a03\u00a0min\u00a0left',
  );
  expect(processingWords({ progress: 0.426, secondsLeft: null })).toBe('42%');
});

test('a screen reader hears of quarters only', () => {
  const heard = Array.from({ length: 101 }, (_, percent) => milestone(percent / 100));
  expect(new Set(heard).size).toBe(4);
});
