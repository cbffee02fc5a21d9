import { expect, test } from 'vitest';
import { captionCss, parsePreferences } from './preferences';

const usual = parsePreferences(null);

test('what was kept comes back', () => {
  const chosen = {
    ...usual,
    speed: 1.5,
    captions: 'de',
    lastCaptions: 'de',
    captionStyle: { ...usual.captionStyle, size: 'Large', background: 'None' },
    theatre: true,
    keysAnywhere: false,
  };
  expect(parsePreferences(JSON.stringify(chosen))).toEqual(chosen);
});

test.each([
  '',
  'null',
  '[1]',
  '{"speed":"fast","captionStyle":7,"captions":3,"lastCaptions":3}',
  '{"speed":16,"captionStyle":{"size":"constructor","colour":"red;x:y"}}',
])('%s is as good as nothing', (text) => {
  expect(parsePreferences(text)).toEqual(usual);
});

test('a style is CSS', () => {
  expect(captionCss({ ...usual.captionStyle, size: 'Large', colour: 'Yellow' })).toMatch(
    /^--caption-size: 1\.4; .*--caption-colour: #ffe54a; /,
  );
});
