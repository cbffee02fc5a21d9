import { afterEach, expect, test } from 'vitest';
import { translation as german } from './de';
import { text as home } from './en/home';
import { text as video } from './en/video';
import { language, localeOf, preferredOf } from './language.svelte';
import { translation as mirror } from './mirror';
import { formatBitrate, formatBytes, formatPercent, formatUnit } from './numbers';

afterEach(() => (language.locale = 'en'));

test('a browser gets the first language it asks for that there is', () => {
  expect(preferredOf(['fr-FR', 'de-AT', 'en'])).toBe('de');
  expect(preferredOf(['en-GB', 'de'])).toBe('en');
  expect(preferredOf(['ja'])).toBe('en');
  expect(preferredOf(['constructor'])).toBe('en');
  expect(localeOf('de', ['fr', 'de-AT', 'de'])).toBe('de-AT');
  expect(localeOf('en', ['de'])).toBe('en');
});

test('plurals and numbers follow the language', () => {
  expect(home.found(1, false)).toBe('1 video found');
  expect(home.found(1234, true)).toBe('1,234 or more videos found');
  expect(formatBytes(1_500_000)).toBe('1.5 MB');
  expect(formatBitrate(4_520_000)).toBe('4.5 Mb/s');
  expect(formatPercent(0.29)).toBe('29%');
  expect(formatPercent(0.9999)).toBe('99%');
  expect([1, 1234].map(video.views)).toEqual(['1 view', '1.2K views']);
  language.locale = 'de';
  const texts = german('home', home);
  expect(texts.found(1, false)).toBe('1 Video gefunden');
  expect(texts.found(1234, true)).toBe('1.234 oder mehr Videos gefunden');
  expect([1, 1_230_000].map(german('video', video).views)).toEqual([
    '1 Aufruf',
    '1,2\u00a0Mio. Aufrufe',
  ]);
  // CLDR puts a no-break space there.
  expect(formatBytes(1_500_000).replace('\u00a0', ' ')).toBe('1,5 MB');
  expect(formatPercent(0.426).replace('\u00a0', ' ')).toBe('42 %');
  expect(formatUnit(3, 'minute', 'long').replace('\u00a0', ' ')).toBe('3 Minuten');
});

test('the mirror turns every text, also those that are told something', () => {
  const texts = mirror('home', home);
  expect(texts.videos).toBe('\u202eVideos\u202c');
  expect(texts.quoted('x')).toMatch(/^\u202e.*x.*\u202c$/);
});
