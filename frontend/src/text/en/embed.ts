import { section } from '../section';

/** The player in a frame on another page, when it has nothing to play. */
export const text = section('embed', {
  refused: 'This video is not shown here',
  refusedWhy: 'Its owner has not allowed this site to show it.',
  missing: 'This video is not here',
  missingWhy: 'It does not exist any more, or it is private.',
  signIn: 'Sign in to watch this video',
  signInWhy: 'It plays on its own page.',
  notLoaded: 'This video could not be loaded',
  notMade: 'This video could not be made',
  notMadeWhy: 'Something about the file cannot be shown.',
  uploading: 'Still uploading',
  uploadingWhy: 'It plays here by itself, when it is there.',
  processing: 'Almost there',
  processingWhy: 'The first seconds are being prepared. It plays here by itself.',
  tryAgain: 'Try again',
  openPage: 'Open its page',
  loading: 'Loading the video',
});
