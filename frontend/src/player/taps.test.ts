import { expect, test } from 'vitest';
import { Taps } from './taps';

test('two quick taps on a side seek, and each further one once more', () => {
  const taps = new Taps();
  expect(taps.tap(0.9, 0)).toBeNull();
  expect(taps.tap(0.8, 200)).toEqual({ by_seconds: 10, total_seconds: 10 });
  expect(taps.tap(0.8, 800)).toEqual({ by_seconds: 10, total_seconds: 20 });
  expect(taps.tap(0.8, 1600)).toBeNull();
});

test('taps that are slow, in the middle or on two sides are single ones', () => {
  const taps = new Taps();
  expect(taps.tap(0.1, 0)).toBeNull();
  expect(taps.tap(0.1, 400)).toBeNull();
  expect(taps.tap(0.9, 500)).toBeNull();
  expect(taps.tap(0.5, 600)).toBeNull();
  expect(taps.tap(0.5, 700)).toBeNull();
  expect(taps.tap(0.1, 800)).toBeNull();
  expect(taps.tap(0.2, 900)).toEqual({ by_seconds: -10, total_seconds: -10 });
});
