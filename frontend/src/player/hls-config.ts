import type { HlsConfig, LoadPolicy, RetryConfig } from 'hls.js';
import type { GrantKeeper } from './grant';

type ShouldRetry = NonNullable<RetryConfig['shouldRetry']>;

/**
 * A segment that is not made yet answers 503 after up to 8 s: the player waits in place for as
 * long as it takes. Anything else follows the usual count.
 */
export const waitForSegment: ShouldRetry = (_config, _count, isTimeout, response, usual) =>
  isTimeout || response?.code === 503 || usual;

const segments: LoadPolicy = {
  default: {
    // The service holds a request for at most 8 s.
    maxTimeToFirstByteMs: 12_000,
    maxLoadTimeMs: 120_000,
    timeoutRetry: {
      maxNumRetry: 100,
      retryDelayMs: 0,
      maxRetryDelayMs: 0,
      shouldRetry: waitForSegment,
    },
    errorRetry: {
      maxNumRetry: 12,
      retryDelayMs: 700,
      maxRetryDelayMs: 4000,
      backoff: 'linear',
      shouldRetry: waitForSegment,
    },
  },
};

const playlists: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 3, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 8, retryDelayMs: 500, maxRetryDelayMs: 4000 },
  },
};

export function hlsConfig(grants: GrantKeeper): Partial<HlsConfig> {
  return {
    // Playlists are complete from the start: begin at the beginning, not at a live edge.
    startPosition: 0,
    // The lowest rung starts soonest; the next segment already follows what was measured.
    startLevel: 0,
    startFragPrefetch: true,
    capLevelToPlayerSize: true,
    backBufferLength: 60,
    enableWorker: true,
    manifestLoadPolicy: playlists,
    playlistLoadPolicy: playlists,
    fragLoadPolicy: segments,
    xhrSetup: async (xhr, url) => {
      xhr.open('GET', await grants.rewrite(url), true);
    },
  };
}
