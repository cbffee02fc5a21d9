import { expect, test } from 'vitest';
import { formatAge, formatDuration, formatPercent, formatTimeLeft } from './format';

test.each([
  [0, '0:00'],
  [0.4, '0:01'],
  [9.6, '0:09'],
  [75, '1:15'],
  [3675, '1:01:15'],
])('%d s is %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('never says 100 % too early, nor anything beyond', () => {
  expect(formatPercent(0.999)).toBe('99%');
  expect(formatPercent(1.2)).toBe('100%');
});

test('time left and age in words', () => {
  expect(formatTimeLeft(4)).toBe('a few seconds');
  expect(formatTimeLeft(130)).toBe('3 min');
  expect(formatAge(new Date(1000), new Date(31_000))).toBe('just now');
});
