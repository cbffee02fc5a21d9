import type Hls from 'hls.js';
import type { HlsConfig, LevelDetails, LoadPolicy, MediaFragment, RetryConfig } from 'hls.js';
import type { GrantKeeper } from './grant';

type ShouldRetry = NonNullable<RetryConfig['shouldRetry']>;

/**
 * A segment that is not made yet answers 503 after up to 8 s: the player waits in place for as
 * long as it takes, and where nobody answers (0) as well. Another quality would be no better, and
 * hls.js would drop the one that was chosen. Anything else follows the usual count.
 */
export const waitForSegment: ShouldRetry = (_config, _count, isTimeout, response, usual) =>
  isTimeout || response?.code === 503 || response?.code === 0 || usual;

/** What is still refused after so many new grants is not there. */
const mostRenewals = 3;

/**
 * Whoever changes who may see a video ends all grants, also those of people who are watching: what
 * is refused is asked for again, with a new grant, and that may have ended as well by then.
 */
export const renewing =
  (grants: GrantKeeper, others: ShouldRetry): ShouldRetry =>
  (config, count, isTimeout, response, usual) => {
    if (count < mostRenewals && response?.code === 404) {
      grants.doubt();
      return true;
    }
    return others(config, count, isTimeout, response, usual);
  };

const asUsual: ShouldRetry = (_config, _count, _isTimeout, _response, usual) => usual;

const segments = (grants: GrantKeeper): LoadPolicy => ({
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
      shouldRetry: renewing(grants, waitForSegment),
    },
  },
});

const playlists = (grants: GrantKeeper): LoadPolicy => ({
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 3, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: {
      maxNumRetry: 8,
      retryDelayMs: 500,
      maxRetryDelayMs: 4000,
      shouldRetry: renewing(grants, asUsual),
    },
  },
});

/** Chromium counts buffered time in whole microseconds, rounded down. */
const roundingError_seconds = 0.00001;

/**
 * Where a segment's buffered end is rounded to just below its cut, hls.js 1.7 takes that segment for
 * the next one: with each change of rung it would be loaded twice. (It allows for this by the end in
 * decoding order, which reordered pictures move.)
 *
 * And where all of a short video is there before the audio track is chosen, it does not end the stream
 * yet, and takes the last segment for the next one, again and again.
 */
function streamController(engine: typeof Hls): HlsConfig['streamController'] {
  return class extends engine.DefaultConfig.streamController {
    protected override getNextFragment(
      bufferEnd_seconds: number,
      level: LevelDetails,
    ): MediaFragment | null {
      const from_seconds = bufferEnd_seconds + roundingError_seconds;
      const last = level.fragments.at(-1);
      const isComplete = last && this.fragmentTracker.isEndListAppended(last.type);
      return isComplete && from_seconds >= level.edge
        ? null
        : super.getNextFragment(from_seconds, level);
    }
  };
}

type Kind = 'audio' | 'video' | 'audiovideo';

/** What hls.js keeps to itself: a list of what to append and remove for each kind of media. */
interface Lists {
  readonly sourceBufferTypes: Kind[];
  currentOp(kind: Kind): { label: string } | null;
  blockBuffers(go: () => void, kinds?: Kind[]): Promise<void>;
  stepOperationQueue(kinds: Kind[]): void;
}

/**
 * Browsers tell that something was appended or removed a moment after it was. Where pictures had
 * their turn in that moment, hls.js 1.7 goes on with the sound as well, or the other way round, and
 * strikes what was not told yet from the list: nobody learns of it, and the telling counts for what
 * comes next. The player then believes that it has what was removed, and asks for nothing any more:
 * a jump right after another quality was chosen never arrived. Here only that goes on which waited.
 */
function bufferController(engine: typeof Hls): NonNullable<HlsConfig['bufferController']> {
  const Given = engine.DefaultConfig.bufferController as unknown as new (
    ...given: never[]
  ) => Lists;
  return class extends Given {
    #waited: Kind[] | null = null;

    override blockBuffers(go: () => void, kinds = this.sourceBufferTypes): Promise<void> {
      return super.blockBuffers(() => {
        this.#waited = kinds;
        go();
      }, kinds);
    }

    override stepOperationQueue(kinds: Kind[]): void {
      const waited = this.#waited ?? kinds;
      this.#waited = null;
      super.stepOperationQueue(
        waited.filter((kind) => this.currentOp(kind)?.label.startsWith('async-blocker')),
      );
    }
  } as unknown as NonNullable<HlsConfig['bufferController']>;
}

export function hlsConfig(engine: typeof Hls, grants: GrantKeeper): Partial<HlsConfig> {
  return {
    bufferController: bufferController(engine),
    streamController: streamController(engine),
    // Playlists are complete from the start: begin at the beginning, not at a live edge.
    startPosition: 0,
    // The lowest rung starts soonest; the next segment already follows what was measured.
    startLevel: 0,
    startFragPrefetch: true,
    capLevelToPlayerSize: true,
    // A quality that failed is tried again after this, and not never.
    errorPenaltyExpireMs: 10_000,
    // Bounded on both sides, whatever the length: two hours of play take no more than two minutes.
    backBufferLength: 60,
    maxBufferLength: 30,
    maxMaxBufferLength: 60,
    enableWorker: true,
    manifestLoadPolicy: playlists(grants),
    playlistLoadPolicy: playlists(grants),
    fragLoadPolicy: segments(grants),
    xhrSetup: async (xhr, url) => {
      xhr.open('GET', await grants.rewrite(url), true);
    },
  };
}
