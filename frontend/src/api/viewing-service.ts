import { createClient, type Client } from '@connectrpc/connect';
import { ViewingService } from '../gen/playhead/video/v1/viewing_pb';
import { farewellTransport, transport } from './grpc';
import { optionsFor } from './pass-header';
import { errorFromRpc } from './rpc-errors';
import type { Video, VideoPage } from './video';
import type { HistoryPage } from './viewing';
import { dateOf, fromWire } from './wire';

export async function recordViewing(
  id: string,
  watched: { positionSeconds: number | null; watchedSeconds: number },
): Promise<void> {
  return call(async () => {
    const service = createClient(ViewingService, await farewellTransport());
    const { positionSeconds, watchedSeconds } = watched;
    await service.recordViewing(
      {
        videoId: id,
        watchedSeconds,
        ...(positionSeconds === null ? {} : { positionSeconds }),
      },
      await optionsFor([id], undefined),
    );
  });
}

export async function listHistory(pageToken: string | null): Promise<HistoryPage> {
  return call(async () => {
    const answer = await (await client()).listHistory({ pageToken: pageToken ?? '' });
    const items = answer.viewings.map(async ({ video, watchTime }) => {
      const read = await fromWire(video);
      return { id: read.id, video: read, watchedAt: dateOf(watchTime) };
    });
    return {
      items: await Promise.all(items),
      nextPageToken: answer.nextPageToken === '' ? null : answer.nextPageToken,
      paused: answer.paused,
    };
  });
}

export async function listUnfinished(pageSize: number, signal?: AbortSignal): Promise<Video[]> {
  return call(async () => {
    const options = await optionsFor([], signal);
    const { videos } = await (await client()).listUnfinished({ pageSize }, options);
    return Promise.all(videos.map(fromWire));
  });
}

export async function removeFromHistory(id: string): Promise<void> {
  return call(async () => {
    await (await client()).removeFromHistory({ videoId: id });
  });
}

export async function clearHistory(): Promise<void> {
  return call(async () => {
    await (await client()).clearHistory({});
  });
}

export async function setHistoryPaused(paused: boolean): Promise<void> {
  return call(async () => {
    await (await client()).setHistoryPaused({ paused });
  });
}

export async function listWatchLater(pageToken: string | null): Promise<VideoPage> {
  return call(async () => {
    const answer = await (await client()).listWatchLater({ pageToken: pageToken ?? '' });
    return {
      videos: await Promise.all(answer.videos.map(fromWire)),
      hits: [],
      nextPageToken: answer.nextPageToken === '' ? null : answer.nextPageToken,
    };
  });
}

export async function setWatchLater(id: string, kept: boolean): Promise<void> {
  return call(async () => {
    const service = await client();
    if (kept) await service.addToWatchLater({ videoId: id }, await optionsFor([id], undefined));
    else await service.removeFromWatchLater({ videoId: id });
  });
}

async function client(): Promise<Client<typeof ViewingService>> {
  return createClient(ViewingService, await transport());
}

async function call<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (thrown) {
    throw errorFromRpc(thrown);
  }
}
