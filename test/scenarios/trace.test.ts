import { simulate, traceIn, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';

// bench/trace.mjs runs the same with a thousand members, and with real ones.

const noBytes = new Uint8Array(0);

interface PoolOptions {
  readonly seed: number;
  readonly nodeCount: number;
  readonly loss?: number;
  /** Members that take no part in state and keep no record, as those of other software. */
  readonly stock?: readonly string[];
}

function pool({ seed, nodeCount, loss = 0, stock = [] }: PoolOptions): Scenario {
  const kv = { isCapable: (name: string) => !stock.includes(name) };
  return simulate({ seed, nodeCount, serf: {}, kv, network: { loss }, checkers: [] }).runForMs(5_000);
}

function traceEvent(cluster: Scenario, origin: string = 'n1', timeoutMs: number = 10_000, loss: number = 0) {
  return traceIn(cluster, origin, (core, nowMs) => core.traceEvent(nowMs, 'deploy', noBytes, { timeoutMs, loss }));
}

test.each([1, 2, 3])('of 40 members each is accounted for, and the curve is within the band (seed %i)', (seed) => {
  const cluster = pool({ seed, nodeCount: 40 });
  const report = traceEvent(cluster);
  expect(report.hearers).toHaveLength(40);
  expect(report).toMatchObject({ unheard: [], missing: [], isWithinBand: true, model: { memberCount: 40, fanOut: 3 } });
  expect(report.rounds[0]).toMatchObject({ round: 0, infected: 1, expected: 1 });
  expect(report.rounds.at(-1)!.infected).toBe(40);
  expect(report.lossSeen).toBe(0);
});

test('times, parents and hops are those of the packets', () => {
  const cluster = pool({ seed: 4, nodeCount: 12 });
  const bornAtMs = cluster.nowMs;
  const heardAtMs = new Map<string, number>();
  cluster.simulator.observe({
    onEvent: (node, event) => {
      if (event.type === 'user') heardAtMs.set(node.name, cluster.nowMs - bornAtMs);
    },
  });
  const { hearers, errorMs } = traceEvent(cluster);
  expect(errorMs).toBeLessThan(5);
  const byName = new Map(hearers.map((hearer) => [hearer.name, hearer]));
  for (const { name, afterMs, errorMs: ownErrorMs, from, hop } of hearers) {
    expect(Math.abs(afterMs - heardAtMs.get(name)!)).toBeLessThanOrEqual(ownErrorMs + 0.2);
    if (name === 'n1') continue;
    const parent = byName.get(from!)!;
    expect(hop).toBe(parent.hop! + 1);
    expect(parent.afterMs).toBeLessThan(afterMs + errorMs);
  }
});

test('a write is traced to the members that take part in state', () => {
  const cluster = pool({ seed: 5, nodeCount: 20, stock: ['n20'] });
  const report = traceIn(cluster, 'n2', (core, nowMs) => core.traceWrite(nowMs, 'a', Uint8Array.of(1)));
  expect(report).toMatchObject({ kind: 'kv', name: 'a', origin: 'n2', unheard: [], missing: [] });
  expect(report.hearers).toHaveLength(19);
  expect(report.hearers.every(({ hop }) => hop !== undefined)).toBe(true);
  expect(cluster.kv.get('n7', 'a')).toBeDefined();
});

test('of members that keep no record the report says so, and of those who heard from them what is not known', () => {
  const report = traceEvent(pool({ seed: 6, nodeCount: 12, stock: ['n2', 'n3', 'n4', 'n5', 'n6', 'n7'] }));
  expect(report.missing.map(({ name, reason }) => `${name} ${reason}`).sort()).toEqual(
    [2, 3, 4, 5, 6, 7].map((number) => `n${number} stock`),
  );
  expect(report.hearers).toHaveLength(6);
  const holes = report.hearers.filter(({ hole }) => hole !== undefined);
  expect(holes.map(({ hole }) => hole).join()).toMatch(/heard from stock member n\d, which cannot tell its own parent/);
  expect(holes.every(({ hop }) => hop === undefined)).toBe(true);
});

test('who got no time is late for that, and for nothing else', () => {
  const cluster = pool({ seed: 7, nodeCount: 15 });
  cluster.pause('n9', { forMs: 3_000 });
  const { hearers } = traceEvent(cluster);
  const late = hearers.filter((hearer) => hearer.late !== undefined);
  expect(late.map(({ name }) => name)).toEqual(['n9']);
  expect(late[0]!.late).toMatchObject({ cause: 'stall', at: 'n9' });
});

test('who is reached by no packet for a while is late by loss', () => {
  const cluster = pool({ seed: 8, nodeCount: 15 });
  cluster.cut('all', ['n9'], { forMs: 4_000 });
  const report = traceEvent(cluster, 'n1', 60_000);
  const late = report.hearers.filter((hearer) => hearer.late !== undefined);
  expect(late.map(({ name }) => name)).toEqual(['n9']);
  expect(late[0]!.late).toMatchObject({ cause: 'loss', at: 'n9' });
});

test('who has not heard by the end is named, with the reason', () => {
  const cluster = pool({ seed: 9, nodeCount: 15 });
  // It is pinged over streams, so it stays alive, and can be asked over them.
  cluster.cut('all', ['n9'], { forMs: 2_500 });
  const report = traceEvent(cluster, 'n1', 4_000);
  expect(report.unheard.map(({ name }) => name)).toEqual(['n9']);
  expect(report.unheard[0]!.reason).toMatchObject({ cause: 'loss', at: 'n9' });
  expect(report.hearers).toHaveLength(14);
});

test('when the one who sends it has a full queue, that is why all are late', () => {
  const cluster = pool({ seed: 10, nodeCount: 15 });
  const payload = new Uint8Array(400);
  cluster.node('n1').step((core, nowMs) => {
    for (let index = 0; index < 300; index += 1) core.fireEvent(nowMs, `flood-${index}`, payload, false);
  });
  // Too long for the gaps that the others leave in packets.
  const traced = new Uint8Array(200);
  const { hearers } = traceIn(cluster, 'n1', (core, nowMs) =>
    core.traceEvent(nowMs, 'deploy', traced, { timeoutMs: 60_000 }),
  );
  expect(hearers).toHaveLength(15);
  const late = hearers.filter((hearer) => hearer.late !== undefined);
  expect(late.length).toBeGreaterThan(10);
  expect(new Set(late.map((hearer) => hearer.late!.cause))).toEqual(new Set(['queue']));
  expect(late[0]!.late).toMatchObject({ at: 'n1' });
  expect(late[0]!.late!.text).toMatch(/n1 kept it for .*: 300 messages waited there/);
});

test('lost packets are seen by the copies, and theory can be told of them', () => {
  const cluster = pool({ seed: 11, nodeCount: 40, loss: 0.2 });
  const report = traceEvent(cluster, 'n1', 60_000, 0.2);
  expect(report).toMatchObject({ missing: [], isWithinBand: true });
  expect(Math.abs(report.lossSeen! - 0.2)).toBeLessThan(0.06);
});

test('who died meanwhile is accounted for, and so is who forgot', () => {
  const cluster = pool({ seed: 12, nodeCount: 10 });
  cluster.crash('n5');
  const report = traceEvent(cluster, 'n1', 30_000);
  expect(report.missing).toEqual([{ name: 'n5', reason: 'dead' }]);
  expect(report.hearers.length + report.missing.length).toBe(10);
});

test('an option out of bounds is refused, and then nothing is sent', () => {
  const cluster = pool({ seed: 13, nodeCount: 3 });
  const sent = (): number | undefined => cluster.core('n1').serfStats?.counters.userEventsSent;
  expect(() => traceEvent(cluster, 'n1', 60_001)).toThrow(/60001.*60000/);
  expect(() => traceEvent(cluster, 'n1', 1_000, 0.95)).toThrow(/0\.95.*0\.9/);
  expect(sent()).toBe(0);
});
