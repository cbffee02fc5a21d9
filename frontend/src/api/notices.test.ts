import { afterEach, expect, test } from 'vitest';
import { NoticeCode } from '../gen/playhead/video/v1/notice_codes_pb';
import { translation as german } from '../text/de';
import { text as english, type Told } from '../text/en/notices';
import { language } from '../text/language.svelte';
import { errorFromProblem } from './errors';
import { sentenceOf } from './notices';

const codes = Object.keys(NoticeCode).filter(
  (name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED',
) as (keyof typeof english)[];

afterEach(() => (language.locale = 'en'));

test('everything that can be told has words of its own in both languages, and nothing else has', () => {
  expect(codes.length).toBeGreaterThan(50);
  expect(Object.keys(english).sort()).toEqual([...codes].sort());
  const words = german('notices', english);
  const saidOf = (said: string | ((told: Told) => string)): string =>
    typeof said === 'string' ? said : said((name) => `{${name}}`);
  for (const code of codes) {
    const [first, second] = [saidOf(english[code]), saidOf(words[code])];
    expect(second, code).not.toBe(first);
    // Both tell of the same.
    const told = (sentence: string) => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(told(second), code).toEqual(told(first));
  }
});

test('values are written as the language does', () => {
  const notice = (code: string, values: Record<string, string>) =>
    sentenceOf({ code, message: 'as the service says it', values });
  expect(notice('TOO_LONG', { most: '5000' })).toBe('At most 5,000 characters, please.');
  expect(notice('FILE_TOO_LARGE', { limit_bytes: '1000000' })).toContain('1 MB');
  expect(notice('PICTURE_PART_MISSING', { from_seconds: '754' })).toContain('12:34');
  expect(notice('CODEC_UNSUPPORTED', { codec: 'EVC', files: 'MP4, MOV' })).toMatch(/EVC.*MP4, MOV/);
  expect(
    notice('AGAIN_IN_VAIN', { cause: 'PICTURE_TOO_LARGE', width: '9000', height: '8' }),
  ).toContain('The picture is too large: 9,000 × 8 pixels.');
  expect(notice('SAID_BY_A_NEWER_SERVICE', {})).toBe('as the service says it');
  expect(notice('constructor', {})).toBe('as the service says it');
});

test('what is wrong with a field is said by its code', () => {
  const wrong = { field: 'name', message: 'A name has 1 to 80 characters.' };
  const said = { ...wrong, code: 'WRONG_LENGTH', values: { least: '1', most: '80' } };
  const of = (errors: unknown[]) =>
    errorFromProblem(400, JSON.stringify({ reason: 'INVALID_INPUT', errors }));
  expect(of([said]).field('name')).toBe('1 to 80 characters, please.');
  expect(of([wrong]).field('name')).toBe(wrong.message);
});
