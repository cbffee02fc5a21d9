import { describe, expect, test } from 'vitest';
import { partsOf } from './description-parts';

const hour_seconds = 3600;
const links = (text: string) =>
  partsOf(text, hour_seconds).flatMap((part) => (part.kind === 'link' ? part.text : []));
const times = (text: string, duration_seconds: number | null = hour_seconds) =>
  partsOf(text, duration_seconds).flatMap((part) => (part.kind === 'time' ? part.seconds : []));

describe('links', () => {
  test.each([
    ['See https://a.example/b?c=d#e.', ['https://a.example/b?c=d#e']],
    ['(https://a.example/x_(y))', ['https://a.example/x_(y)']],
    ['“https://a.example”, http://b.example!', ['https://a.example', 'http://b.example']],
    ['HTTPS://A.EXAMPLE/Path', ['HTTPS://A.EXAMPLE/Path']],
    ['javascript:alert(1) data:text/html,x ftp://a.example', []],
    ['https://', []],
    ['https://bank.example@evil.example/', []],
    ['https://a.example/"onmouseover="x', ['https://a.example/']],
    ['<https://a.example/><script>', ['https://a.example/']],
  ])('%s', (text, found) => {
    expect(links(text)).toEqual(found);
  });

  test('a time within an address is a part of the address', () => {
    expect(times('https://a.example/1:30')).toEqual([]);
  });
});

describe('times', () => {
  test.each([
    ['0:00 Arrival\n1:30 Feeding\n(12:05)', [0, 90, 725]],
    ['0:59:59', [3599]],
    ['1:00:00 is the end, 61:00 is after it', []],
    ['at 1:75, 1:2, 1:234 and 1:61:00', []],
    ['2026-11-27T10:30:00, 10:30:15:20, 3.5:20, 1:30.5', []],
  ])('%s', (text, found) => {
    expect(times(text)).toEqual(found);
  });

  test('are words while nobody knows how long the video is', () => {
    expect(times('1:30', null)).toEqual([]);
  });
});

test.each([
  '',
  'plain',
  '1:30',
  'a https://a.example/, then 2:00\n\n(https://b.example) 99:99 https://x@y',
  '🦘 <b>1:00</b> & https://ä.example/ö?ü=1…',
])('nothing is lost or added: %s', (text) => {
  expect(
    partsOf(text, hour_seconds)
      .map((part) => part.text)
      .join(''),
  ).toBe(text);
});
