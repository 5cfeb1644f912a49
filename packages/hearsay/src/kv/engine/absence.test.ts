import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names, type WorldNode } from '../../../../../test/support/kv-world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const quiet = { beacon: false, periodMs: 10 * 60_000 };

/** Keys that a member has deleted while `n2` is away; then it goes, and is forgotten: nobody can tell that `n2` is behind. */
function longAgo(): { readonly world: KvWorld; readonly nodes: readonly WorldNode[] } {
  const world = new KvWorld();
  world.isRecording = false;
  // Else those who adopt what is left of its stream would have a gc line that tells.
  const nodes = world.add(names(4), { gossip: quiet, config: { sharedTombstoneKeepMs: hourMs / 2 } });
  for (let count = 0; count < 20; count += 1) nodes[3]!.put(`k${count}`, 'v');
  world.runForMs(2 * hourMs);
  expect(nodes[2]!.get('k19')).toBe('v');
  nodes[2]!.stop();
  for (let count = 0; count < 20; count += 1) nodes[3]!.kv.delete(`k${count}`);
  world.runForMs(2 * hourMs);
  expect(nodes[0]!.kv.state.shared.fill).toMatchObject({ keyCount: 0, tombstoneCount: 0 });
  nodes[3]!.stop();
  world.nodes.delete('n2');
  world.nodes.delete('n3');
  for (const node of nodes.slice(0, 2)) {
    for (const gone of nodes.slice(2)) node.kv.onMemberEvent({ type: 'reap', member: gone.member });
  }
  return { world, nodes };
}

test('a node that was away for a month brings nothing back, and its own unsent writes are not lost', () => {
  const { world, nodes } = longAgo();
  const [a, b, away] = nodes;
  const atMs = world.wallMs;
  const saved = { state: away!.kv.state.save(), isCleanStop: true, atMs };
  world.runForMs(40 * dayMs);
  expect([...a!.kv.state.shared.digest().rows.keys()]).not.toContain(nodes[3]!.kv.state.shared.ownStream);
  const shown = new Set<string>();
  const watch = a!.kv.state.watch({ lane: 0 }, () => {
    for (let batch = watch.take(); batch !== undefined; batch = watch.take()) {
      if (batch.type === 'changes') for (const change of batch.changes) shown.add(change.key);
    }
  });
  watch.take();
  watch.take();
  const [again] = world.add(['n2'], { gossip: { beacon: false }, saved });
  again!.put('own', 'unsent');
  const steps = new Set<number>();
  expect(
    world.runUntil(
      () => {
        steps.add([...again!.kv.state.shared.list('k')].length);
        return again!.get('k0') === undefined && b!.get('own') === 'unsent';
      },
      hourMs,
      1,
    ),
  ).toBeLessThan(20 * 60_000);
  expect([...steps]).toEqual([20, 0]);
  world.runForMs(hourMs);
  expect([...shown]).toEqual(['own']);
  expect(world.all((node) => node.get('own') === 'unsent' && node.get('k0') === undefined)).toBe(true);
  expect(again!.eventsOf('discarded').length).toBe(20);
});

test('a node that was away for some days needs no more than others', () => {
  const world = new KvWorld();
  const [a] = world.add(['a'], { gossip: { beacon: false } });
  a!.put('k', 'v');
  const saved = { state: a!.kv.state.save(), isCleanStop: true, atMs: world.wallMs - 6 * dayMs };
  const [b] = world.add(['b'], { gossip: { beacon: false }, saved: { ...saved, isCleanStop: false } });
  world.runForMs(5_000);
  expect(b!.get('k')).toBe('v');
  const asked = world.sent.filter(({ from, message }) => from === 'b' && message.type === 'digest');
  expect(asked.some(({ message }) => message.type === 'digest' && message.wantsResync)).toBe(false);
});

test('a pool of which all were away for weeks waits for a minute, and then goes on as it is', () => {
  const world = new KvWorld();
  const before = names(3).map((name, index) => {
    const lone = new KvWorld(index).add([name])[0]!;
    lone.put(`of ${name}`, 'v');
    lone.kv.setOwn('mine', bytes('v'));
    return { state: lone.kv.state.save(), isCleanStop: true, atMs: world.wallMs - 20 * dayMs };
  });
  for (const [index, saved] of before.entries()) world.add([`n${index}`], { gossip: { beacon: false }, saved });
  const nodes = [...world.nodes.values()];
  world.runForMs(30_000);
  expect(nodes[0]!.get('of n1')).toBeUndefined();
  expect(nodes[0]!.getOwned('n1', 'mine')).toBe('v');
  world.runForMs(45_000);
  expect(nodes.every((node) => names(3).every((name) => node.get(`of ${name}`) === 'v'))).toBe(true);
});

test('two halves that were apart for weeks resync too', () => {
  const world = new KvWorld();
  const nodes = world.add(names(2), { gossip: { ...quiet, periodMs: 60_000 } });
  nodes[0]!.put('k', 'v');
  world.runForMs(hourMs);
  world.passes = () => false;
  world.isRecording = false;
  nodes[0]!.kv.delete('k');
  world.runForMs(8 * dayMs);
  world.passes = () => true;
  world.runForMs(hourMs);
  expect(nodes.map((node) => node.get('k'))).toEqual([undefined, undefined]);
});

test('a node that was alone for long gives the first who comes all it has, as it is', () => {
  const world = new KvWorld();
  const [a] = world.add(['a'], { gossip: { beacon: false } });
  world.isRecording = false;
  a!.put('k', 'v');
  a!.put('gone', 'v');
  a!.kv.delete('gone');
  const { version } = a!.kv.state.shared.get('k')!;
  world.runForMs(20 * dayMs);
  const [b] = world.add(['b'], { gossip: { beacon: false } });
  expect(world.runUntil(() => b!.get('k') === 'v', 60_000)).toBeLessThan(10_000);
  expect(b!.kv.state.shared.get('k')).toMatchObject({ version, orig: undefined });
  expect([...a!.events, ...b!.events]).toEqual([]);
});
