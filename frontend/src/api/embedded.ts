import { requestJson } from './rest';
import type { State } from './video';

/** What a frame on somebody else's page needs of a video. */
export interface EmbeddedVideo {
  title: string;
  state: State;
  playable: boolean;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  chapters: { startSeconds: number; title: string }[];
  hlsUrl: string | null;
  posterUrl: string | null;
  storyboardUrl: string | null;
}

interface VideoJson {
  title: string;
  state: State;
  playable: boolean;
  duration_seconds: number | null;
  width: number | null;
  height: number | null;
  chapters: { start_seconds: number; title: string }[];
  hls_url: string | null;
  poster_url: string | null;
  storyboard_url: string | null;
}

/**
 * As a stranger sees it: frames get no cookies, and nothing of who is signed in belongs into somebody
 * else's page. Over REST, because gRPC-Web would be a fifth of all that a frame may weigh.
 */
export async function getEmbedded(id: string): Promise<EmbeddedVideo> {
  const json = await requestJson<VideoJson>('GET', `/api/videos/${encodeURIComponent(id)}`);
  return {
    title: json.title,
    state: json.state,
    playable: json.playable,
    durationSeconds: json.duration_seconds,
    width: json.width,
    height: json.height,
    chapters: json.chapters.map(({ start_seconds, title }) => ({
      startSeconds: start_seconds,
      title,
    })),
    hlsUrl: json.hls_url,
    posterUrl: json.poster_url,
    storyboardUrl: json.storyboard_url,
  };
}
