import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'hearsay';
import { formatDuration } from './durations.ts';

/** What to try, how often, and what to do when it was too often. */
export interface RetryJoinOptions {
  /** One attempt. Returns why it failed, or undefined when somebody answered. */
  readonly attempt: () => Promise<string | undefined>;
  readonly replay: boolean;
  readonly intervalMs: number;
  /** Further attempts after the first one; 0: for ever. */
  readonly maxAttempts: number;
  readonly logger: Logger;
}

/** Resolves to whether somebody was joined, when that is settled. Rejects when `signal` ends it. */
export async function retryJoin(options: RetryJoinOptions, signal: AbortSignal): Promise<boolean> {
  const { attempt, replay, intervalMs, maxAttempts, logger } = options;
  for (let failedCount = 1; ; failedCount++) {
    logger.info({}, `Joining cluster...(replay: ${replay})`);
    const reason = await attempt();
    signal.throwIfAborted();
    if (reason === undefined) return true;
    if (maxAttempts > 0 && failedCount > maxAttempts) {
      logger.error({}, 'maximum retry join attempts made, exiting');
      return false;
    }
    logger.warn({}, `Join failed: ${reason}, retrying in ${formatDuration(intervalMs)}`);
    await delay(intervalMs, undefined, { signal });
  }
}
