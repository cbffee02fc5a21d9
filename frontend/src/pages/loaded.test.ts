import { expect, test, vi } from 'vitest';
import { PlayheadError } from '../api/errors';
import { Loaded, Paged } from './loaded.svelte';

vi.mock('../api', () => import('../api/errors'));

test('what could not be loaded says why, and can be tried again', async () => {
  const get = vi
    .fn<() => Promise<string>>()
    .mockRejectedValueOnce(new PlayheadError('UNAVAILABLE'))
    .mockResolvedValueOnce('there');
  const loaded = new Loaded(get);
  await vi.waitFor(() => expect(loaded.error?.reason).toBe('UNAVAILABLE'));
  await loaded.load();
  expect(loaded.error).toBeNull();
  expect(loaded.value).toBe('there');
});

test('a list grows page by page, each item once, over a failure', async () => {
  const item = (id: string) => ({ id });
  const get = vi
    .fn<
      (token: string | null) => Promise<{ items: { id: string }[]; nextPageToken: string | null }>
    >()
    .mockResolvedValueOnce({ items: [item('a'), item('b')], nextPageToken: 'p2' })
    .mockRejectedValueOnce(new PlayheadError('UNAVAILABLE'))
    .mockResolvedValueOnce({ items: [item('b'), item('c')], nextPageToken: null });
  const list = new Paged(get);
  list.loadMore(); // Nothing while the first page is on its way.
  await vi.waitFor(() => expect(list.loading).toBe(false));
  expect(list.more).toBe(true);
  list.loadMore();
  await vi.waitFor(() => expect(list.error).not.toBeNull());
  list.loadMore();
  await vi.waitFor(() => expect(list.more).toBe(false));
  expect(list.items.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(get.mock.calls).toEqual([[null], ['p2'], ['p2']]);
});
