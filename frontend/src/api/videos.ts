import { errorFromNetwork } from './errors';
import type { VideoEvent } from './follow';
import type { Playback, PublicPerson, Video, VideoChanges, VideoPage, VideoQuery } from './video';

/**
 * gRPC-Web weighs more than the rest of the shell. It is fetched beside the shell, so that the
 * page is drawn without waiting for it; where that fails the next call tries again.
 */
const load = () => import('./video-service');
let service = load();
service.catch(() => undefined);

async function videoService(): ReturnType<typeof load> {
  try {
    return await service;
  } catch {
    service = load();
    return service.catch((cause: unknown) => {
      throw errorFromNetwork(cause);
    });
  }
}

export async function getVideo(id: string, signal?: AbortSignal): Promise<Video> {
  return (await videoService()).getVideo(id, signal);
}

export async function listVideos(
  request: VideoQuery & { pageSize?: number; pageToken?: string },
  signal?: AbortSignal,
): Promise<VideoPage> {
  return (await videoService()).listVideos(request, signal);
}

/** Public videos to watch after this one, most closely related first. */
export async function listRelatedVideos(id: string, signal?: AbortSignal): Promise<Video[]> {
  return (await videoService()).listRelatedVideos(id, signal);
}

/** Whoever has public videos; NOT_FOUND for everybody else but oneself. */
export async function getPerson(id: string, signal?: AbortSignal): Promise<PublicPerson> {
  return (await videoService()).getPerson(id, signal);
}

export async function updateVideo(id: string, changes: VideoChanges): Promise<Video> {
  return (await videoService()).updateVideo(id, changes);
}

/** Hides the video at once; `undeleteVideo` brings it back for a day. */
export async function deleteVideo(id: string): Promise<void> {
  return (await videoService()).deleteVideo(id);
}

export async function undeleteVideo(id: string): Promise<Video> {
  return (await videoService()).undeleteVideo(id);
}

/** Makes it anew from its source; what a ready video has keeps playing until then. */
export async function reprocessVideo(id: string): Promise<Video> {
  return (await videoService()).reprocessVideo(id);
}

/** Stops processing: the video has what it had before, or is failed. */
export async function cancelProcessing(id: string): Promise<Video> {
  return (await videoService()).cancelProcessing(id);
}

export async function getPlayback(id: string, signal?: AbortSignal): Promise<Playback> {
  return (await videoService()).getPlayback(id, signal);
}

/** Where the file of a video with this track of sound is; null while it is being made: ask again. */
export async function getDownload(
  id: string,
  audio: string,
  signal?: AbortSignal,
): Promise<string | null> {
  return (await videoService()).getDownload(id, audio, signal);
}

/**
 * Follows a video: calls back with its state when it is newer than the given version, then with
 * every change, until the returned function is called.
 */
export function followVideo(
  video: { id: string; version: bigint },
  listener: (event: VideoEvent) => void,
): () => void {
  let stop: (() => void) | null = null;
  let stopped = false;
  void videoService().then(
    ({ followVideo: follow }) => {
      if (!stopped) stop = follow(video, listener);
    },
    () => undefined, // Whoever shows the video could not load it either, and says so.
  );
  return () => {
    stopped = true;
    stop?.();
  };
}
