import { errorFromNetwork } from './errors';
import type { Video, VideoPage } from './video';

/** A video that the person has watched. */
export interface Viewing {
  /** Of the video. */
  id: string;
  video: Video;
  watchedAt: Date | null;
}

export interface HistoryPage {
  items: Viewing[];
  /** Null on the last page. */
  nextPageToken: string | null;
  /** Nothing is recorded. */
  paused: boolean;
}

/** gRPC-Web stays out of what a page waits for (see videos.ts). */
async function service(): Promise<typeof import('./viewing-service')> {
  try {
    return await import('./viewing-service');
  } catch (cause) {
    throw errorFromNetwork(cause);
  }
}

/** Fetches now what would come too late when the page is being left. */
export function prepareViewing(): void {
  service().catch(() => undefined); // The call that needs it says so.
}

/**
 * Tells how far one has watched a video. Also where the page is just being left.
 * `positionSeconds`: where one is, of somebody who is signed in.
 */
export async function recordViewing(
  id: string,
  watched: { positionSeconds: number | null; watchedSeconds: number },
): Promise<void> {
  return (await service()).recordViewing(id, watched);
}

/** Latest first. */
export async function listHistory(pageToken: string | null): Promise<HistoryPage> {
  return (await service()).listHistory(pageToken);
}

/** What was begun and not finished, latest first. */
export async function listUnfinished(pageSize: number, signal?: AbortSignal): Promise<Video[]> {
  return (await service()).listUnfinished(pageSize, signal);
}

export async function removeFromHistory(id: string): Promise<void> {
  return (await service()).removeFromHistory(id);
}

export async function clearHistory(): Promise<void> {
  return (await service()).clearHistory();
}

export async function setHistoryPaused(paused: boolean): Promise<void> {
  return (await service()).setHistoryPaused(paused);
}

/** Last added first. */
export async function listWatchLater(pageToken: string | null): Promise<VideoPage> {
  return (await service()).listWatchLater(pageToken);
}

export async function setWatchLater(id: string, kept: boolean): Promise<void> {
  return (await service()).setWatchLater(id, kept);
}
