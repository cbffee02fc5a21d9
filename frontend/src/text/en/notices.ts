import { section } from '../section';

/** One value of what is told, by its name: numbers and bytes as the language writes them. */
export type Told = (name: string) => string;

/** What the services tell, by the names of NoticeCode. */
export const text = section('notices', {
  EMPTY: 'Something must stand here.',
  TOO_LONG: (told: Told) => `At most ${told('most')} characters, please.`,
  WRONG_LENGTH: (told: Told) => `${told('least')} to ${told('most')} characters, please.`,
  TOO_MANY: (told: Told) => `There can be at most ${told('most')}.`,
  NOT_PRINTABLE: 'There are control characters in it.',
  NOT_AN_EMAIL: 'This is not an email address.',
  EMAIL_TAKEN: 'There is an account with this email already.',
  INVITED_OTHERWISE: 'The invitation is for another address.',
  LINK_SPENT: 'This link was used already, was taken back, or is too old.',
  PASSWORD_WRONG: 'This is not your password.',
  NO_SUCH_PERSON: 'Nobody else with this address has an account here.',
  NOT_ONESELF: 'This must be somebody else.',
  NOT_IN_FUTURE: 'This must be in the future.',
  NOT_SO_MANY_DAYS: (told: Told) => `${told('least')} to ${told('most')} days, please.`,
  NO_WORDS: 'Write at least one letter or digit.',
  NOT_A_LANGUAGE: 'This is not a language tag like en, pt-BR or zh-Hant.',
  LANGUAGE_TAKEN: 'There are captions of this language and kind already. Replace them.',
  NOT_CAPTIONS: 'There are no captions in it. It must be SubRip (.srt) or WebVTT (.vtt).',
  TOO_MANY_CUES: (told: Told) => `There can be at most ${told('most')} lines of captions.`,
  FILE_TOO_LARGE: (told: Told) => `The file can have at most ${told('limit_bytes')}.`,
  FILE_EMPTY: 'This file is empty.',
  CHAPTER_UNTITLED: 'Each chapter needs a title.',
  CHAPTER_OUTSIDE: 'Each chapter must begin within the video.',
  CHAPTERS_UNORDERED: 'Each chapter must begin later than the one before.',
  NOT_A_SITE: (told: Told) =>
    `“${told('site')}” is not a site like example.org, *.example.org or https://example.org.`,
  ONLY_ADMIN: 'There is no other admin: make somebody else an admin first.',
  NO_ADMIN: 'You are no admin any more.',
  SCOPES_MISSING: 'Choose at least one thing that the token may do.',
  UNKNOWN_NAME: 'There is nothing of that name.',

  KIND_UNSUPPORTED: (told: Told) => `This kind of file is not supported. ${accepted(told)}`,
  CODEC_UNSUPPORTED: (told: Told) =>
    `The video codec “${told('codec')}” is not supported. ${accepted(told)}`,
  NOT_A_VIDEO: (told: Told) =>
    `This file cannot be read as a video. It may be damaged or of another kind. ${accepted(told)}`,
  ONLY_SOUND: 'There is no moving picture in this file, only sound.',
  NOTHING_IN_IT: 'There is no moving picture and no sound in this file.',
  SOUND_UNDECODABLE: 'The sound in this file cannot be decoded.',
  TOO_COSTLY: 'To read this file takes more time or memory than any video needs.',
  PICTURE_SIZE_UNKNOWN: 'The size of the picture cannot be read; the file seems to be damaged.',
  PICTURE_TOO_LARGE: (told: Told) =>
    `The picture is too large: ${told('width')} × ${told('height')} pixels.`,
  DOLBY_VISION: 'Dolby Vision without a compatible base layer is not supported.',
  TOO_MANY_HOURS: (told: Told) => `This video is longer than ${told('most')} hours.`,
  TOO_MANY_PICTURES: 'This video has more pictures than a day holds.',
  PICTURES_OVERLAP: 'The pictures in this file together are larger than the file.',
  NO_PICTURE: 'There is no picture in this file that can be shown.',
  NO_TIMES: 'The pictures in this file carry no times.',
  UNREADABLE: 'This file cannot be read from beginning to end. It seems to be damaged.',
  NOT_EXAMINED: 'This file could not be examined. It may be damaged.',
  NOT_CONVERTED: 'This video could not be converted. It may be damaged.',
  STOPPED: 'Processing was stopped.',
  NOT_A_POSTER: 'This is no picture that can be used. JPEG, PNG and WebP can.',
  POSTER_UNREADABLE: 'This picture cannot be read. It may be damaged, or too large.',

  CUT_OFF: 'The file ends too early. What is there can be watched; the rest is missing.',
  DAMAGED: 'Parts of this file are damaged. Where a picture is missing, the one before it stays.',
  SOUND_DAMAGED:
    'Parts of the sound in this file are damaged. Where it cannot be decoded, there is silence.',
  AUDIO_LEFT_OUT: (told: Told) =>
    `Of ${told('found')} audio tracks only ${told('most')} are offered.`,
  SUBTITLES_TOO_MANY: (told: Told) =>
    `Of ${told('found')} subtitle tracks only ${told('most')} are offered.`,
  SUBTITLES_LEFT_OUT: (told: Told) =>
    `Subtitles of these kinds are not taken over: ${told('kinds')}.`,
  SUBTITLES_UNREADABLE: (told: Told) =>
    `These subtitles could not be taken over: ${told('labels')}.`,
  CLOSED_CAPTIONS_LEFT_OUT: 'Closed captions inside the picture are not taken over.',
  PICTURE_PART_MISSING: (told: Told) =>
    `A part of the picture from ${told('from_seconds')} on could not be converted.`,
  SOUND_PART_MISSING: (told: Told) =>
    `A part of the sound from ${told('from_seconds')} on could not be converted.`,
  NO_POSTER: 'No poster picture could be made.',
  NO_STORYBOARD: 'No preview pictures for the seek bar could be made.',
  NO_STILLS: 'No pictures to choose a poster from could be made.',
  NO_PREVIEW: 'No moving preview could be made.',
  NO_WAVEFORM: 'The loudness over time could not be measured.',
  NO_CAPTIONS: 'The subtitles of this file could not be taken over.',
  NO_LOUDNESS: 'How loud the sound is could not be measured.',
  NOT_CHECKED: 'Whether parts of it are damaged could not be found out.',
  AGAIN_IN_VAIN: (told: Told) =>
    `It was processed again, without success: ${told('cause')} What was there before stays.`,
});

function accepted(told: Told): string {
  return `Accepted are ${told('files')} files with ${told('codecs')} or an older kind of video, and sound as ${told('sound_files')}.`;
}
