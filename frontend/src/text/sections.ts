import type { text as account } from './en/account';
import type { text as admin } from './en/admin';
import type { text as audit } from './en/audit';
import type { text as captions } from './en/captions';
import type { text as common } from './en/common';
import type { text as discovery } from './en/discovery';
import type { text as embed } from './en/embed';
import type { text as errors } from './en/errors';
import type { text as home } from './en/home';
import type { text as lifetimes } from './en/lifetimes';
import type { text as myVideos } from './en/my-videos';
import type { text as notices } from './en/notices';
import type { text as player } from './en/player';
import type { text as playerMenus } from './en/player-menus';
import type { text as settings } from './en/settings';
import type { text as share } from './en/share';
import type { text as transcript } from './en/transcript';
import type { text as upload } from './en/upload';
import type { text as video } from './en/video';
import type { text as viewing } from './en/viewing';
import type { text as watch } from './en/watch';

/** Everything the app says, by the part that says it. Each comes with the pages that need it. */
export interface Sections {
  account: typeof account;
  admin: typeof admin;
  audit: typeof audit;
  captions: typeof captions;
  common: typeof common;
  discovery: typeof discovery;
  embed: typeof embed;
  errors: typeof errors;
  home: typeof home;
  lifetimes: typeof lifetimes;
  'my-videos': typeof myVideos;
  notices: typeof notices;
  player: typeof player;
  'player-menus': typeof playerMenus;
  settings: typeof settings;
  share: typeof share;
  transcript: typeof transcript;
  upload: typeof upload;
  video: typeof video;
  viewing: typeof viewing;
  watch: typeof watch;
}
