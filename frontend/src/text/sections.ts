import type { text as account } from './en/account';
import type { text as admin } from './en/admin';
import type { text as audit } from './en/audit';
import type { text as captions } from './en/captions';
import type { text as common } from './en/common';
import type { text as errors } from './en/errors';
import type { text as home } from './en/home';
import type { text as lifetimes } from './en/lifetimes';
import type { text as myVideos } from './en/my-videos';
import type { text as settings } from './en/settings';
import type { text as share } from './en/share';
import type { text as upload } from './en/upload';
import type { text as video } from './en/video';
import type { text as watch } from './en/watch';

/** Everything the app says, by the part that says it. Each comes with the pages that need it. */
export interface Sections {
  account: typeof account;
  admin: typeof admin;
  audit: typeof audit;
  captions: typeof captions;
  common: typeof common;
  errors: typeof errors;
  home: typeof home;
  lifetimes: typeof lifetimes;
  'my-videos': typeof myVideos;
  settings: typeof settings;
  share: typeof share;
  upload: typeof upload;
  video: typeof video;
  watch: typeof watch;
}
