import type { Told, text as english } from '../en/notices';

export const text: typeof english = {
  EMPTY: 'Hier muss etwas stehen.',
  TOO_LONG: (told) => `Bitte höchstens ${told('most')} Zeichen.`,
  WRONG_LENGTH: (told) => `Bitte ${told('least')} bis ${told('most')} Zeichen.`,
  TOO_MANY: (told) => `Es können höchstens ${told('most')} sein.`,
  NOT_PRINTABLE: 'Darin sind Steuerzeichen.',
  NOT_AN_EMAIL: 'Das ist keine E-Mail-Adresse.',
  EMAIL_TAKEN: 'Mit dieser E-Mail-Adresse gibt es schon ein Konto.',
  INVITED_OTHERWISE: 'Die Einladung gilt für eine andere Adresse.',
  LINK_SPENT: 'Dieser Link wurde schon benutzt, zurückgezogen oder ist zu alt.',
  PASSWORD_WRONG: 'Das ist nicht dein Passwort.',
  NO_SUCH_PERSON: 'Mit dieser Adresse hat sonst niemand hier ein Konto.',
  NOT_ONESELF: 'Das muss jemand anderes sein.',
  NOT_IN_FUTURE: 'Das muss in der Zukunft liegen.',
  NOT_SO_MANY_DAYS: (told) => `Bitte ${told('least')} bis ${told('most')} Tage.`,
  NO_WORDS: 'Schreibe mindestens einen Buchstaben oder eine Ziffer.',
  NOT_A_LANGUAGE: 'Das ist kein Sprachkürzel wie de, pt-BR oder zh-Hant.',
  LANGUAGE_TAKEN: 'Untertitel in dieser Sprache und von dieser Art gibt es schon. Ersetze sie.',
  NOT_CAPTIONS: 'Darin sind keine Untertitel. Es muss SubRip (.srt) oder WebVTT (.vtt) sein.',
  TOO_MANY_CUES: (told) => `Es können höchstens ${told('most')} Untertitelzeilen sein.`,
  FILE_TOO_LARGE: (told) => `Die Datei darf höchstens ${told('limit_bytes')} groß sein.`,
  FILE_EMPTY: 'Diese Datei ist leer.',
  CHAPTER_UNTITLED: 'Jedes Kapitel braucht einen Titel.',
  CHAPTER_OUTSIDE: 'Jedes Kapitel muss innerhalb des Videos beginnen.',
  CHAPTERS_UNORDERED: 'Jedes Kapitel muss später beginnen als das davor.',
  NOT_A_SITE: (told) =>
    `„${told('site')}“ ist keine Website wie example.org, *.example.org oder https://example.org.`,
  ONLY_ADMIN: 'Es gibt keine andere Admin-Person: Bestimme zuerst eine.',
  NO_ADMIN: 'Du hast keine Admin-Rechte mehr.',
  SCOPES_MISSING: 'Wähle mindestens eines aus, das der Token darf.',
  UNKNOWN_NAME: 'Nichts heißt so.',

  KIND_UNSUPPORTED: (told) => `Diese Art von Datei geht nicht. ${accepted(told)}`,
  CODEC_UNSUPPORTED: (told) => `Der Video-Codec „${told('codec')}“ geht nicht. ${accepted(told)}`,
  NOT_A_VIDEO: (told) =>
    `Diese Datei lässt sich nicht als Video lesen. Sie ist beschädigt oder von anderer Art. ${accepted(told)}`,
  ONLY_SOUND: 'In dieser Datei ist kein bewegtes Bild, nur Ton.',
  NOTHING_IN_IT: 'In dieser Datei ist weder bewegtes Bild noch Ton.',
  SOUND_UNDECODABLE: 'Der Ton in dieser Datei lässt sich nicht dekodieren.',
  TOO_COSTLY: 'Diese Datei zu lesen braucht mehr Zeit oder Speicher als jedes Video.',
  PICTURE_SIZE_UNKNOWN:
    'Die Größe des Bildes lässt sich nicht lesen; die Datei scheint beschädigt zu sein.',
  PICTURE_TOO_LARGE: (told) =>
    `Das Bild ist zu groß: ${told('width')} × ${told('height')} Bildpunkte.`,
  DOLBY_VISION: 'Dolby Vision ohne eine verträgliche Grundschicht geht nicht.',
  TOO_MANY_HOURS: (told) => `Dieses Video ist länger als ${told('most')} Stunden.`,
  TOO_MANY_PICTURES: 'Dieses Video hat mehr Bilder, als in einen Tag passen.',
  PICTURES_OVERLAP: 'Die Bilder in dieser Datei sind zusammen größer als die Datei.',
  NO_PICTURE: 'In dieser Datei ist kein Bild, das gezeigt werden kann.',
  NO_TIMES: 'Den Bildern in dieser Datei fehlen die Zeiten.',
  UNREADABLE:
    'Diese Datei lässt sich nicht von Anfang bis Ende lesen. Sie scheint beschädigt zu sein.',
  NOT_EXAMINED: 'Diese Datei konnte nicht untersucht werden. Vielleicht ist sie beschädigt.',
  NOT_CONVERTED: 'Dieses Video konnte nicht umgewandelt werden. Vielleicht ist es beschädigt.',
  STOPPED: 'Die Verarbeitung wurde angehalten.',
  NOT_A_POSTER: 'Dieses Bild kann nicht verwendet werden. JPEG, PNG und WebP können es.',
  POSTER_UNREADABLE:
    'Dieses Bild lässt sich nicht lesen. Vielleicht ist es beschädigt oder zu groß.',

  CUT_OFF: 'Die Datei endet zu früh. Was da ist, kann angesehen werden; der Rest fehlt.',
  DAMAGED: 'Teile dieser Datei sind beschädigt. Wo ein Bild fehlt, bleibt das davor stehen.',
  SOUND_DAMAGED:
    'Teile des Tons in dieser Datei sind beschädigt. Wo er nicht zu entschlüsseln ist, ist Stille.',
  AUDIO_LEFT_OUT: (told) => `Von ${told('found')} Tonspuren werden nur ${told('most')} angeboten.`,
  SUBTITLES_TOO_MANY: (told) =>
    `Von ${told('found')} Untertitelspuren werden nur ${told('most')} angeboten.`,
  SUBTITLES_LEFT_OUT: (told) =>
    `Untertitel dieser Arten werden nicht übernommen: ${told('kinds')}.`,
  SUBTITLES_UNREADABLE: (told) =>
    `Diese Untertitel konnten nicht übernommen werden: ${told('labels')}.`,
  CLOSED_CAPTIONS_LEFT_OUT: 'Untertitel im Bildstrom selbst werden nicht übernommen.',
  PICTURE_PART_MISSING: (told) =>
    `Ein Teil des Bildes ab ${told('from_seconds')} konnte nicht umgewandelt werden.`,
  SOUND_PART_MISSING: (told) =>
    `Ein Teil des Tons ab ${told('from_seconds')} konnte nicht umgewandelt werden.`,
  NO_POSTER: 'Es konnte kein Vorschaubild erstellt werden.',
  NO_STORYBOARD: 'Es konnten keine Bilder für die Zeitleiste erstellt werden.',
  NO_STILLS: 'Es konnten keine Bilder zur Auswahl eines Vorschaubildes erstellt werden.',
  NO_PREVIEW: 'Es konnte keine bewegte Vorschau erstellt werden.',
  NO_WAVEFORM: 'Der Verlauf der Lautstärke konnte nicht gemessen werden.',
  NO_CAPTIONS: 'Die Untertitel dieser Datei konnten nicht übernommen werden.',
  NO_LOUDNESS: 'Die Lautstärke des Tons konnte nicht gemessen werden.',
  NOT_CHECKED: 'Ob Teile davon beschädigt sind, war nicht festzustellen.',
  AGAIN_IN_VAIN: (told) =>
    `Es wurde ohne Erfolg nochmal verarbeitet: ${told('cause')} Es bleibt, was vorher da war.`,
};

function accepted(told: Told): string {
  return `Möglich sind Dateien dieser Arten: ${told('files')}, mit ${told('codecs')} oder einer älteren Art von Video, und Ton als ${told('sound_files')}.`;
}
