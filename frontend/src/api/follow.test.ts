import { expect, test, vi } from 'vitest';
import { backoff_ms, Follower, type Cursor, type VideoEvent } from './follow';
import type { Video } from './video';

const video = (id: string, version: bigint, state: Video['state'] = 'processing') =>
  ({ id, version, state }) as Video;

/** A world whose streams the test feeds, and where waiting takes no time. */
function world() {
  const opened: {
    cursors: Cursor[];
    signal: AbortSignal;
    feed: (e: VideoEvent | 'end') => void;
  }[] = [];
  let changed = (): void => undefined;
  const state = { visible: true };
  async function* open(cursors: Cursor[], signal: AbortSignal): AsyncIterable<VideoEvent> {
    const queue: (VideoEvent | 'end')[] = [];
    let wake = (): void => undefined;
    opened.push({
      cursors,
      signal,
      feed: (event) => {
        queue.push(event);
        wake();
      },
    });
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      const event = queue.shift();
      if (event === 'end') return;
      if (event) yield event;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const follower = new Follower({
    open,
    visible: () => state.visible,
    onVisibilityChange: (listener) => (changed = listener),
    wait: () => Promise.resolve(),
    random: () => 1,
    final: ({ state: is }) => is === 'ready' || is === 'failed',
  });
  const show = (visible: boolean): void => {
    state.visible = visible;
    changed();
  };
  const stream = (index: number) =>
    vi.waitFor(() => {
      const found = opened[index];
      if (!found) throw new Error('not opened yet');
      return found;
    });
  return { follower, opened, show, stream };
}

test('all videos share one stream', async () => {
  const { follower, opened, stream } = world();
  follower.follow({ id: 'a', version: 1n }, () => undefined);
  follower.follow({ id: 'b', version: 2n }, () => undefined);
  const { cursors } = await stream(0);
  expect(cursors).toEqual([
    { id: 'a', knownVersion: 1n },
    { id: 'b', knownVersion: 2n },
  ]);
  expect(opened.filter(({ signal }) => !signal.aborted)).toHaveLength(1);
});

test('a stream that ended is opened again with what is known by then', async () => {
  const { follower, stream } = world();
  const seen: VideoEvent[] = [];
  follower.follow({ id: 'a', version: 1n }, (event) => seen.push(event));
  const first = await stream(0);
  first.feed({ video: video('a', 7n) });
  first.feed('end');
  expect((await stream(1)).cursors).toEqual([{ id: 'a', knownVersion: 7n }]);
  expect(seen).toEqual([{ video: video('a', 7n) }]);
});

test('the stream closes when everything is final, and while nobody looks', async () => {
  const { follower, show, stream } = world();
  follower.follow({ id: 'a', version: 1n }, () => undefined);
  const first = await stream(0);
  show(false);
  expect(first.signal.aborted).toBe(true);
  show(true);
  const second = await stream(1);
  second.feed({ video: video('a', 2n, 'ready') });
  await vi.waitFor(() => expect(second.signal.aborted).toBe(true));
});

test('waiting grows to 30 s and is spread', () => {
  expect(backoff_ms(0, 1)).toBe(300);
  expect(backoff_ms(3, 0)).toBe(1200);
  expect(backoff_ms(40, 1)).toBe(30_000);
});
