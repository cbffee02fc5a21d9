import { section } from '../section';

/** What went wrong, in sentences for people. */
export const text = section('errors', {
  invalidInput: 'Something in this form is not right.',
  unsupportedMedia: 'This file is not something Playhead can show. Try a video file.',
  notSignedIn: 'Sign in to continue.',
  notAllowed: 'You do not have access to this.',
  notFound: 'This does not exist any more, or it is private.',
  uploadOffset: 'Finding out where the upload stands…',
  notReady: 'This video is not ready yet.',
  tooLarge: 'This file is larger than allowed.',
  tooLargeBy: (limit: string) => `This file is too large. The limit is ${limit}.`,
  emptyFile: 'This file is empty.',
  quota: 'Your storage is used up. Delete a video to make room.',
  storageQuota: (used: string, limit: string) =>
    `There is not enough storage left for this: ${used} of ${limit} are used. Delete a video to make room.`,
  dailyQuota: (used: string, limit: string) =>
    `This is more than you may upload in a day: ${used} of ${limit} are used. Try again tomorrow.`,
  rateLimited: 'Too many tries. Wait a moment, then try again.',
  rateLimitedFor: (wait: string) => `Too many tries. Try again in ${wait}.`,
  unavailable: 'Playhead cannot be reached just now.',
  cancelled: 'This was stopped.',
  internal: 'Something went wrong on our side. Sorry.',
  internalWith: (request: string) => `Something went wrong on our side. Sorry. Request ${request}`,
});
