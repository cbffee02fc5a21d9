import type { Sections } from '../sections';

export const text: Sections['watch'] = {
  notLoaded: 'Dieses Video konnte nicht geladen werden',
  loading: 'Das Video wird geladen',
  around: 'Rund um dieses Video',
  related: 'Ähnliche Videos',
  transcript: 'Mitschrift',
  transcriptNotLoaded: 'Die Mitschrift konnte nicht geladen werden.',
};
