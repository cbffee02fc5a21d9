import { expect, test } from 'vitest';
import { Clock } from './clock';

test('the time is told four times a second at most, and at once when playing stops', () => {
  const told: number[] = [];
  let now_ms = 0;
  const clock = new Clock(
    (seconds) => told.push(seconds),
    () => now_ms,
  );
  for (; now_ms < 1000; now_ms += 50) clock.tick(now_ms / 1000);
  expect(told).toEqual([0, 0.25, 0.5, 0.75]);
  clock.now(0.96);
  clock.tick(0.97);
  expect(told.at(-1)).toBe(0.96);
});
