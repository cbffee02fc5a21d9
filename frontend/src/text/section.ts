import { language } from './language.svelte';
import type { Sections } from './sections';

/**
 * The texts of one part of the app, given in English. Reading one gives it in the language of the
 * page, and again when that changes.
 */
export function section<Words extends object>(name: keyof Sections, english: Words): Words {
  return new Proxy(english, {
    get: (_, key) => Reflect.get(language.words(name, english as never), key) as unknown,
  });
}
