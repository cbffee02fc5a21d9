import type { Video } from '../api';
import { text } from '../text/en/video';
import { formatPercent, formatUnit } from '../text/numbers';

/** What is being made of a video, or null: for the first time, or again while it plays. */
export function processingOf(video: Video): Pick<Video, 'progress' | 'secondsLeft'> | null {
  return video.state === 'processing' ? video : video.reprocessing;
}

/** `42%, about 3 min left`; without the rest while nobody can tell. */
export function processingWords(part: Pick<Video, 'progress' | 'secondsLeft'>): string {
  const percent = formatPercent(part.progress);
  if (part.secondsLeft === null) return percent;
  // Where there is little room, the time goes to a line of its own.
  return text.progress(percent, timeLeft(part.secondsLeft).replaceAll(' ', '\u00a0'));
}

/** An estimate, said no more exactly than it is known: `about 40 sec left`, `about 1.5 hr left`. */
export function timeLeft(left_seconds: number): string {
  if (left_seconds <= 10) return text.fewSecondsLeft;
  const time = coarse(left_seconds);
  return time === null ? text.moreThanADay : text.aboutLeft(formatUnit(...time));
}

/** Null: more than a day. */
function coarse(left_seconds: number): [number, 'second' | 'minute' | 'hour'] | null {
  // 55 s is a minute, so that nobody reads "60 s".
  if (left_seconds <= 50) return [Math.ceil(left_seconds / 10) * 10, 'second'];
  const minutes = Math.ceil(left_seconds / 60);
  if (minutes <= 10) return [minutes, 'minute'];
  const coarse_minutes = Math.ceil(minutes / 5) * 5;
  if (coarse_minutes < 60) return [coarse_minutes, 'minute'];
  const halves = Math.ceil(minutes / 30);
  if (halves < 20) return [halves / 2, 'hour'];
  return halves < 48 ? [Math.ceil(halves / 2), 'hour'] : null;
}

/** Its owner stopped it: nothing went wrong. */
export function wasStopped(video: Video): boolean {
  return video.failure?.reason === 'CANCELLED';
}

/** Told when it changes, so it must not change all the time. */
export function milestone(progress: number): string {
  const quarters = Math.floor(progress * 4);
  return quarters > 0 && quarters < 4
    ? text.milestone(formatPercent(quarters / 4))
    : text.processing;
}
