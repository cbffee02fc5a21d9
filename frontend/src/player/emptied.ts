import type Hls from 'hls.js';

/**
 * Another quality empties the buffer. A browser that decodes at this moment goes on at the first key
 * frame after what it had read: a jump then ends on a picture from before its target, and of a paused
 * video that picture stays. So where the buffer was emptied, jump to the position again once it is back.
 */
export function showAgainWhereEmptied(HlsEngine: typeof Hls, engine: Hls, video: HTMLVideoElement) {
  let isEmptied = false;
  engine.on(HlsEngine.Events.BUFFER_FLUSHED, () => {
    isEmptied ||= !isBuffered(video);
  });
  engine.on(HlsEngine.Events.BUFFER_APPENDED, () => {
    if (!isEmptied || !isBuffered(video)) return;
    isEmptied = false;
    const position_seconds = video.currentTime;
    video.currentTime = position_seconds;
  });
}

function isBuffered({ buffered, currentTime }: HTMLVideoElement): boolean {
  for (let range = 0; range < buffered.length; range += 1)
    if (buffered.start(range) <= currentTime && currentTime < buffered.end(range)) return true;
  return false;
}
