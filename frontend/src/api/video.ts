import type { Notice } from './notices';

export type Visibility = 'public' | 'unlisted' | 'private';

export function isVisibility(value: unknown): value is Visibility {
  return value === 'public' || value === 'unlisted' || value === 'private';
}

export type State = 'uploading' | 'processing' | 'ready' | 'failed';

export interface Rendition {
  name: string;
  kind: 'video' | 'audio';
  /** What people read in a menu; empty for pictures. */
  title: string;
  width: number;
  height: number;
  frameRate: number;
  complete: boolean;
}

export interface Picture {
  url: string;
  contentType: string;
  width: number;
  height: number;
}

/** A video as pages see it. What is not known yet is null. */
export interface Video {
  id: string;
  title: string;
  description: string;
  tags: string[];
  visibility: Visibility;
  state: State;
  playable: boolean;
  /** Part of the processing that is done, 0 to 1. */
  progress: number;
  /** Estimated until the processing is over. */
  secondsLeft: number | null;
  durationSeconds: number | null;
  width: number | null;
  height: number | null;
  owner: { id: string; name: string };
  createdAt: Date | null;
  renditions: Rendition[];
  /** Runs of segments that play at once, while others are still being made. */
  readySegments: { first: number; count: number }[];
  chapters: { startSeconds: number; title: string }[];
  posterUrl: string | null;
  /** The poster in every size and format, the smallest files first. */
  posters: Picture[];
  /** WebVTT: what is around a time. */
  storyboardUrl: string | null;
  /** A few seconds of it, moving. */
  preview: Picture | null;
  /** What its poster may be chosen from. Its owner sees them. */
  stills: Picture[];
  /** What its owner should know although it plays. */
  warnings: Notice[];
  failure: { reason: string; notice: Notice } | null;
  /** How far a new revision is, while what was there before plays. Its owner knows. */
  reprocessing: Pick<Video, 'progress' | 'secondsLeft'> | null;
  version: bigint;
  /** The caller owns it: they may change, share and delete it. */
  editable: boolean;
  /** Somebody else's that the caller, a moderator, may hide and delete. */
  moderatable: boolean;
  filename: string;
  /** Those who may watch it may download it; its owner always may. */
  downloadable: boolean;
  /** How often it was watched. */
  viewCount: number;
  /** Where the person who is signed in was last; null where nothing is recorded. */
  watchedToSeconds: number | null;
  /** The person who is signed in keeps it for later. */
  watchLater: boolean;
  /** There are captions. */
  captioned: boolean;
  embedding: Embedding;
}

/** Whose pages may show a video in a frame. Neither anywhere nor a site: nobody's. */
export interface Embedding {
  anywhere: boolean;
  /** `example.org`, `*.example.org`, `https://example.org:8443`. */
  sites: string[];
}

/** Which videos a list holds; what is absent narrows nothing. */
export interface VideoQuery {
  query?: string;
  /** A person's id, `me`, or `shared`. */
  owner?: string;
  minDurationSeconds?: number;
  /** Exclusive. */
  maxDurationSeconds?: number;
  createdAfter?: Date;
  captioned?: boolean;
  tag?: string;
}

/** Where in a video's captions words of the query are said. */
export interface SearchHit {
  videoId: string;
  startSeconds: number;
  text: string;
  /** A BCP 47 tag. */
  language: string;
}

export interface PublicPerson {
  id: string;
  name: string;
  /** Of public videos; counted up to `most_counted`. */
  videoCount: number;
}

export const most_counted = 1000;

export interface VideoPage {
  videos: Video[];
  /** At most one for each of the videos. */
  hits: SearchHit[];
  /** Null on the last page. */
  nextPageToken: string | null;
}

export interface Playback {
  hlsUrl: string;
  /** When the grant in the URL ends. Null: never. */
  expiresAt: Date | null;
}

export type VideoChanges = Partial<
  Pick<
    Video,
    'title' | 'description' | 'tags' | 'visibility' | 'downloadable' | 'chapters' | 'embedding'
  >
>;

/** Nothing about a final video changes by itself. */
export function isFinal({ state, reprocessing }: Pick<Video, 'state' | 'reprocessing'>): boolean {
  return (state === 'ready' && reprocessing === null) || state === 'failed';
}
