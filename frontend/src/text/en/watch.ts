import { section } from '../section';

/** The watch page: what stands around player and description. */
export const text = section('watch', {
  notLoaded: 'This video could not be loaded',
  loading: 'Loading the video',
  around: 'Around this video',
  related: 'Related videos',
  transcript: 'Transcript',
  transcriptNotLoaded: 'The transcript could not be loaded.',
});
