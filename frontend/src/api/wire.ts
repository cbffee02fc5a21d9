import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  RenditionKind,
  VideoState,
  Visibility as WireVisibility,
  type Picture as WirePicture,
  type Video as WireVideo,
} from '../gen/playhead/video/v1/video_pb';
import { loadConfig } from './config';
import type { Notice } from './notices';
import type { Picture, State, Video, Visibility } from './video';

export const toWireVisibility: Record<Visibility, WireVisibility> = {
  public: WireVisibility.PUBLIC,
  unlisted: WireVisibility.UNLISTED,
  private: WireVisibility.PRIVATE,
};

const visibilityOfWire: Record<WireVisibility, Visibility> = {
  [WireVisibility.UNSPECIFIED]: 'unlisted',
  [WireVisibility.PUBLIC]: 'public',
  [WireVisibility.UNLISTED]: 'unlisted',
  [WireVisibility.PRIVATE]: 'private',
};

const stateOfWire: Record<VideoState, State> = {
  [VideoState.UNSPECIFIED]: 'processing',
  [VideoState.UPLOADING]: 'uploading',
  [VideoState.PROCESSING]: 'processing',
  [VideoState.READY]: 'ready',
  [VideoState.FAILED]: 'failed',
};

function bare(message: string): Notice {
  return { code: '', message, values: {} };
}

export function dateOf(time: Timestamp | undefined): Date | null {
  return time === undefined ? null : timestampDate(time);
}

function pictureOf(videoUrl: string, picture: WirePicture): Picture {
  const { path, contentType, width, height } = picture;
  return { url: videoUrl + path, contentType, width, height };
}

/** Throws when the answer lacks its video, which the contract forbids. */
export async function fromWire(video: WireVideo | undefined): Promise<Video> {
  if (video === undefined) throw new TypeError('The answer carries no video.');
  const { videoUrl } = await loadConfig();
  return {
    id: video.id,
    title: video.title,
    description: video.description,
    tags: video.tags,
    visibility: visibilityOfWire[video.visibility],
    state: stateOfWire[video.state],
    playable: video.playable,
    progress: video.progress,
    secondsLeft: video.secondsLeft ?? null,
    durationSeconds: video.durationSeconds ?? null,
    width: video.width ?? null,
    height: video.height ?? null,
    owner: { id: video.owner?.id ?? '', name: video.owner?.name ?? '' },
    createdAt: dateOf(video.createTime),
    renditions: video.renditions.map((rendition) => ({
      name: rendition.name,
      kind: rendition.kind === RenditionKind.AUDIO ? 'audio' : 'video',
      width: rendition.width,
      height: rendition.height,
      title: rendition.title,
      frameRate: rendition.frameRate,
      complete: rendition.complete,
    })),
    readySegments: video.readySegments.map(({ first, count }) => ({ first, count })),
    chapters: video.chapters.map(({ startSeconds, title }) => ({ startSeconds, title })),
    posterUrl: video.posterPath === '' ? null : videoUrl + video.posterPath,
    posters: video.posters.map((picture) => pictureOf(videoUrl, picture)),
    storyboardUrl: video.storyboardPath === '' ? null : videoUrl + video.storyboardPath,
    preview: video.preview ? pictureOf(videoUrl, video.preview) : null,
    stills: video.stills.map((picture) => pictureOf(videoUrl, picture)),
    warnings: video.notices,
    failure: video.failure
      ? {
          reason: video.failure.reason,
          notice: video.failure.notice ?? bare(video.failure.message),
        }
      : null,
    reprocessing: video.reprocessing
      ? {
          progress: video.reprocessing.progress,
          secondsLeft: video.reprocessing.secondsLeft ?? null,
        }
      : null,
    version: video.version,
    editable: video.editable,
    moderatable: video.moderatable,
    filename: video.filename,
    downloadable: video.downloadable,
    viewCount: Number(video.viewCount),
    watchedToSeconds: video.watchedToSeconds ?? null,
    watchLater: video.watchLater,
    captioned: video.captioned,
    embedding: {
      anywhere: video.embedding?.anywhere ?? false,
      sites: video.embedding?.sites ?? [],
    },
  };
}
