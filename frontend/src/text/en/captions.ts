import { plural } from '../plural';
import { section } from '../section';

/** The captions of a video, for its owner. */
export const text = section('captions', {
  title: 'Captions',
  none: 'None yet.',
  added: (label: string) => `${label} added.`,
  replaced: (label: string) => `${label} replaced.`,
  ignored: (lines: number) =>
    plural(lines, {
      one: '# line made no sense and was left out.',
      other: '# lines made no sense and were left out.',
    }),
  renamed: 'Renamed.',
  deleted: (label: string) => `${label} deleted.`,
  nameOf: (label: string) => `Name of ${label}`,
  rename: 'Rename',
  renameOf: (label: string) => `Rename ${label}`,
  deleteForGood: (label: string) => `Delete ${label} for good?`,
  deleteCaptions: 'Delete captions',
  delete: 'Delete',
  deleteOf: (label: string) => `Delete ${label}`,
  embedded: (language: string) => `${language}, from the file`,
  replace: 'Replace',
  replaceOf: (label: string) => `Replace ${label}`,
  downloadAs: (label: string, format: string) => `Download ${label} as ${format}`,
  language: 'Language',
  languageHint: 'A tag such as en, de or pt-BR.',
  kind: 'Kind',
  subtitles: 'Subtitles: what is said',
  captions: 'Captions: sounds and speakers, too',
  file: 'File (.srt or .vtt)',
  add: 'Add captions',
  adding: 'Adding…',
});
