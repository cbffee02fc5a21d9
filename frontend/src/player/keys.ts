/** What a key does to the player. */
export type Command =
  | { name: 'play' | 'mute' | 'fullscreen' | 'captions' | 'theatre' | 'help' }
  | { name: 'seek'; seconds: number }
  | { name: 'part'; part: number }
  | { name: 'frame'; frames: number }
  | { name: 'volume'; step: number };

export interface Key {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/**
 * What has the focus. `text` takes every key; `button` is pressed by space and enter; `range` is
 * moved by arrows and the like; `list` is a menu or dialog, with keys of its own.
 */
export type Focus = 'text' | 'list' | 'button' | 'range' | 'none';

const letters = new Map<string, Command>(
  Object.entries({
    k: { name: 'play' },
    m: { name: 'mute' },
    f: { name: 'fullscreen' },
    c: { name: 'captions' },
    t: { name: 'theatre' },
    j: { name: 'seek', seconds: -10 },
    l: { name: 'seek', seconds: 10 },
    ',': { name: 'frame', frames: -1 },
    '.': { name: 'frame', frames: 1 },
  } satisfies Record<string, Command>),
);

/** What a key means, or null where it is not the player's. `inside`: the player has the focus. */
export function commandOf(key: Key, focus: Focus, inside: boolean): Command | null {
  // With these, a key is the browser's or the system's.
  if (key.ctrlKey || key.metaKey || key.altKey) return null;
  if (focus === 'text' || focus === 'list') return null;
  if (key.key === '?') return { name: 'help' };
  if (key.shiftKey) return null;
  switch (key.key) {
    case ' ':
      return focus === 'button' ? null : { name: 'play' };
    case 'ArrowLeft':
      return focus === 'range' ? null : { name: 'seek', seconds: -5 };
    case 'ArrowRight':
      return focus === 'range' ? null : { name: 'seek', seconds: 5 };
    // Elsewhere they scroll the page.
    case 'ArrowUp':
      return inside && focus !== 'range' ? { name: 'volume', step: 0.05 } : null;
    case 'ArrowDown':
      return inside && focus !== 'range' ? { name: 'volume', step: -0.05 } : null;
  }
  if (/^[0-9]$/.test(key.key)) return { name: 'part', part: Number(key.key) / 10 };
  return letters.get(key.key.toLowerCase()) ?? null;
}

const presses =
  'button, a[href], summary, [role=button], [role=tab], [role=link], input[type=button], input[type=submit]';
const moves =
  'input[type=range], input[type=radio], input[type=checkbox], [role=slider], [role=switch], [role=tab]';

function isSeekBar(target: HTMLElement): boolean {
  const root = target.getRootNode();
  return root instanceof ShadowRoot && root.host.matches('media-time-range');
}

/** What kind of thing a key was pressed on. */
export function focusOf(target: EventTarget | undefined): Focus {
  if (!(target instanceof HTMLElement)) return 'none';
  if (target.closest('dialog, [role=menu], [role=dialog], [role=listbox]')) return 'list';
  // By itself it would go a hundredth of the video, which is a minute or a blink.
  if (isSeekBar(target)) return 'none';
  if (target.matches(moves)) return 'range';
  if (target.matches(presses)) return 'button';
  if (target.isContentEditable || target.matches('input, textarea, select')) return 'text';
  return 'none';
}
