import type { MemberReport } from 'hearsay/core';
import { simulate, type Scenario, type SerfScenarioOptions } from 'hearsay/sim';
import { expect, test } from 'vitest';

function reportOf(cluster: Scenario, observer: string, subject: string): MemberReport {
  return cluster
    .core(observer)
    .memberReports()
    .find(({ name }) => name === subject)!;
}

function pool(serf: SerfScenarioOptions | undefined = {}): Scenario {
  const isCapable = (name: string): boolean => name !== 'n5';
  return simulate({ seed: 7, nodeCount: 5, serf, kv: { isCapable }, telemetry: {}, checkers: [] }).runForMs(20_000);
}

test('a member that is well has a round trip and no delay, and nothing is to be told of it', () => {
  const cluster = pool();
  const report = reportOf(cluster, 'n1', 'n2');
  expect(report).toMatchObject({ name: 'n2', state: 'alive', why: '', isOurs: true, lagMs: 0 });
  expect(report.rttMs).toBeGreaterThan(0);
  expect(report.stateForMs).toBeGreaterThanOrEqual(19_000);
});

test('of a member that takes no part in state, and of the node itself, some is not known', () => {
  const cluster = pool();
  expect(reportOf(cluster, 'n1', 'n5')).toMatchObject({ state: 'alive', isOurs: false, lagMs: undefined });
  expect(reportOf(cluster, 'n1', 'n1')).toMatchObject({ state: 'alive', isOurs: true, rttMs: undefined, lagMs: 0 });
});

test('without coordinates the round trip is that of the last ack', () => {
  const cluster = simulate({ seed: 7, nodeCount: 3 }).runForMs(10_000);
  expect(reportOf(cluster, 'n1', 'n2').rttMs).toBeGreaterThan(0);
});

test('a member that stops is suspect, then failed, and back when it goes on, each with its reason', () => {
  const cluster = pool();
  cluster.pause('n2').runUntil(() => cluster.stateAt('n1', 'n2') === 'suspect');
  expect(reportOf(cluster, 'n1', 'n2')).toMatchObject({ state: 'suspect' });
  cluster.runUntil(() => cluster.stateAt('n1', 'n2') === 'dead');
  const failed = reportOf(cluster, 'n1', 'n2');
  expect(failed).toMatchObject({ state: 'failed', stateForMs: 0 });
  expect(failed.why).toMatch(/^(no ack|accused by n\d)/);
  expect(cluster.core('n1').recentTransitions(2)).toMatchObject([
    { node: 'n2', from: 'suspect', to: 'dead', agoMs: 0 },
    { node: 'n2', from: 'alive', to: 'suspect' },
  ]);
  cluster.resume('n2').runUntil(() => cluster.stateAt('n1', 'n2') === 'alive');
  const back = reportOf(cluster, 'n1', 'n2');
  expect(back).toMatchObject({ state: 'alive', why: `was failed: ${failed.why}` });
});

test('who failed or left is told of for as long as Serf remembers it', () => {
  const cluster = pool();
  cluster
    .crash('n2')
    .leave('n3', { thenStop: true })
    .runUntil(() => cluster.stateAt('n1', 'n2') === 'dead');
  const { why } = reportOf(cluster, 'n1', 'n2');
  cluster.runForMs(120_000);
  expect(cluster.stateAt('n1', 'n2')).toBeUndefined();
  const failed = reportOf(cluster, 'n1', 'n2');
  expect(failed).toMatchObject({ state: 'failed', why, isOurs: true });
  expect(failed.stateForMs).toBeGreaterThanOrEqual(119_000);
  expect(reportOf(cluster, 'n1', 'n3')).toMatchObject({ state: 'left', why: 'on purpose', isOurs: true });
});

test('a member that left did so on purpose', () => {
  const cluster = pool();
  cluster.leave('n2', { thenStop: true }).runForMs(20_000);
  expect(reportOf(cluster, 'n1', 'n2')).toMatchObject({ state: 'left', why: 'on purpose' });
});

test('a member that failed and was told to leave counts as left, and is known to have failed', () => {
  const cluster = pool();
  cluster.crash('n2').runUntil(() => cluster.stateAt('n1', 'n2') === 'dead');
  cluster.serf.forceLeave('n3', 'n2');
  cluster.runForMs(5_000);
  const { state, why } = reportOf(cluster, 'n1', 'n2');
  expect(state).toBe('left');
  expect(why).toMatch(/^failed before: (no ack|accused by)/);
});

test('a member whose state comes no more is late for as long as the last of it is believed', () => {
  const cluster = pool();
  const lags: (number | undefined)[] = [];
  cluster.isolate('n2').runUntil(() => {
    lags.push(reportOf(cluster, 'n1', 'n2').lagMs);
    return lags.at(-1) === undefined;
  });
  const known = lags.filter((lagMs) => lagMs !== undefined);
  expect(Math.max(...known)).toBeGreaterThan(15_000);
});
