import type { Translation } from '../language.svelte';
import type { Sections } from '../sections';
import { text as account } from './account';
import { text as admin } from './admin';
import { text as audit } from './audit';
import { text as captions } from './captions';
import { text as common } from './common';
import { text as errors } from './errors';
import { text as home } from './home';
import { text as lifetimes } from './lifetimes';
import { text as myVideos } from './my-videos';
import { text as settings } from './settings';
import { text as share } from './share';
import { text as upload } from './upload';
import { text as video } from './video';
import { text as watch } from './watch';
import './player';

const sections: Sections = {
  account,
  admin,
  audit,
  captions,
  common,
  errors,
  home,
  lifetimes,
  'my-videos': myVideos,
  settings,
  share,
  upload,
  video,
  watch,
};

export const translation: Translation = (name) => sections[name];
