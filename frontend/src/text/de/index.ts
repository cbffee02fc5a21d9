import type { Translation } from '../language.svelte';
import type { Sections } from '../sections';
import { text as account } from './account';
import { text as admin } from './admin';
import { text as audit } from './audit';
import { text as captions } from './captions';
import { text as common } from './common';
import { text as discovery } from './discovery';
import { text as embed } from './embed';
import { text as errors } from './errors';
import { text as home } from './home';
import { text as lifetimes } from './lifetimes';
import { text as myVideos } from './my-videos';
import { text as notices } from './notices';
import { text as player } from './player';
import { text as playerMenus } from './player-menus';
import { text as settings } from './settings';
import { text as share } from './share';
import { text as transcript } from './transcript';
import { text as upload } from './upload';
import { text as video } from './video';
import { text as viewing } from './viewing';
import { text as watch } from './watch';
import './controls';

const sections: Sections = {
  account,
  admin,
  audit,
  captions,
  common,
  discovery,
  embed,
  errors,
  home,
  lifetimes,
  'my-videos': myVideos,
  notices,
  player,
  'player-menus': playerMenus,
  settings,
  share,
  transcript,
  upload,
  video,
  viewing,
  watch,
};

export const translation: Translation = (name) => sections[name];
