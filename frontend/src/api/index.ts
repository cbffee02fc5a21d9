// What pages and the shell may use, beside account, sharing and admin, which come with the pages
// that need them; everything else in here is a detail.
export { loadConfig, type Config } from './config';
export { PlayheadError, type Reason } from './errors';
export { session, type Person } from './session.svelte';
export { sharePasses } from './shared-with-me';
export { titleOf, uploads, type Unfinished, type Upload } from './uploads.svelte';
export {
  isFinal,
  isVisibility,
  type Embedding,
  type Picture,
  type Playback,
  type Rendition,
  type Video,
  type VideoChanges,
  type VideoPage,
  type Visibility,
} from './video';
export {
  cancelProcessing,
  deleteVideo,
  followVideo,
  getDownload,
  getPlayback,
  getVideo,
  listVideos,
  reprocessVideo,
  undeleteVideo,
  updateVideo,
} from './videos';
