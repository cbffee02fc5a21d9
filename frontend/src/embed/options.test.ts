import { describe, expect, it } from 'vitest';
import { optionsOf, speaks } from './options';

describe('the address of a frame', () => {
  it('asks for nothing by itself', () => {
    expect(optionsOf(new URLSearchParams(''))).toEqual({
      start_seconds: 0,
      autoplay: false,
      muted: false,
      loop: false,
      controls: true,
      captions: null,
    });
  });

  it('asks for everything', () => {
    const query = new URLSearchParams('t=1m30s&autoplay=1&muted=1&loop&controls=0&captions=de-AT');
    expect(optionsOf(query)).toEqual({
      start_seconds: 90,
      autoplay: true,
      muted: true,
      loop: true,
      controls: false,
      captions: 'de-AT',
    });
    expect(optionsOf(new URLSearchParams('start=7&autoplay=false')).start_seconds).toBe(7);
  });

  it.each([
    ['de', 'de', true],
    ['de-AT', 'de', true],
    ['de', 'de-AT', true],
    ['den', 'de', false],
    ['', 'de', false],
  ])('a track in %j for %j', (language, wanted, spoken) => {
    expect(speaks(language, wanted)).toBe(spoken);
  });
});
