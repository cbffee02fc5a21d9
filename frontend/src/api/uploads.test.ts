import { describe, expect, test, vi } from 'vitest';
import { PlayheadError } from './errors';
import { Pace } from './pace';
import { mayPass, type TransferEvents } from './transfer';
import { titleOf, UploadQueue } from './uploads.svelte';

const file = (name: string, size = 1000) => ({ name, size, type: 'video/mp4' }) as File;

function queue(mostBytes: number | null = null) {
  const transfers: { events: TransferEvents; start: () => void; terminate: () => Promise<void> }[] =
    [];
  const tell = vi.fn(() => Promise.resolve());
  const uploads = new UploadQueue({
    openTransfer: (_file, _words, events) => {
      const transfer = {
        events,
        start: vi.fn(),
        pause: () => Promise.resolve(),
        terminate: vi.fn(() => Promise.resolve()),
      };
      transfers.push(transfer);
      return Promise.resolve(transfer);
    },
    findUnfinished: () => Promise.resolve([]),
    mostBytes: () => Promise.resolve(mostBytes),
    follow: () => () => undefined,
    tell,
    now_ms: () => 0,
  });
  const phases = () => uploads.uploads.map(({ phase }) => phase);
  const row = (index: number) => {
    const upload = uploads.uploads[index];
    if (!upload) throw new Error(`no upload ${index}`);
    return upload;
  };
  return { uploads, transfers, tell, phases, row };
}

describe('the queue', () => {
  test('sends two files at once; the next starts when one is through', async () => {
    const { uploads, transfers, phases } = queue();
    await uploads.add([file('a'), file('b'), file('c')], 'private');
    expect(phases()).toEqual(['uploading', 'uploading', 'waiting']);
    transfers[0]?.events.onSuccess();
    expect(phases()).toEqual(['done', 'uploading', 'uploading']);
  });

  test('a paused file gives its place away and takes its turn again', async () => {
    const { uploads, phases, row } = queue();
    await uploads.add([file('a'), file('b'), file('c')], 'private');
    await uploads.pause(row(0));
    expect(phases()).toEqual(['paused', 'uploading', 'uploading']);
    uploads.resume(row(0));
    expect(phases()[0]).toBe('waiting');
  });

  test('refuses what is too large before a byte is sent', async () => {
    const { uploads, transfers, row } = queue(999);
    await uploads.add([file('a')], 'private');
    expect(row(0).error?.reason).toBe('TOO_LARGE');
    expect(row(0).retryable).toBe(false);
    expect(transfers).toHaveLength(0);
  });

  test('goes on by itself when the network is back', async () => {
    const { uploads, transfers, phases } = queue();
    await uploads.add([file('a')], 'private');
    transfers[0]?.events.onError(new PlayheadError('UNAVAILABLE'));
    expect(phases()).toEqual(['failed']);
    uploads.retryUnreachable();
    expect(phases()).toEqual(['uploading']);
  });

  test('cancelling ends it on the server too', async () => {
    const { uploads, transfers, row } = queue();
    await uploads.add([file('a')], 'private');
    await uploads.cancel(row(0));
    expect(transfers[0]?.terminate).toHaveBeenCalledOnce();
    expect(uploads.uploads).toHaveLength(0);
  });

  test('tells the server a title changed while the upload was being created', async () => {
    const { uploads, transfers, tell, row } = queue();
    await uploads.add([file('a.mp4')], 'private');
    const told = { title: 'a', description: '', visibility: 'private' as const };
    await vi.waitFor(() => expect(transfers).toHaveLength(1));
    transfers[0]?.events.onVideoId('v1', told);
    row(0).title = 'Better';
    await uploads.saveWords(row(0));
    expect(tell).toHaveBeenCalledExactlyOnceWith('v1', { title: 'Better' });
  });

  test('shows who may watch as it is where a change of it is not saved', async () => {
    const { uploads, transfers, tell, row } = queue();
    await uploads.add([file('a.mp4')], 'public');
    const told = { title: 'a', description: '', visibility: 'public' as const };
    await vi.waitFor(() => expect(transfers).toHaveLength(1));
    transfers[0]?.events.onVideoId('v1', told);
    tell.mockRejectedValueOnce(new PlayheadError('UNAVAILABLE'));
    row(0).title = 'Better';
    row(0).visibility = 'private';
    await expect(uploads.saveWords(row(0))).rejects.toThrow(PlayheadError);
    expect(row(0).visibility).toBe('public');
    expect(row(0).title).toBe('Better');
  });

  test('keeps what was typed when an upload that is gone is created anew', async () => {
    const { uploads, transfers, tell, row } = queue();
    await uploads.add([file('a.mp4')], 'public');
    const told = { title: 'a', description: '', visibility: 'private' as const };
    await vi.waitFor(() => expect(transfers).toHaveLength(1));
    transfers[0]?.events.onVideoId('v1', told);
    expect(row(0).visibility).toBe('private');
    row(0).title = 'Better';
    transfers[0]?.events.onVideoId('v2', told);
    expect(row(0).title).toBe('Better');
    expect(tell).toHaveBeenCalledExactlyOnceWith('v2', { title: 'Better' });
  });
});

test.each([
  ['GX_0104 final.MP4', 'GX 0104 final'],
  ['.mp4', '.mp4'],
  ['no ending', 'no ending'],
])('%s is called %s', (name, title) => {
  expect(titleOf(name)).toBe(title);
});

test('what may pass is tried again, a refusal is not', () => {
  expect([0, 401, 408, 409, 423, 429, 500, 503].filter(mayPass)).toHaveLength(8);
  expect([400, 403, 404, 410, 413, 415].filter(mayPass)).toEqual([]);
});

test('pace: speed and time left over the last seconds', () => {
  const pace = new Pace();
  pace.note(0, 0);
  expect(pace.bytesPerSecond).toBeNull();
  pace.note(2000, 4000);
  expect(pace.bytesPerSecond).toBe(2000);
  expect(pace.secondsLeft(10_000)).toBe(3);
  pace.note(3000, 1000); // The server had less than we thought.
  expect(pace.bytesPerSecond).toBeNull();
});
