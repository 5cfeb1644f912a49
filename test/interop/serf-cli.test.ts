import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { rootFolder } from '../support/source-files.ts';
import { eventually } from './support/eventually.ts';
import { PeerProcess } from './support/peer-process.ts';
import { freePort } from './support/ports.ts';
import { shows, startSerfPool, type SerfAgent } from './support/serf-agent.ts';

/** Two stock agents and a process started with our command, which joins them. */
async function startPool(): Promise<{ stock: readonly SerfAgent[]; ours: PeerProcess }> {
  const stock = await startSerfPool();
  const port = await freePort();
  const ours = new PeerProcess('ours', process.execPath, () => [
    join(rootFolder, 'packages/agent/bin/hearsay.js'),
    'agent',
    '-node=ours',
    `-bind=127.0.0.1:${port}`,
    '-rpc-addr=127.0.0.1:0',
    '-profile=local',
    `-join=${stock[0].address}`,
  ]);
  for (const agent of stock) await shows(agent, 'ours', 'alive');
  return { stock, ours };
}

describe.skipIf(findPeer('serf') === undefined)('`hearsay agent` in a pool of two stock Serf agents', () => {
  test('it is alive to both, and failed after it was killed', async () => {
    const { stock, ours } = await startPool();
    for (const agent of stock) expect(agent.complaints).toEqual([]);
    await ours.stop('SIGKILL');
    for (const agent of stock) await shows(agent, 'ours', 'failed');
  });

  test('it has left, for both, when it is told to end', async () => {
    const { stock, ours } = await startPool();
    await ours.stop('SIGINT');
    for (const agent of stock) {
      await shows(agent, 'ours', 'left');
      expect(agent.complaints).toEqual([]);
    }
  });

  test('it hears an agent leave', async () => {
    const { stock, ours } = await startPool();
    await stock[1]!.leave();
    await hears(ours, 'EventMemberLeave: serf-2');
  });
});

async function hears(ours: PeerProcess, line: string): Promise<void> {
  const what = `our agent logs ${line}`;
  await eventually(
    what,
    () => ours.logLines,
    (lines) => lines.some((text) => text.includes(line)),
    40_000,
  );
}
