import { session, type Video } from '../api';
import { prepareViewing, recordViewing } from '../api/viewing';
import { LocalPositions } from './local-positions';
import { resumeAt, Viewing } from './viewing';

export interface Begun {
  viewing: Viewing;
  /** Where to begin playing. */
  start_seconds: number;
}

/** Somebody opens a video: where they stopped the last time, and who hears of this time. */
export function beginViewing(video: Video): Begun {
  const signedIn = session.person !== null;
  const local = new LocalPositions(localStorage);
  const left_seconds = signedIn ? video.watchedToSeconds : local.get(video.id);
  prepareViewing();
  const viewing = new Viewing(video, {
    signedIn,
    local,
    now_ms: () => performance.now(),
    report: (position_seconds, watchedSeconds) =>
      recordViewing(video.id, {
        positionSeconds: signedIn ? position_seconds : null,
        watchedSeconds,
      }),
  });
  return { viewing, start_seconds: resumeAt(left_seconds, video.durationSeconds) };
}
