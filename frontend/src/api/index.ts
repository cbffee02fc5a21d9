// What pages and the shell may use, beside account, sharing and admin, which come with the pages
// that need them; everything else in here is a detail.
export { loadConfig, type Config } from './config';
export { PlayheadError, type Reason } from './errors';
export { sentenceOf, type Notice } from './notices';
export { session, type Person } from './session.svelte';
export { sharePasses } from './shared-with-me';
export { titleOf, uploads, type Unfinished, type Upload } from './uploads.svelte';
export {
  isFinal,
  isVisibility,
  most_counted,
  type Embedding,
  type Picture,
  type Playback,
  type PublicPerson,
  type Rendition,
  type SearchHit,
  type Video,
  type VideoChanges,
  type VideoPage,
  type VideoQuery,
  type Visibility,
} from './video';
export {
  cancelProcessing,
  deleteVideo,
  expectToWatch,
  followVideo,
  getDownload,
  getPerson,
  getPlayback,
  getVideo,
  listRelatedVideos,
  listVideos,
  reprocessVideo,
  undeleteVideo,
  updateVideo,
} from './videos';
