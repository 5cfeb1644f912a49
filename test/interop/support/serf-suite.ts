import { setTimeout as delay } from 'node:timers/promises';
import type { CreateClusterOptions } from 'hearsay';
import { describe, expect, test } from 'vitest';
import { findPeer } from '../../peers.mjs';
import { OurNode, serfVersions } from './our-node.ts';
import { shows, startSerfPool, type SerfAgent } from './serf-agent.ts';
import { encodeSerfLeaveIntent } from './serf-messages.ts';
import { soakMs } from './soak.ts';

/** The same suite for a plain and for an encrypted pool of two stock agents. `key` is base64. */
export function describeSerfInterop(title: string, key: string | undefined, ours: CreateClusterOptions): void {
  const peers = key === undefined ? {} : { key };
  const keys = key === undefined ? {} : { keys: [key] };

  async function joinPool(): Promise<{ first: SerfAgent; second: SerfAgent; node: OurNode }> {
    const [first, second] = await startSerfPool(peers);
    const node = await OurNode.start({
      ...ours,
      ...keys,
      pool: 'memberlist',
      versions: serfVersions,
      seeds: [first.address],
    });
    await node.sees('serf-1', 'serf-2');
    for (const agent of [first, second]) await shows(agent, 'hearsay', 'alive');
    return { first, second, node };
  }

  describe.skipIf(findPeer('serf') === undefined)(title, { timeout: soakMs + 120_000 }, () => {
    test('a node of ours is alive to both agents, sees both, and gives neither a reason to complain', async () => {
      const { first, second, node } = await joinPool();
      await delay(soakMs);
      for (const agent of [first, second]) {
        expect(await agent.statusOf('hearsay')).toBe('alive');
        expect(agent.complaints).toEqual([]);
      }
      expect(node.memberNames).toEqual(['hearsay', 'serf-1', 'serf-2']);
      expect(node.events.filter(({ type }) => type !== 'member-join')).toEqual([]);
    });

    test('its metadata arrives as tags', async () => {
      const { first } = await joinPool();
      const member = (await first.members()).find(({ name }) => name === 'hearsay');
      // Without metadata Serf reads the tag `role` with an empty value.
      expect(member?.tags).toEqual(ours.meta === undefined ? { role: '' } : { role: 'web', rack: 'r7' });
    });

    test('when it crashes, both agents mark it failed', async () => {
      const { first, second, node } = await joinPool();
      await node.cluster.close();
      for (const agent of [first, second]) await shows(agent, 'hearsay', 'failed', 40_000);
    });

    test('when it leaves with a leave intent of Serf, both agents mark it left', async () => {
      const { first, second, node } = await joinPool();
      node.cluster.broadcast(encodeSerfLeaveIntent('hearsay', 1));
      for (const agent of [first, second]) await shows(agent, 'hearsay', 'leaving');
      await node.cluster.leave();
      for (const agent of [first, second]) {
        await shows(agent, 'hearsay', 'left');
        expect(agent.complaints).toEqual([]);
      }
    });

    test('when it leaves without one, both agents learn at once that it is gone, and show it as failed', async () => {
      const { first, second, node } = await joinPool();
      const startedAtMs = performance.now();
      await node.cluster.leave();
      for (const agent of [first, second]) {
        await shows(agent, 'hearsay', 'failed');
        expect(agent.complaints).toEqual([]);
      }
      // Well below the shortest suspicion of 3 s: they were told, and did not find out.
      expect(performance.now() - startedAtMs).toBeLessThan(2_500);
    });

    test('an agent that is killed has failed to us', async () => {
      const { second, node } = await joinPool();
      await second.process.stop('SIGKILL');
      await node.hears('member-failed', 'serf-2');
      expect(node.memberNames).toEqual(['hearsay', 'serf-1']);
    });

    test('an agent that leaves has left to us', async () => {
      const { second, node } = await joinPool();
      await second.leave();
      await node.hears('member-leave', 'serf-2');
      expect(node.memberNames).toEqual(['hearsay', 'serf-1']);
    });
  });
}
