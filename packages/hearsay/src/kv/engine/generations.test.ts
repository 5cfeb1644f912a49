import { expect, test } from 'vitest';
import { bytes } from '../../../../../test/support/kv-node.ts';
import { KvWorld, names } from '../../../../../test/support/kv-world.ts';
import { kvLimits } from '../limits.ts';
import { newGeneration, streamKeyOf } from '../stream.ts';

test('a member that was given up and returns is told so, and what it owns is shown again', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4));
  const [a] = nodes;
  a!.kv.setOwn('version', bytes('1'));
  world.runForMs(5_000);
  a!.isPaused = true;
  world.tell('failed', 'n0');
  world.tell('reap', 'n0');
  world.runForMs(5_000);
  expect(nodes[1]!.getOwned('n0', 'version')).toBeUndefined();
  a!.isPaused = false;
  world.tell('join', 'n0');
  expect(world.runUntil(() => world.all((node) => node.getOwned('n0', 'version') === '1'), 20_000)).toBeLessThan(
    10_000,
  );
  expect(a!.eventsOf('generation-opened')).toMatchObject([{ reason: 'retired' }]);
  a!.kv.setOwn('version', bytes('2'));
  world.runForMs(5_000);
  expect(world.all((node) => node.getOwned('n0', 'version') === '2')).toBe(true);
});

test('a member that has forgotten what it wrote goes on in new streams, and gives no version twice', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4));
  const old = nodes[0]!;
  const before = old.kv.state.save();
  old.put('k', 'v1');
  old.kv.setOwn('mine', bytes('v1'));
  world.runForMs(5_000);
  const dot = old.kv.state.shared.get('k')!;
  old.stop();
  // It begins with an old state, and believes that nothing was lost.
  const [again] = world.add(['n0'], { saved: { state: before, isCleanStop: true } });
  world.runForMs(10_000);
  again!.kv.setOwn('mine', bytes('v2'));
  expect(again!.eventsOf('generation-opened').length).toBeGreaterThanOrEqual(1);
  expect(again!.kv.state.own.generation > old.kv.state.own.generation).toBe(true);
  again!.put('m', 'v3');
  world.runForMs(10_000);
  const values = nodes.slice(1).map((node) => [node.get('k'), node.get('m'), node.getOwned('n0', 'mine')]);
  expect(values).toEqual([1, 2, 3].map(() => ['v1', 'v3', 'v2']));
  expect(again!.kv.state.shared.get('m')!.stream).not.toBe(dot.stream);
});

test('however often a member is told to, it opens few generations', () => {
  const world = new KvWorld();
  const [a, b] = world.add(['a', 'b']);
  world.runForMs(2_000);
  for (let count = 0; count < 50; count += 1) {
    const { ownStream: stream } = a!.kv.state.owned;
    const refusals = [{ stream, version: 1, reason: 'retired' as const, aheadMs: 0 }];
    world.deliver('a', { type: 'nack', from: 'b', refusals });
  }
  expect(a!.eventsOf('generation-opened').length).toBe(3);
  expect(b!.events).toEqual([]);
});

test('members with other limits are told of once', () => {
  const world = new KvWorld();
  const nodes = world.add(names(3));
  const [other] = world.add(['odd'], { config: { sharedKeysMax: 20_000 } });
  world.runForMs(30_000);
  expect(nodes[0]!.eventsOf('limits-differ')).toEqual([{ type: 'limits-differ', peer: 'odd' }]);
  expect(
    other!
      .eventsOf('limits-differ')
      .map(({ peer }) => peer)
      .toSorted(),
  ).toEqual(names(3));
});

test('after it has stopped a node writes nothing, and it can begin again', () => {
  const world = new KvWorld();
  const [a, b] = world.add(['a', 'b']);
  a!.stop();
  for (const write of [
    () => a!.put('k', 'v'),
    () => a!.kv.delete('k'),
    () => a!.kv.setOwn('k', bytes('v')),
    () => a!.kv.deleteOwn('k'),
    () => a!.kv.setTelemetry('k', bytes('v')),
    () => a!.kv.deleteTelemetry('k'),
  ]) {
    expect(write).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  }
  a!.start();
  a!.put('k', 'v');
  world.runForMs(3_000);
  expect(b!.get('k')).toBe('v');
});

test('nothing that a peer sends harms: strangers, unread bytes and messages of no session are counted', () => {
  const world = new KvWorld();
  const [a] = world.add(['a', 'b']);
  const from = { host: '10.0.0.1', port: 9 };
  expect(a!.kv.onUserMessage(Uint8Array.of(1, 2, 3), from)).toBe(false);
  expect(a!.kv.onUserMessage(Uint8Array.of(0xe7, 0x47, 0x53, 1, 1, 0), from)).toBe(true);
  world.deliver('a', { type: 'busy', session: 1, from: 'nobody', retryMs: 1 });
  world.deliver('a', { type: 'busy', session: 1, from: 'a', retryMs: 1 });
  world.deliver('a', { type: 'equal', session: 1, from: 'b', receipts: [] });
  const { dropped, exchange } = a!.kv.stats;
  expect(dropped).toMatchObject({ truncated: 1, stranger: 2 });
  expect(exchange.stray).toBe(1);
});

test('a member that starts with nothing and a clock set back goes on after its former life at once', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4));
  nodes[0]!.kv.setOwn('version', bytes('1'));
  world.runForMs(5_000);
  nodes[0]!.stop();
  const [again] = world.add(['n0'], { skewMs: -60_000 });
  world.runForMs(5_000);
  expect(again!.eventsOf('generation-opened').length).toBe(1);
  expect(again!.kv.state.own.generation > nodes[0]!.kv.state.own.generation).toBe(true);
  for (const node of nodes.slice(1)) expect(node.getOwned('n0', 'version')).toBeUndefined();
});

