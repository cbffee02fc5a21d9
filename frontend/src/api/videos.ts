import { Ahead } from './ahead';
import { errorFromNetwork } from './errors';
import type { VideoEvent } from './follow';
import { takeOpening } from './opening';
import { session } from './session.svelte';
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

const ahead = new Ahead();

/** Somebody is about to watch this video: what the page will ask for is asked for now. */
export function expectToWatch(id: string): void {
  // Before that, it would be asked for in the name of nobody.
  if (!session.known) return;
  const told = session.person === null ? takeOpening(id) : null;
  ahead.ask(keyOf('video', id), async () => {
    const service = await videoService();
    return told ? service.readVideo(told.video) : service.getVideo(id);
  });
  ahead.ask(keyOf('playback', id), async () => {
    const service = await videoService();
    return told ? service.readPlayback(told.playback) : service.getPlayback(id);
  });
}

/** What one person may see is not for the next. */
function keyOf(what: 'video' | 'playback', id: string): string {
  return `${what} ${id} ${session.person?.id ?? ''}`;
}

export async function getVideo(id: string, signal?: AbortSignal): Promise<Video> {
  const service = await videoService();
  return ahead.take(keyOf('video', id), () => service.getVideo(id, signal));
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
  const service = await videoService();
  return ahead.take(keyOf('playback', id), () => service.getPlayback(id, signal));
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
