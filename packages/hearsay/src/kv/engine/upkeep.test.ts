import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';
import type { StreamRow } from '../coverage.ts';
import { beaconKey } from './beacon.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Nothing but what a test writes, and time that passes fast. */
const quiet = { beacon: false, periodMs: 50_000 };

test('values expire by themselves, in every lane', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4), { gossip: { ...quiet, periodMs: 5_000 } });
  nodes[0]!.kv.put('k', bytes('v'), { ttlMs: minuteMs });
  nodes[1]!.kv.setOwn('k', bytes('v'), { ttlMs: minuteMs });
  nodes[2]!.kv.setTelemetry('k', bytes('v'), { ttlMs: minuteMs });
  world.runForMs(55_000);
  const shown = (): boolean[] =>
    nodes.flatMap((node) => [
      node.get('k') !== undefined,
      node.getOwned('n1', 'k') !== undefined,
      node.getTelemetry('n2', 'k') !== undefined,
    ]);
  expect(shown().every(Boolean)).toBe(true);
  world.runForMs(6_000);
  expect(shown().some(Boolean)).toBe(false);
});

test('deletions are forgotten after their time, without a word about it', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4), { gossip: quiet });
  nodes[0]!.put('k', 'v');
  world.runForMs(5 * minuteMs);
  nodes[1]!.kv.delete('k');
  world.runForMs(5 * minuteMs);
  expect(nodes.map(({ kv }) => kv.state.shared.fill.tombstoneCount)).toEqual([1, 1, 1, 1]);
  world.runForMs(24 * hourMs - 8 * minuteMs);
  world.isRecording = true;
  world.sent.length = 0;
  world.runForMs(15 * minuteMs);
  expect(nodes.map(({ kv }) => kv.state.shared.fill.tombstoneCount)).toEqual([0, 0, 0, 0]);
  expect(new Set(world.sent.map(({ message }) => message.type))).toEqual(new Set(['summary', 'equal']));
});

test('when there are too many deletions, those that all have seen are forgotten early', () => {
  const world = new KvWorld();
  const config = { sharedTombstonesMax: 10, sharedWritesBurst: 1_000 };
  const nodes = world.add(names(6), { gossip: { ...quiet, periodMs: 1_000 }, config });
  for (let count = 0; count < 9; count += 1) nodes[0]!.put(`k${count}`, 'v');
  world.runForMs(5_000);
  nodes[5]!.isPaused = true;
  for (let count = 0; count < 9; count += 1) nodes[1]!.kv.delete(`k${count}`);
  world.runForMs(5 * minuteMs);
  expect(nodes[0]!.kv.state.shared.fill.tombstoneCount).toBe(9);
  nodes[5]!.isPaused = false;
  world.runForMs(5 * minuteMs);
  // Down to where there is no pressure.
  expect(nodes.map(({ kv }) => kv.state.shared.fill.tombstoneCount)).toEqual([8, 8, 8, 8, 8, 8]);
  expect(world.all((node) => node.get('k0') === undefined)).toBe(true);
});

test('what a reaped member owned goes; what it wrote for all is adopted by one of the others', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4), { gossip: quiet });
  world.isRecording = false;
  nodes[3]!.put('k', 'v');
  nodes[3]!.kv.setOwn('mine', bytes('v'));
  world.runForMs(5 * minuteMs);
  nodes[3]!.stop();
  world.tell('failed', 'n3');
  world.runForMs(5 * minuteMs);
  expect(nodes[0]!.getOwned('n3', 'mine')).toBe('v');
  world.nodes.delete('n3');
  for (const node of nodes.slice(0, 3)) node.kv.onMemberEvent({ type: 'reap', member: nodes[3]!.member });
  expect(nodes[0]!.getOwned('n3', 'mine')).toBeUndefined();
  world.runForMs(2 * hourMs);
  const author = nodes[0]!.kv.state.shared.authorOf(nodes[0]!.kv.state.shared.get('k')!);
  expect(['n0', 'n1', 'n2']).toContain(author);
  expect(nodes.slice(0, 3).map((node) => node.get('k'))).toEqual(['v', 'v', 'v']);
  world.runForMs(30 * hourMs);
  const retired = nodes.slice(0, 3).map(({ kv }) => kv.state.shared.save().retired.length);
  expect(retired).toEqual([1, 1, 1]);
});

