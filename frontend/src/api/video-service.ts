import { fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  GetPlaybackResponseSchema,
  GetVideoResponseSchema,
  type GetPlaybackResponse,
} from '../gen/playhead/video/v1/video_pb';
import { loadConfig } from './config';
import { videoService } from './grpc';
import { optionsFor } from './pass-header';
import { errorFromRpc } from './rpc-errors';
import type { Playback, PublicPerson, Video, VideoChanges, VideoPage, VideoQuery } from './video';
import { dateOf, fromWire, toWireVisibility } from './wire';

export { followVideo } from './live';

export async function getVideo(id: string, signal?: AbortSignal): Promise<Video> {
  return call(async () => {
    const service = await videoService();
    const { video } = await service.getVideo({ id }, await optionsFor([id], signal));
    return fromWire(video);
  });
}

/** A GetVideoResponse in base64. */
export async function readVideo(answer: string): Promise<Video> {
  return fromWire(fromBinary(GetVideoResponseSchema, base64Decode(answer)).video);
}

export async function listVideos(
  { createdAfter, ...request }: VideoQuery & { pageSize?: number; pageToken?: string },
  signal?: AbortSignal,
): Promise<VideoPage> {
  return call(async () => {
    const service = await videoService();
    const answer = await service.listVideos(
      {
        ...request,
        ...(createdAfter === undefined
          ? {}
          : { createdAfterTime: timestampFromDate(createdAfter) }),
      },
      await optionsFor([], signal),
    );
    return {
      videos: await Promise.all(answer.videos.map(fromWire)),
      hits: answer.hits.map(({ videoId, startSeconds, text, language }) => ({
        videoId,
        startSeconds,
        text,
        language,
      })),
      nextPageToken: answer.nextPageToken === '' ? null : answer.nextPageToken,
    };
  });
}

export async function listRelatedVideos(id: string, signal?: AbortSignal): Promise<Video[]> {
  return call(async () => {
    const service = await videoService();
    const { videos } = await service.listRelatedVideos({ id }, await optionsFor([id], signal));
    return Promise.all(videos.map(fromWire));
  });
}

export async function getPerson(id: string, signal?: AbortSignal): Promise<PublicPerson> {
  return call(async () => {
    const service = await videoService();
    const { person, videoCount } = await service.getPerson({ id }, await optionsFor([], signal));
    return { id, name: person?.name ?? '', videoCount };
  });
}

export async function updateVideo(id: string, changes: VideoChanges): Promise<Video> {
  return call(async () => {
    const service = await videoService();
    const { visibility, ...words } = changes;
    const { video } = await service.updateVideo({
      video: {
        id,
        ...words,
        ...(visibility === undefined ? {} : { visibility: toWireVisibility[visibility] }),
      },
      updateMask: { paths: Object.keys(changes) },
    });
    return fromWire(video);
  });
}

/** Hides the video at once; `undeleteVideo` brings it back for a day. */
export async function deleteVideo(id: string): Promise<void> {
  return call(async () => {
    await (await videoService()).deleteVideo({ id });
  });
}

export async function undeleteVideo(id: string): Promise<Video> {
  return call(async () => fromWire((await (await videoService()).undeleteVideo({ id })).video));
}

export async function reprocessVideo(id: string): Promise<Video> {
  return call(async () => fromWire((await (await videoService()).reprocessVideo({ id })).video));
}

export async function cancelProcessing(id: string): Promise<Video> {
  return call(async () => fromWire((await (await videoService()).cancelProcessing({ id })).video));
}

export async function getPlayback(id: string, signal?: AbortSignal): Promise<Playback> {
  return call(async () => {
    const service = await videoService();
    return playbackOf(await service.getPlayback({ id }, await optionsFor([id], signal)));
  });
}

/** A GetPlaybackResponse in base64. */
export async function readPlayback(answer: string): Promise<Playback> {
  return playbackOf(fromBinary(GetPlaybackResponseSchema, base64Decode(answer)));
}

async function playbackOf({ hlsPath, expireTime }: GetPlaybackResponse): Promise<Playback> {
  const { videoUrl } = await loadConfig();
  return { hlsUrl: videoUrl + hlsPath, expiresAt: dateOf(expireTime) };
}

/** Where the file is; null while it is being made. */
export async function getDownload(
  id: string,
  audio: string,
  signal?: AbortSignal,
): Promise<string | null> {
  return call(async () => {
    const { videoUrl } = await loadConfig();
    const service = await videoService();
    const { path } = await service.getDownload({ id, audio }, await optionsFor([id], signal));
    return path === '' ? null : videoUrl + path;
  });
}

async function call<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw errorFromRpc(thrown);
  }
}
