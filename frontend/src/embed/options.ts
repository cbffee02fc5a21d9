/** What the address of a frame asks for: `/embed/{id}?t=90&autoplay=1&loop=1&controls=0&captions=de`. */
export interface Options {
  start_seconds: number;
  /** Without sound: browsers let nothing else begin by itself. */
  autoplay: boolean;
  loop: boolean;
  controls: boolean;
  /** A BCP 47 tag, or null: as the viewer likes. */
  captions: string | null;
}

export function optionsOf(query: URLSearchParams): Options {
  return {
    start_seconds: secondsOf(query.get('t') ?? query.get('start') ?? ''),
    autoplay: flag(query, 'autoplay', false),
    loop: flag(query, 'loop', false),
    controls: flag(query, 'controls', true),
    captions: query.get('captions') || null,
  };
}

/** `90`, `90s`, `1m30s`, `1h2m3s`; anything else is the beginning. */
export function secondsOf(text: string): number {
  const parts = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,7}(?:\.\d{1,3})?)s?)?$/.exec(text);
  if (parts === null) return 0;
  const [hours, minutes, seconds] = parts.slice(1).map((part) => Number(part || 0));
  return ((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
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
