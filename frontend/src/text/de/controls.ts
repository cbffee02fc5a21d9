import { De } from 'media-chrome/dist/lang/de.js';
import { addTranslation } from 'media-chrome/dist/utils/i18n.js';

const rate = 'Playback rate {playbackRate}';

/** The controls bring their own German; the name of this one says what it shows, `1x` (WCAG 2.5.3). */
addTranslation('de', { ...De, [rate]: `${De[rate]}x` });
