import { simulate, type Scenario, type SimNode } from 'hearsay/sim';
import { beforeAll, describe, expect, test } from 'vitest';

const metric = 'load';
const nodeCount = 20;
const roundMs = 1_000;
/** The first epoch in which all take part is over then. */
const settledMs = 60_000;
const churnEveryMs = 20_000;
const endMs = 240_000;

/** A result, as its bounds should hold it in nineteen cases of twenty. All nodes come to nearly the same, so cases are few. */
interface Reading {
  readonly meanIsHeld: boolean;
  readonly sumIsHeld: boolean;
}

describe.each([0, 0.1])('with a part of %d of all packets lost, while a member dies or restarts every 20 s', (loss) => {
  const readings: Reading[] = [];
  beforeAll(() => void readings.push(...[1, 2].flatMap((seed) => readingsUnderChurn(seed, loss))), 300_000);

  test('the bound that a mean tells holds in nine cases of ten', () => {
    expect(readings.length).toBeGreaterThan(300);
    expect(shareOf(readings, ({ meanIsHeld }) => meanIsHeld)).toBeGreaterThanOrEqual(0.9);
  });

  test('and that of a sum', () => {
    expect(shareOf(readings, ({ sumIsHeld }) => sumIsHeld)).toBeGreaterThanOrEqual(0.9);
  });
});

/** The result of each epoch at each node, held against the values of those that were there when it began. */
function readingsUnderChurn(seed: number, loss: number): Reading[] {
  const telemetry = { publish: false, estimate: [metric], estimateRoundMs: roundMs };
  const cluster = simulate({ seed, nodeCount, kv: {}, telemetry, network: { loss }, checkers: [] });
  const slot = cluster.nodes[0]!.core.telemetry!.slotOf(metric)!.value;
  for (const node of cluster.nodes) begin(node);
  const story = [{ atMs: cluster.nowMs, values: valuesOf(cluster) }];
  const readings: Reading[] = [];
  const last = new Map<SimNode, unknown>();
  let down: string | undefined;
  let churnMs = settledMs;
  while (cluster.nowMs < endMs) {
    cluster.runForMs(roundMs / 2);
    if (cluster.nowMs >= churnMs) {
      churnMs += churnEveryMs;
      down = down === undefined ? crashOne(cluster, churnMs / churnEveryMs) : restart(cluster, down);
      story.push({ atMs: cluster.nowMs, values: valuesOf(cluster) });
    }
    for (const node of cluster.nodes.filter(({ state }) => state !== 'down')) {
      const { outcome } = node.core.telemetry!;
      if (outcome === undefined || outcome === last.get(node)) continue;
      last.set(node, outcome);
      const { values } = story.findLast(({ atMs }) => atMs <= outcome.beganMs) ?? story[0]!;
      const estimate = outcome.estimate(slot)!;
      const sum = values.reduce((total, value) => total + value, 0);
      readings.push({
        meanIsHeld: Math.abs(estimate.mean / (sum / values.length) - 1) <= estimate.meanErrorBound,
        sumIsHeld: Math.abs(estimate.sum / sum - 1) <= estimate.sumErrorBound,
      });
    }
  }
  return readings;
}

/** Each node's value is its number. */
function begin(node: SimNode): void {
  node.core.telemetry!.instrument('gauge', metric).set(Number(node.name.slice(1)));
}

function valuesOf(cluster: Scenario): number[] {
  return cluster.nodes.filter(({ state }) => state !== 'down').map(({ name }) => Number(name.slice(1)));
}

/** Never the seed. */
function crashOne(cluster: Scenario, turn: number): string {
  const name = `n${2 + ((turn * 7) % (nodeCount - 1))}`;
  cluster.crash(name);
  return name;
}

function restart(cluster: Scenario, name: string): undefined {
  const node = cluster.restart(name);
  node.join(name);
  begin(cluster.node(name));
}

function shareOf(readings: readonly Reading[], isSo: (reading: Reading) => boolean): number {
  return readings.filter(isSo).length / readings.length;
}
