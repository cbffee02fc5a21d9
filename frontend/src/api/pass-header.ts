import type { CallOptions } from '@connectrpc/connect';
import { sharePasses } from './shared-with-me';

/**
 * How to call about these videos. A pass opens the one video that it was made for, and a call
 * carries one pass; a tab watches one video at a time.
 */
export async function optionsFor(
  videoIds: string[],
  signal: AbortSignal | undefined,
): Promise<CallOptions> {
  const shared = videoIds.find((id) => sharePasses.has(id));
  const pass = shared === undefined ? null : await sharePasses.passFor(shared);
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(pass === null ? {} : { headers: { 'playhead-share': pass } }),
  };
}
