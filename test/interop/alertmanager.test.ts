import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { startAlertmanagerPair, type Alertmanager } from './support/alertmanager.ts';
import { eventually } from './support/eventually.ts';
import { OurNode } from './support/our-node.ts';
import { soakMs } from './support/soak.ts';

interface Pool {
  readonly first: Alertmanager;
  readonly second: Alertmanager;
  readonly names: readonly string[];
  readonly node: OurNode;
}

/** Alertmanager probes with memberlist's LAN timings: a crash takes it 4 s of suspicion with one confirmation. */
async function joinPool(): Promise<Pool> {
  const [first, second] = await startAlertmanagerPair();
  const names = [await first.name(), await second.name()];
  const node = await OurNode.start({ pool: 'memberlist', profile: 'lan', seeds: [first.address] });
  await node.sees(...names);
  for (const instance of [first, second]) await listsUs(instance, node, true);
  return { first, second, names, node };
}

async function listsUs(instance: Alertmanager, node: OurNode, expected: boolean, withinMs?: number): Promise<void> {
  const address = addressOf(node);
  const what = `${instance.process.name} ${expected ? 'lists' : 'no longer lists'} ${address}`;
  await eventually(
    what,
    () => instance.peers(),
    (peers) => peers.includes(address) === expected,
    withinMs,
  );
}

function addressOf(node: OurNode): string {
  const { address } = node.cluster.localMember;
  return `${address!.host}:${address!.port}`;
}

describe.skipIf(findPeer('prometheus-alertmanager') === undefined)(
  'a pair of stock Alertmanagers',
  { timeout: soakMs + 120_000 },
  () => {
    test('a node of ours is listed by both, sees both, and gives neither a reason to complain', async () => {
      const { first, second, names, node } = await joinPool();
      await delay(soakMs);
      for (const instance of [first, second]) {
        await listsUs(instance, node, true, 0);
        expect(instance.complaints).toEqual([]);
      }
      expect(node.memberNames).toEqual([...names, 'hearsay'].toSorted());
      expect(node.events.filter(({ type }) => type !== 'member-join')).toEqual([]);
    });

    test('when it crashes, both find out and no longer list it', async () => {
      const { first, second, node } = await joinPool();
      await node.cluster.close();
      for (const instance of [first, second]) await listsUs(instance, node, false, 60_000);
      const verdicts = [first, second]
        .flatMap(({ process }) => process.logLines)
        .filter((line) => /Suspect hearsay/.test(line));
      expect(verdicts.length).toBeGreaterThan(0);
    });

    test('when it leaves, both are told and no longer list it, with no suspicion in between', async () => {
      const { first, second, node } = await joinPool();
      await node.cluster.leave();
      for (const instance of [first, second]) {
        await listsUs(instance, node, false);
        expect(instance.process.logLines.filter((line) => /Suspect hearsay/.test(line))).toEqual([]);
        expect(instance.complaints).toEqual([]);
      }
    });

    test('one that is killed is failed to us, one that leaves has left', async () => {
      const { first, second, names, node } = await joinPool();
      await second.process.stop('SIGTERM');
      await node.hears('member-leave', names[1]!);
      await first.process.stop('SIGKILL');
      await node.hears('member-failed', names[0]!, 60_000);
      expect(node.memberNames).toEqual(['hearsay']);
    });
  },
);
