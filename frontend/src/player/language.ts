import { En } from 'media-chrome/dist/lang/en.js';
import { addTranslation, setLanguage } from 'media-chrome/dist/utils/i18n.js';
import { language } from '../text/language.svelte';

const rate = 'Playback rate {playbackRate}';

/** Before controls are made: what they say is in the language of the page, as far as it is here. */
export function speakThePagesLanguage(): void {
  // The name says what the button shows, `1x` (WCAG 2.5.3).
  addTranslation('en', { ...En, [rate]: `${rate}x` });
  setLanguage(language.current === 'de' ? 'de' : 'en');
}
