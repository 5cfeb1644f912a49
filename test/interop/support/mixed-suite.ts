import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe } from 'vitest';
import { findPeer } from '../../peers.mjs';
import { MixedPool } from './mixed-pool.ts';
import { testMixedChurn } from './mixed-suite-churn.ts';
import { testMixedKeys } from './mixed-suite-keys.ts';
import { testMixedTalk } from './mixed-suite-talk.ts';
import { soakMs } from './soak.ts';
import { Statsd } from './statsd.ts';

/** A pool that all tests of the suite live in, one after the other, and what the agents that ask count. */
export interface SharedPool {
  readonly pool: MixedPool;
  readonly statsd: Readonly<Record<'stock-1' | 'ours-1', Statsd>>;
  /** Where these two keep their snapshots. */
  readonly snapshots: Readonly<Record<'stock-2' | 'ours-2', string>>;
  /** User events that were sent, as a handler writes them down. */
  readonly sentEvents: string[];
}

/** The same suite for a plain pool and for one with a key, base64. */
export function describeMixedPool(title: string, key: string | undefined): void {
  describe.skipIf(findPeer('serf') === undefined)(title, { timeout: soakMs + 120_000 }, () => {
    let shared: SharedPool;
    beforeAll(async () => {
      shared = await start(key);
      return () => stop(shared);
    }, 60_000);
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') for (const { process } of shared.pool.agents) process.printLastLines();
    });
    const access = (): SharedPool => shared;
    testMixedTalk(access);
    testMixedKeys(access, key);
    testMixedChurn(access);
  });
}

async function start(key: string | undefined): Promise<SharedPool> {
  const statsd = { 'stock-1': await Statsd.start(), 'ours-1': await Statsd.start() };
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-snapshots-'));
  const snapshots = { 'stock-2': join(folder, 'stock'), 'ours-2': join(folder, 'ours') };
  const pool = await MixedPool.start(key, (name) => [
    `-tag=made-by=${name.split('-')[0]}`,
    '-tag=old=x',
    ...(name === 'stock-1' || name === 'ours-1' ? [statsd[name].flag] : []),
    ...(name === 'stock-2' || name === 'ours-2' ? [`-snapshot=${snapshots[name]}`] : []),
  ]);
  return { pool, statsd, snapshots, sentEvents: [] };
}

async function stop({ pool, statsd, snapshots }: SharedPool): Promise<void> {
  await pool.stop();
  for (const receiver of Object.values(statsd)) receiver.stop();
  rmSync(dirname(snapshots['ours-2']), { recursive: true });
}
