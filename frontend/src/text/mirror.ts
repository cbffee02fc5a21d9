import type { Translation } from './language.svelte';

// Explicit formatting characters (UAX #9, section 2.2): everything between them runs right to left.
const fromTheRight = '\u202e';
const end = '\u202c';
const mirrored = new WeakMap<object, object>();

function mirror(text: unknown): unknown {
  if (typeof text === 'string') return fromTheRight + text + end;
  if (typeof text === 'function') {
    return (...told: unknown[]) => mirror((text as (...told: unknown[]) => unknown)(...told));
  }
  if (typeof text !== 'object' || text === null) return text;
  const known = mirrored.get(text);
  if (known) return known;
  const made = Object.fromEntries(
    Object.entries(text).map(([name, value]: [string, unknown]) => [name, mirror(value)]),
  );
  mirrored.set(text, made);
  return made;
}

/** English that reads from right to left, as every layout must be able to. */
export const translation: Translation = (_name, english) => mirror(english) as typeof english;
