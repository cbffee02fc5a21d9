import { text } from '../text/en/player';
import type { Said } from './said.svelte';

/** A part that is fetched when it is first shown; null where it cannot be, which is said. */
export async function late<Part>(part: Promise<Part>, said: Said): Promise<Part | null> {
  try {
    return await part;
  } catch {
    said.say(text.partNotLoaded);
    return null;
  }
}
