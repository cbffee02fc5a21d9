import { expect, test } from 'vitest';
import { frameTime, parseTime, withTime } from './times';

test.each([
  ['90', 90],
  ['90s', 90],
  ['1m30s', 90],
  ['1h2m3s', 3723],
  ['1H', 3600],
  ['2m', 120],
  [' 12.5 ', 12.5],
  ['0', 0],
  ['', null],
  [null, null],
  ['s', null],
  ['-3', null],
  ['1e9', null],
  ['3m1h', null],
  ['9'.repeat(40), null],
])('%s begins at %s', (text, seconds) => {
  expect(parseTime(text)).toBe(seconds);
});

test('an address at a time keeps what else it says', () => {
  expect(withTime('https://v.example/videos/abc?x=1#y', 62.9)).toBe(
    'https://v.example/videos/abc?x=1&t=62#y',
  );
  expect(withTime('https://v.example/videos/abc?t=5', 0)).toBe('https://v.example/videos/abc?t=0');
});

test('each step shows the next picture, also where times are not exact in binary', () => {
  const rate = 30000 / 1001;
  let seconds = 0;
  for (let picture = 1; picture <= 300; picture++) {
    seconds = frameTime(seconds, 1, rate);
    expect(Math.floor(seconds * rate)).toBe(picture);
  }
  expect(Math.floor(frameTime(10 / 25, -1, 25) * 25)).toBe(9);
  expect(frameTime(0, -1, 25)).toBe(0);
});
