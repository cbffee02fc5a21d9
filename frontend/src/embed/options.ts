import { parseTime } from '../player/times';

/** What the address of a frame asks for: `/embed/{id}?t=90&autoplay=1&muted=1&loop=1&controls=0&captions=de`. */
export interface Options {
  start_seconds: number;
  /** Without sound: browsers let nothing else begin by itself. */
  autoplay: boolean;
  muted: boolean;
  loop: boolean;
  controls: boolean;
  /** A BCP 47 tag, or null: as the viewer likes. */
  captions: string | null;
}

export function optionsOf(query: URLSearchParams): Options {
  return {
    start_seconds: parseTime(query.get('t') ?? query.get('start')) ?? 0,
    autoplay: flag(query, 'autoplay', false),
    muted: flag(query, 'muted', false),
    loop: flag(query, 'loop', false),
    controls: flag(query, 'controls', true),
    captions: query.get('captions') || null,
  };
}

/** Whether a track of this language is what was asked for: `de` takes `de-AT`, `de-AT` takes `de` too. */
export function speaks(language: string, wanted: string): boolean {
  const [have, want] = [language.toLowerCase(), wanted.toLowerCase()];
  return have === want || have.startsWith(`${want}-`) || want.startsWith(`${have}-`);
}

function flag(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const value = query.get(name);
  return value === null ? otherwise : !['0', 'false', 'no'].includes(value.toLowerCase());
}
