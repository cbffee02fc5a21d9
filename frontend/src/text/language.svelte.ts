import type { Sections } from './sections';

/** Languages that people can choose, under the names their speakers give them. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

/** `x-rtl` is English in a mirror, to try layouts with: `?lang=x-rtl`. Nobody is offered it. */
type Written = Language | 'x-rtl';

/** All texts in another language, by section; `english` is what it translates. */
export type Translation = <Name extends keyof Sections>(
  name: Name,
  english: Sections[Name],
) => Sections[Name];

// English is in the pages themselves; the others are fetched when somebody wants them.
const load: Record<Exclude<Written, 'en'>, () => Promise<{ translation: Translation }>> = {
  de: () => import('./de'),
  'x-rtl': () => import('./mirror'),
};

const key = 'playhead-language';

/** The language of the page: what somebody chose, or what their browser asks for. */
class LanguageChoice {
  current = $state.raw<Written>('en');
  /** For `Intl`: the language as spoken where the browser says its person is. */
  locale = $state.raw('en');
  #translation = $state.raw<Translation | null>(null);

  /** Before anything is shown. `?lang=` counts for this visit only. */
  async start(): Promise<void> {
    const wished = new URLSearchParams(location.search).get('lang') ?? chosen();
    try {
      await this.#use(isWritten(wished) ? wished : preferredOf(navigator.languages));
    } catch {
      // Its texts could not be fetched: English is always here.
      await this.#use('en');
    }
  }

  /** Throws TypeError where its texts cannot be fetched; the language stays. */
  async choose(language: Language): Promise<void> {
    await this.#use(language);
    localStorage.setItem(key, language);
  }

  /** One section in this language. */
  words<Name extends keyof Sections>(name: Name, english: Sections[Name]): Sections[Name] {
    return this.#translation === null ? english : this.#translation(name, english);
  }

  async #use(written: Written): Promise<void> {
    const translation = written === 'en' ? null : (await load[written]()).translation;
    this.locale = written === 'x-rtl' ? 'ar' : localeOf(written, navigator.languages);
    this.current = written;
    this.#translation = translation;
    const root = document.documentElement;
    root.lang = written === 'x-rtl' ? 'en' : written;
    root.dir = written === 'x-rtl' ? 'rtl' : 'ltr';
  }
}

export const language = new LanguageChoice();

/** Frames of other sites have no storage in some browsers: then nothing is chosen. */
function chosen(): string | null {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}

/** The first of the wished languages (BCP 47 tags) that there is. */
export function preferredOf(wished: readonly string[]): Language {
  return wished.map((tag) => tag.split('-')[0]).find(isLanguage) ?? 'en';
}

/** `en-GB` for English where the browser says so: dates differ. */
export function localeOf(spoken: Language, wished: readonly string[]): string {
  return wished.find((tag) => tag.split('-')[0] === spoken) ?? spoken;
}

function isLanguage(value: string | null | undefined): value is Language {
  return value != null && Object.hasOwn(languages, value);
}

function isWritten(value: string | null): value is Written {
  return isLanguage(value) || value === 'x-rtl';
}
