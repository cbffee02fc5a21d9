/** How captions look. Each is one of its list below. */
export interface CaptionStyle {
  size: string;
  font: string;
  colour: string;
  background: string;
  edge: string;
}

/** What may be chosen, by its name; the value is CSS. The first is taken unless another is chosen. */
export const captionStyles = {
  size: { Normal: '1', Small: '0.75', Large: '1.4', 'Very large': '1.9' },
  font: {
    Sans: 'var(--font)',
    Serif: "Georgia, 'Noto Serif', serif",
    Monospace: "ui-monospace, 'Cascadia Mono', 'Noto Sans Mono', monospace",
  },
  colour: { White: '#fff', Yellow: '#ffe54a', Green: '#7dff8a', Cyan: '#7df0ff' },
  background: {
    Dark: 'rgb(0 0 0 / 0.78)',
    Black: '#000',
    Light: 'rgb(0 0 0 / 0.4)',
    None: 'transparent',
  },
  edge: {
    None: 'none',
    Shadow: '0.06em 0.06em 0.12em #000, 0 0 0.2em #000',
    Outline:
      '0.06em 0 #000, -0.06em 0 #000, 0 0.06em #000, 0 -0.06em #000, 0.04em 0.04em #000, -0.04em -0.04em #000, 0.04em -0.04em #000, -0.04em 0.04em #000',
  },
} as const satisfies Record<keyof CaptionStyle, Record<string, string>>;

/** What a person chose in the player; kept in this browser. The volume media-chrome keeps. */
export interface Preferences {
  speed: number;
  /** Language of the captions that are shown, or null. */
  captions: string | null;
  /** Language of the captions that were shown last, for when they are switched on again. */
  lastCaptions: string | null;
  captionStyle: CaptionStyle;
  theatre: boolean;
  /** Whether keys work also when the player has no focus (WCAG 2.1.4: one can switch that off). */
  keysAnywhere: boolean;
}

export const speeds = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
const key = 'playhead.player';

/** Whatever was kept, by whichever version, or by somebody's own hand. */
export function parsePreferences(text: string | null): Preferences {
  const kept = parsed(text);
  const style = isRecord(kept['captionStyle']) ? kept['captionStyle'] : {};
  const oneOf = (name: keyof CaptionStyle): string => {
    const known = Object.keys(captionStyles[name]);
    const chosen = style[name];
    return typeof chosen === 'string' && known.includes(chosen) ? chosen : (known[0] ?? '');
  };
  const { speed, captions, lastCaptions, theatre, keysAnywhere } = kept;
  return {
    speed: typeof speed === 'number' && speeds.includes(speed) ? speed : 1,
    captions: typeof captions === 'string' ? captions : null,
    lastCaptions: typeof lastCaptions === 'string' ? lastCaptions : null,
    captionStyle: {
      size: oneOf('size'),
      font: oneOf('font'),
      colour: oneOf('colour'),
      background: oneOf('background'),
      edge: oneOf('edge'),
    },
    theatre: theatre === true,
    keysAnywhere: keysAnywhere !== false,
  };
}

export function loadPreferences(): Preferences {
  return parsePreferences(stored((storage) => storage.getItem(key)) ?? null);
}

export function savePreferences(preferences: Preferences): void {
  stored((storage) => storage.setItem(key, JSON.stringify(preferences)));
}

/** The style as CSS variables. */
export function captionCss(style: CaptionStyle): string {
  const value = (name: keyof CaptionStyle): string =>
    (captionStyles[name] as Record<string, string>)[style[name]] ?? '';
  return (Object.keys(captionStyles) as (keyof CaptionStyle)[])
    .map((name) => `--caption-${name}: ${value(name)}`)
    .join('; ');
}

/** Some browsers, and embedded pages in most, give no storage: then a choice lasts for this visit. */
function stored<T>(use: (storage: Storage) => T): T | undefined {
  try {
    return use(localStorage);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return undefined;
  }
}

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
