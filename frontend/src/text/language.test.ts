import { afterEach, expect, test } from 'vitest';
import { translation as german } from './de';
import { text as home } from './en/home';
import { language, localeOf, preferredOf } from './language.svelte';
import { translation as mirror } from './mirror';
import { formatBytes, formatPercent, formatUnit } from './numbers';

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
  language.locale = 'de';
  const texts = german('home', home);
  expect(texts.found(1, false)).toBe('1 Video gefunden');
  expect(texts.found(1234, true)).toBe('1.234 oder mehr Videos gefunden');
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
