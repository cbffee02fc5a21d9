import { formatBitrate, formatNumber } from '../text/numbers';
import type { VpVideo } from './vp-video';

/** How playing goes, for the curious and for reports of trouble. */
export interface Statistics {
  rung: string;
  codecs: string;
  screen: string;
  ahead_seconds: number;
  behind_seconds: number;
  dropped: number;
  decoded: number;
  bandwidth_bps: number | null;
}

export function statisticsOf(player: VpVideo): Statistics {
  const { engine, nativeEl: video } = player;
  const level = engine?.levels[engine.currentLevel];
  const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
  const [behind_seconds, ahead_seconds] = around(video.buffered, video.currentTime);
  const ratio = window.devicePixelRatio;
  return {
    rung: level
      ? `${level.width} × ${level.height}, ${formatNumber(Number(level.frameRate.toFixed(2)))} fps, ${formatBitrate(level.bitrate)}`
      : `${video.videoWidth} × ${video.videoHeight}`,
    codecs: level?.codecs ?? [level?.videoCodec, level?.audioCodec].filter(Boolean).join(', '),
    screen: `${Math.round(video.clientWidth * ratio)} × ${Math.round(video.clientHeight * ratio)}`,
    ahead_seconds,
    behind_seconds,
    dropped: droppedVideoFrames,
    decoded: totalVideoFrames,
    bandwidth_bps: engine === null ? null : engine.bandwidthEstimate,
  };
}

/** How much is buffered before and after a time, in seconds. */
function around(ranges: TimeRanges, seconds: number): [number, number] {
  for (let index = 0; index < ranges.length; index++) {
    const start = ranges.start(index);
    const end = ranges.end(index);
    if (start <= seconds + 0.1 && seconds <= end) return [seconds - start, end - seconds];
  }
  return [0, 0];
}
