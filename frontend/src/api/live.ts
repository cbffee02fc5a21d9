import { Code, ConnectError } from '@connectrpc/connect';
import { Follower, type Cursor, type VideoEvent } from './follow';
import { videoService } from './grpc';
import { optionsFor } from './pass-header';
import { session } from './session.svelte';
import { isFinal } from './video';
import { fromWire } from './wire';

async function* open(cursors: Cursor[], signal: AbortSignal): AsyncIterable<VideoEvent> {
  const service = await videoService();
  try {
    const options = await optionsFor(
      cursors.map(({ id }) => id),
      signal,
    );
    const answers = service.watchVideos({ videos: cursors }, { ...options, timeoutMs: 0 });
    for await (const { event } of answers) {
      if (event.case === 'video') yield { video: await fromWire(event.value) };
      else if (event.case === 'goneId') yield { goneId: event.value };
    }
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated) await session.renew();
    throw error;
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

const follower = new Follower({
  open,
  wait,
  visible: () => document.visibilityState === 'visible',
  onVisibilityChange: (listener) => document.addEventListener('visibilitychange', listener),
  random: Math.random,
  final: isFinal,
});

/**
 * Follows a video: calls back with its state when it is newer than the given version, then with
 * every change, until the returned function is called.
 */
export function followVideo(
  video: { id: string; version: bigint },
  listener: (event: VideoEvent) => void,
): () => void {
  return follower.follow(video, listener);
}
