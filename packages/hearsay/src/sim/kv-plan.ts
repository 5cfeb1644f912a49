import type { KvConfig, KvGossipConfig } from '../kv/index.ts';
import { ClusterError, randomChance, randomFloat, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { planFromSeed, type Plan, type PlannedStep } from './plan.ts';
import type { KvScenarioOptions } from './scenario-options.ts';
import type { Scenario } from './scenario.ts';
import { serfPlanFromSeed } from './serf-plan.ts';

/** What users of gossiped state do, and what their hosts do to it. Nodes are named by index. */
export type KvAction =
  | { readonly type: 'kv-put'; readonly node: number; readonly key: string; readonly ttlMs: number }
  | { readonly type: 'kv-delete'; readonly node: number; readonly key: string }
  | { readonly type: 'kv-own'; readonly node: number; readonly key: string }
  | { readonly type: 'kv-delete-own'; readonly node: number; readonly key: string }
  | { readonly type: 'kv-telemetry'; readonly node: number }
  /** Deletions that are old enough are forgotten, and the streams of the dead seen to, at this very moment. */
  | { readonly type: 'kv-tend'; readonly node: number }
  /** The wall clock there is set. */
  | { readonly type: 'kv-clock'; readonly node: number; readonly aheadMs: number };

/** Gossiped state in a plan. */
export interface KvPlan {
  readonly config: Partial<KvConfig>;
  readonly gossip: Partial<KvGossipConfig>;
  readonly disk: boolean;
  /** Nodes, by index, that take no part. */
  readonly strangers: readonly number[];
}

/** Keeps what state adds to a plan apart from the plan's own chance. */
const KV_STREAM = -5;
const KEYS = ['x', 'y', 'z'] as const;

/** What a seed stands for when the members gossip state: the faults of a plain or a Serf plan, and users of state. */
export function kvPlanFromSeed(seed: number): Plan {
  const rng = new SeededRng(seed, KV_STREAM);
  const plan = randomChance(rng, 0.5) ? serfPlanFromSeed(seed) : planFromSeed(seed);
  const ofMembers = plan.steps.filter(({ what }) => what.type !== 'broadcast' && what.type !== 'query');
  const steps = [...ofMembers, ...planActions(rng, plan)].filter((step) => step.atMs < plan.safetyMs);
  return { ...plan, steps: steps.sort((a, b) => a.atMs - b.atMs), kv: planState(rng, plan) };
}

/** As a scenario takes it. */
export function toKvScenario({ strangers, ...options }: KvPlan): KvScenarioOptions {
  const names = new Set(strangers.map((index) => `n${index + 1}`));
  return { ...options, isCapable: (name) => !names.has(name) };
}

/** Does it. What makes no sense at the moment does nothing. */
export function performKv(scenario: Scenario, action: KvAction): void {
  const node = scenario.nodes[action.node]!;
  if (action.type === 'kv-clock') return scenario.kv.setClock(node.name, action.aheadMs);
  if (!scenario.liveNodes().includes(node) || node.core.kv === undefined) return;
  switch (action.type) {
    case 'kv-put':
      return unlessClockAhead(() => scenario.kv.put(node.name, action.key, valueAt(scenario), { ttlMs: action.ttlMs }));
    case 'kv-delete':
      return unlessClockAhead(() => scenario.kv.delete(node.name, action.key));
    case 'kv-own':
      scenario.kv.setOwn(node.name, action.key, valueAt(scenario));
      return;
    case 'kv-delete-own':
      scenario.kv.deleteOwn(node.name, action.key);
      return;
    case 'kv-telemetry':
      scenario.kv.setTelemetry(node.name, 'load', valueAt(scenario));
      return;
    case 'kv-tend':
      scenario.kv.tend(node.name);
      return;
  }
}

/** Users whose clocks are wrong are told so. */
function unlessClockAhead(write: () => unknown): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'ERR_KV_CLOCK_AHEAD') throw error;
  }
}

/** No two writes are of the same value. */
function valueAt(scenario: Scenario): string {
  return `${scenario.nowMs}/${scenario.kv.writes.length}`;
}

/** Durations of which a short run sees the end. */
function planState(rng: Rng, { nodeCount, seedNodeCount }: Plan): KvPlan {
  const others = Array.from({ length: nodeCount - seedNodeCount }, (_, index) => seedNodeCount + index);
  return {
    config: {
      sharedTombstoneKeepMs: pick(rng, [1, 2_000, 10_000]),
      ownedTombstoneKeepMs: pick(rng, [1, 2_000, 10_000]),
      adoptAfterMs: pick(rng, [1_000, 5_000, 3_600_000]),
      retireAfterMs: pick(rng, [5_000, 15_000]),
    },
    gossip: {
      peersPerPeriod: 1 + randomInt(rng, 3),
      rumors: randomChance(rng, 0.8),
      beacon: randomChance(rng, 0.5),
      burstBytes: pick(rng, [16_384, 262_144]),
      bytesPerSecond: pick(rng, [4_000, 65_536]),
    },
    disk: randomChance(rng, 0.5),
    strangers: randomChance(rng, 0.4) ? others.filter(() => randomChance(rng, 0.3)) : [],
  };
}

function planActions(rng: Rng, { nodeCount, safetyMs }: Plan): PlannedStep[] {
  return Array.from({ length: 10 + randomInt(rng, 40) }, () => {
    const atMs = 500 + randomInt(rng, safetyMs - 500);
    return { atMs, what: planAction(rng, randomInt(rng, nodeCount)) };
  });
}

function planAction(rng: Rng, node: number): KvAction {
  const key = pick(rng, KEYS);
  switch (randomInt(rng, 14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return { type: 'kv-put', node, key, ttlMs: randomChance(rng, 0.2) ? 1_000 + randomInt(rng, 8_000) : 0 };
    case 4:
    case 5:
    case 6:
      return { type: 'kv-delete', node, key };
    case 7:
    case 8:
    case 9:
      return { type: 'kv-tend', node };
    case 10:
      return { type: 'kv-own', node, key };
    case 11:
      return { type: 'kv-delete-own', node, key };
    case 12:
      return { type: 'kv-telemetry', node };
    default:
      // Mostly within what is tolerated, at times far beyond.
      return { type: 'kv-clock', node, aheadMs: Math.round((randomFloat(rng) - 0.5) * pick(rng, [8_000, 60_000])) };
  }
}

function pick<Value>(rng: Rng, values: readonly Value[]): Value {
  return values[randomInt(rng, values.length)]!;
}
