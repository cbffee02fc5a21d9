// The style elements that media-chrome and our video element put into their shadow roots, as hashes
// for the content security policy (CSP level 3, section 2.3.1, "hash-source"). Their templates are
// functions without a DOM behind them, so that the build can ask them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CustomVideoElement } from 'custom-media-element';
import { globalThis as shim } from 'media-chrome/dist/utils/server-safe-globals.js';

const controls = new URL('../src/player/controls.ts', import.meta.url);

/** The `sha256-…` of each style element of the player, sorted. */
export async function shadowStyleHashes() {
  const elements = [CustomVideoElement];
  shim.customElements.define = (_name, element) => elements.push(element);
  for (const [, part] of readFileSync(controls, 'utf8').matchAll(/^import '([^']+)';$/gm)) {
    await import(part);
  }
  const hashes = new Set();
  for (const element of elements) {
    const html = element.getTemplateHTML?.({}) ?? '';
    for (const [, style] of html.matchAll(/<style[^>]*>(.*?)<\/style>/gs)) {
      hashes.add(`sha256-${createHash('sha256').update(style).digest('base64')}`);
    }
  }
  if (hashes.size < 2) throw new Error('media-chrome no longer has its styles in its templates');
  return [...hashes].sort();
}