test('a member that was reaped while a node was down is forgotten by it, and shown to nobody again', () => {
  const world = new KvWorld();
  world.isRecording = false;
  const nodes = world.add(names(3), { gossip: quiet });
  nodes[2]!.kv.setOwn('mine', bytes('v'));
  world.runForMs(hourMs);
  const saved = { state: nodes[1]!.kv.state.save(), isCleanStop: true, atMs: world.wallMs };
  nodes[1]!.stop();
  nodes[2]!.stop();
  world.nodes.delete('n2');
  nodes[0]!.kv.onMemberEvent({ type: 'reap', member: nodes[2]!.member });
  const [again] = world.add(['n1'], { gossip: quiet, saved });
  expect(again!.getOwned('n2', 'mine')).toBe('v');
  world.runForMs(2 * hourMs);
  expect([nodes[0]!.getOwned('n2', 'mine'), again!.getOwned('n2', 'mine')]).toEqual([undefined, undefined]);
  const [late] = world.add(['n5'], { gossip: quiet });
  world.runForMs(2 * hourMs);
  expect([...late!.kv.state.owned.nodes()]).not.toContain('n2');
});

test('a stream that is retired is forgotten by all after a week, and nobody learns of it again', () => {
  const world = new KvWorld();
  const nodes = world.add(names(3), { gossip: { ...quiet, periodMs: 5 * minuteMs } });
  world.isRecording = false;
  nodes[2]!.put('k', 'v');
  world.runForMs(hourMs);
  nodes[0]!.kv.delete('k');
  const { ownStream } = nodes[2]!.kv.state.shared;
  nodes[2]!.stop();
  world.nodes.delete('n2');
  // They hear of it at different times.
  for (const node of nodes.slice(0, 2)) {
    node.kv.onMemberEvent({ type: 'reap', member: nodes[2]!.member });
    world.runForMs(10 * minuteMs);
  }
  const rows = (): (StreamRow | undefined)[] =>
    nodes.slice(0, 2).map(({ kv }) => kv.state.shared.digest().rows.get(ownStream));
  world.runForMs(8 * 24 * hourMs - 2 * hourMs);
  expect(rows()).toMatchObject([{ prefix: 1 }, { prefix: 1 }]);
  world.runForMs(4 * hourMs);
  expect(rows()).toMatchObject([{ isFaded: true }, { isFaded: true }]);
  world.runForMs(25 * hourMs);
  expect(rows()).toEqual([undefined, undefined]);
  world.runForMs(48 * hourMs);
  expect(rows()).toEqual([undefined, undefined]);
  expect(nodes.slice(0, 2).map(({ kv }) => kv.stats.exchange.sharedSynced > 100)).toEqual([true, true]);
});

test('a member that cannot take part is no successor', () => {
  const world = new KvWorld();
  const nodes = world.add(names(2), { gossip: quiet });
  world.add(
    Array.from({ length: 30 }, (_, index) => `s${index}`),
    { isCapable: false },
  );
  world.isRecording = false;
  nodes[1]!.put('k', 'v');
  world.runForMs(5 * minuteMs);
  nodes[1]!.stop();
  world.nodes.delete('n1');
  nodes[0]!.kv.onMemberEvent({ type: 'reap', member: nodes[1]!.member });
  world.runForMs(2 * hourMs);
  expect(nodes[0]!.kv.state.shared.authorOf(nodes[0]!.kv.state.shared.get('k')!)).toBe('n0');
});

test('beacons tell how long state takes to spread, whatever the clocks say', () => {
  const world = new KvWorld();
  const nodes = world.add(names(6));
  world.isRecording = false;
  for (const [index, node] of nodes.entries()) node.skewMs = index * 1_000;
  world.runForMs(30 * minuteMs);
  const { p50, p99, count } = nodes[0]!.kv.stats.propagationMs!;
  expect(count).toBeGreaterThan(10);
  expect(p50).toBeGreaterThan(50);
  expect(p50).toBeLessThan(2_000);
  expect(p99).toBeLessThan(6_000);
  expect(p99).toBeGreaterThanOrEqual(p50);
});

test('a beacon makes room for a key of the user, and is not written when there is none', () => {
  const world = new KvWorld();
  const [a] = world.add(['a', 'b'], { config: { telemetryKeysMax: 2 } });
  world.isRecording = false;
  world.runForMs(5 * minuteMs);
  const has = (): boolean => a!.getTelemetry('a', beaconKey) !== undefined;
  expect(has()).toBe(true);
  a!.kv.setTelemetry('x', bytes('v'));
  expect(has()).toBe(true);
  a!.kv.setTelemetry('y', bytes('v'));
  expect(has()).toBe(false);
  expect(() => a!.kv.setTelemetry('z', bytes('v'))).toThrow(expect.objectContaining({ code: 'ERR_KV_TELEMETRY_FULL' }));
  world.runForMs(5 * minuteMs);
  expect(has()).toBe(false);
});

test('without the switch no beacon is written', () => {
  const world = new KvWorld();
  const nodes = world.add(names(3), { gossip: { beacon: false } });
  world.isRecording = false;
  world.runForMs(10 * minuteMs);
  expect(nodes.flatMap(({ kv }) => [...kv.state.telemetry.list('n0')])).toEqual([]);
});
