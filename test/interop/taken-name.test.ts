/** A name that a stock agent has, and that one of ours wants. */
import { describe, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { MixedPool } from './support/mixed-pool.ts';
import { wantsTakenName } from './support/taken-name.ts';

describe.skipIf(findPeer('serf') === undefined)('a name that a stock agent has', { timeout: 120_000 }, () => {
  // A pool for this alone: a stock agent that hears of the newcomer twice at once asks twice under one Lamport time, takes
  // no answer to the first question (it logs "query reply ID mismatch"), and then resigns, "[0 / 0]", though nobody was
  // against it. That is rare, and left nothing for the tests after it to be run in.
  test.each([undefined, Buffer.alloc(32, 9).toString('base64')])('is not had by one of ours (key: %s)', async (key) => {
    const pool = await MixedPool.start(key, () => []);
    onTestFinished(() => pool.stop());
    await wantsTakenName(pool, 'stock-1');
  });
});
