import type { text as english } from '../en/captions';
import { plural } from '../plural';

export const text: typeof english = {
  title: 'Untertitel',
  none: 'Noch keine.',
  added: (label) => `${label} hinzugefügt.`,
  replaced: (label) => `${label} ersetzt.`,
  ignored: (lines) =>
    plural(lines, {
      one: '# Zeile ergab keinen Sinn und wurde ausgelassen.',
      other: '# Zeilen ergaben keinen Sinn und wurden ausgelassen.',
    }),
  renamed: 'Umbenannt.',
  deleted: (label) => `${label} gelöscht.`,
  nameOf: (label) => `Name von ${label}`,
  rename: 'Umbenennen',
  renameOf: (label) => `${label} umbenennen`,
  deleteForGood: (label) => `${label} endgültig löschen?`,
  deleteCaptions: 'Untertitel löschen',
  delete: 'Löschen',
  deleteOf: (label) => `${label} löschen`,
  embedded: (language) => `${language}, aus der Datei`,
  replace: 'Ersetzen',
  replaceOf: (label) => `${label} ersetzen`,
  downloadAs: (label, format) => `${label} als ${format} herunterladen`,
  language: 'Sprache',
  languageHint: 'Ein Kürzel wie en, de oder pt-BR.',
  kind: 'Art',
  subtitles: 'Untertitel: was gesagt wird',
  captions: 'Erweiterte Untertitel: auch Geräusche und wer spricht',
  file: 'Datei (.srt oder .vtt)',
  add: 'Untertitel hinzufügen',
  adding: 'Wird hinzugefügt …',
};