test.each([
  ['after the end of time', 'ffffffffffff0000'],
  ['a little before the end of time', 'fffffffffff00000'],
  ['of the next century', newGeneration(4_910_000_000_000, 0)],
])('a generation %s is taken by nobody, and what a member owns stays there', (_, generation) => {
  const world = new KvWorld();
  const nodes = world.add(['a', 'b', 'c']);
  nodes[0]!.kv.setOwn('version', bytes('1'));
  world.runForMs(2_000);
  const own = nodes[0]!.kv.state.own;
  const owner = { node: 'a', generation };
  const entry = { key: 'version', kind: 'put', value: bytes('x'), version: 1, ttlMs: 0, ageMs: 0 } as const;
  const stamp = { epoch: 0, ms: world.wallMs, counter: 0 };
  const shared = { ...entry, lane: 0, stamp, orig: undefined, adopt: 0, parent: undefined } as const;
  for (const { name } of nodes) {
    world.deliver(name, { type: 'rumor', owner, entry: { ...entry, lane: 1, stream: streamKeyOf(owner, 1) } });
    world.deliver(name, { type: 'rumor', owner, entry: { ...shared, stream: streamKeyOf(owner, 0) } });
  }
  world.runForMs(2_000);
  expect(nodes[0]!.kv.state.own).toEqual(own);
  expect(world.all((node) => node.getOwned('a', 'version') === '1' && node.get('version') === undefined)).toBe(true);
  expect(nodes[1]!.kv.stats.refusals).toMatchObject({ stream: 2 });
  nodes[0]!.kv.setOwn('version', bytes('2'));
  world.runForMs(2_000);
  expect(world.all((node) => node.getOwned('a', 'version') === '2')).toBe(true);
});

test('a member of whom the latest generation there may be is told goes on after it', () => {
  const world = new KvWorld();
  const nodes = world.add(names(4));
  world.runForMs(2_000);
  const owner = { node: 'n0', generation: newGeneration(world.wallMs + kvLimits.generationAheadMaxMs, 0xffff) };
  const entry = { lane: 1, key: 'version', kind: 'put', value: bytes('x'), version: 1, ttlMs: 0, ageMs: 0 } as const;
  world.deliver('n1', { type: 'rumor', owner, entry: { ...entry, stream: streamKeyOf(owner, 1) } });
  world.runForMs(5_000);
  nodes[0]!.kv.setOwn('version', bytes('2'));
  world.runForMs(5_000);
  expect(world.all((node) => node.getOwned('n0', 'version') === '2')).toBe(true);
});

test('a member whose clock begins in 1970 shows what others own, and they what it does', () => {
  const world = new KvWorld();
  const nodes = world.add(['a', 'b', 'c']);
  nodes[0]!.kv.setOwn('version', bytes('1'));
  const [late] = world.add(['late'], { skewMs: -world.wallMs });
  late!.kv.setOwn('version', bytes('2'));
  world.runForMs(5_000);
  expect(late!.getOwned('a', 'version')).toBe('1');
  expect(nodes[0]!.getOwned('late', 'version')).toBe('2');
});

test('after a clean stop the streams go on, and telemetry, which is not stored, in a new one', () => {
  const world = new KvWorld();
  const [, before] = world.add(['a', 'b', 'c']);
  for (const value of ['1', '2', '3']) {
    before!.kv.setTelemetry('load', bytes(value));
    before!.kv.setOwn('version', bytes(value));
    world.runForMs(2_000);
  }
  const saved = { state: before!.kv.state.save(), isCleanStop: true, atMs: world.wallMs };
  before!.stop();
  world.runForMs(3_000);
  const [again] = world.add(['b'], { saved });
  again!.kv.setTelemetry('load', bytes('4'));
  again!.kv.setOwn('version', bytes('4'));
  world.runForMs(5_000);
  expect(world.all((node) => node.getTelemetry('b', 'load') === '4' && node.getOwned('b', 'version') === '4')).toBe(
    true,
  );
  expect(again!.events).toEqual([]);
  const streams = [before!, again!].map(({ kv: { state } }) => [state.shared, state.owned, state.telemetry]);
  const [first, second] = streams.map((lanes) => lanes.map(({ ownStream }) => ownStream));
  expect(second!.map((stream, lane) => stream === first![lane])).toEqual([true, true, false]);
});

test('a node whose telemetry is of a later generation than its other streams can open one for all', () => {
  const world = new KvWorld();
  const [before] = world.add(['a', 'b']);
  const saved = { state: before!.kv.state.save(), isCleanStop: true, atMs: world.wallMs };
  before!.stop();
  world.runForMs(3_600_000);
  const [again] = world.add(['a'], { saved });
  again!.kv.setTelemetry('load', bytes('1'));
  // Its clock is set back to before it began.
  again!.skewMs = -3_600_000;
  world.runForMs(2_000);
  const refusals = [{ stream: again!.kv.state.owned.ownStream, version: 1, reason: 'retired', aheadMs: 0 }] as const;
  world.deliver('a', { type: 'nack', from: 'b', refusals });
  again!.kv.setTelemetry('load', bytes('2'));
  world.runForMs(5_000);
  expect(again!.eventsOf('generation-opened').length).toBe(1);
  expect(world.all((node) => node.getTelemetry('a', 'load') === '2')).toBe(true);
});
