import { section } from '../section';

export const text = section('my-videos', {
  signIn: 'Sign in to see your videos',
  signInMessage: 'They wait for you.',
  notLoaded: 'Your videos could not be loaded',
  none: 'No videos yet',
  noneMessage: 'What you upload appears here, with everything you can change about it.',
  video: 'Video',
  state: 'State',
  added: 'Added',
  actions: 'Actions',
  visibilityOf: (title: string) => `Visibility of ${title}`,
  ready: 'Ready',
  stopped: 'Stopped',
  playable: 'Playable',
  moreFor: (title: string) => `More for ${title}`,
});
