import { section } from '../section';

/** All that is said in a video, beside it. */
export const text = section('transcript', {
  title: 'Transcript',
  language: 'Language of the transcript',
  close: 'Close the transcript',
  notLoaded: (why: string) => `The transcript could not be loaded. ${why}`,
  none: 'There are no captions to make a transcript of.',
  loading: 'Loading the transcript',
  search: 'Search in the transcript',
  at: (place: string, places: string) => `${place} of ${places}`,
  found: (places: string) => `${places} found`,
  previous: 'Previous place',
  next: 'Next place',
  lines: 'What is said',
  follow: 'Follow playback',
});
