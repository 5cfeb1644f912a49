import { ringFactorAbove, type RuleSetName, type SwimConfig } from '../swim/index.ts';
import { randomChance, randomFloat, randomInt, SeededRng, shuffle, type Rng } from '../util/index.ts';
import type { Fault } from './faults.ts';
import type { SerfScenarioOptions } from './scenario-options.ts';
import type { KvAction, KvPlan } from './kv-plan.ts';
import type { SerfAction } from './serf-plan.ts';
import { quietNetwork, type NetworkConfig } from './sim-network.ts';
import { planWorkload, type UserAction } from './workload.ts';

/** One thing that a run does, and when. */
export interface PlannedStep {
  readonly atMs: number;
  readonly what: Fault | UserAction | SerfAction | KvAction;
}

/** All of a run's parameters. Plain data: it can be printed, compared and changed before it runs. */
export interface Plan {
  readonly seed: number;
  readonly nodeCount: number;
  readonly seedNodeCount: number;
  readonly start: 'joined' | 'joining';
  readonly swim: Partial<SwimConfig>;
  /** Of each node. */
  readonly rules: readonly RuleSetName[];
  /** While faults are injected. */
  readonly network: NetworkConfig;
  /** Afterwards. */
  readonly calmNetwork: NetworkConfig;
  /** For how long faults are injected. */
  readonly safetyMs: number;
  /** By time. */
  readonly steps: readonly PlannedStep[];
  /** What happens to each process that is down when the faults end, in order of the nodes. */
  readonly afterwards: readonly ('restart' | 'thaw' | 'stay-down')[];
  /** Makes it a Serf pool. */
  readonly serf?: SerfScenarioOptions;
  /** The members gossip state. */
  readonly kv?: KvPlan;
}

/** Keeps the plan's chance apart from that of network and nodes. */
const PLAN_STREAM = -2;
/** So that a seed is the same plan whatever its members' rules. */
const RULES_STREAM = -8;
const SEEDS_MAX = 2;
/** Every twentieth seed is a pool of so many that a rumor is sent less often. */
const LARGE_POOL_SEEDS = 20;
const LARGE_POOL_MIN = ringFactorAbove + 1;
const SMALL_POOL_MIN = 3;

/** What a seed stands for. */
export function planFromSeed(seed: number): Plan {
  const rng = new SeededRng(seed, PLAN_STREAM);
  const poolMin = seed % LARGE_POOL_SEEDS === 0 ? LARGE_POOL_MIN : SMALL_POOL_MIN;
  const nodeCount = poolMin + Math.min(randomInt(rng, 10), randomInt(rng, 10));
  const safetyMs = 20_000 + randomInt(rng, 25_000);
  const network = planNetwork(rng);
  const steps = [...planFaults(rng, nodeCount, safetyMs), ...planWorkload(rng, nodeCount, safetyMs)];
  const seedNodeCount = 1 + randomInt(rng, SEEDS_MAX);
  return {
    seed,
    nodeCount,
    seedNodeCount,
    start: randomChance(rng, 0.3) ? 'joining' : 'joined',
    swim: planSwim(rng),
    rules: planRules(new SeededRng(seed, RULES_STREAM), nodeCount),
    network,
    calmNetwork: { ...network, loss: 0, duplication: 0, stragglerChance: 0 },
    safetyMs,
    steps: steps.filter((step) => step.atMs < safetyMs).sort((a, b) => a.atMs - b.atMs),
    // Seeds come back: nodes that never got to join would look for them in vain.
    afterwards: Array.from({ length: nodeCount }, (_, index) =>
      pick(rng, index < seedNodeCount ? ['restart', 'thaw'] : ['restart', 'restart', 'thaw', 'stay-down']),
    ),
  };
}

/** The LAN preset, with the slow intervals shortened so that a short run sees them come round. */
function planSwim(rng: Rng): Partial<SwimConfig> {
  return {
    pushPullIntervalMs: pick(rng, [5_000, 10_000, 30_000]),
    healIntervalMs: pick(rng, [5_000, 10_000]),
    gossipToTheDeadMs: pick(rng, [5_000, 10_000, 30_000]),
    indirectChecks: pick(rng, [1, 3, 3]),
    streamPings: randomChance(rng, 0.7),
    compression: randomChance(rng, 0.5),
    suspicionMult: pick(rng, [3, 4, 4, 5]),
  };
}

/** Mostly ours, at times the Go code's, at times a pool of both. */
export function planRules(rng: Rng, nodeCount: number): RuleSetName[] {
  const kind = pick(rng, ['sharp', 'sharp', 'sharp', 'memberlist', 'mixed'] as const);
  return Array.from({ length: nodeCount }, () => (kind === 'mixed' ? pick(rng, ['sharp', 'memberlist']) : kind));
}

/** At times perfect, at times with loss, duplicates and stragglers. */
export function planNetwork(rng: Rng): NetworkConfig {
  const [latencyMinMs, latencyMaxMs] = pick(rng, [
    [0.2, 1.5],
    [0.2, 1.5],
    [1, 60],
    [20, 160],
  ] as const);
  return {
    ...quietNetwork,
    latencyMinMs,
    latencyMaxMs,
    loss: pick(rng, [0, 0, 0.02, 0.05, 0.15, 0.3]),
    duplication: pick(rng, [0, 0, 0.05, 0.3]),
    stragglerChance: pick(rng, [0, 0, 0.02, 0.1]),
    stragglerMaxMs: pick(rng, [500, 3_000, 10_000]),
    streamChunkMaxBytes: pick(rng, [64 * 1024, 700, 60]),
  };
}

/** What goes wrong within `safetyMs`. At times something does for good. */
export function planFaults(rng: Rng, nodeCount: number, safetyMs: number): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const faultCount = 1 + randomInt(rng, 6);
  for (let i = 0; i < faultCount; i++) {
    const atMs = 2_000 + randomInt(rng, safetyMs - 2_000);
    for (const what of planFault(rng, nodeCount)) steps.push({ atMs: atMs + what.afterMs, what: what.fault });
  }
  // What stays for good spares the seeds: those who can join through nobody else would wait for ever.
  if (nodeCount >= SEEDS_MAX + 2 && randomChance(rng, 0.15)) {
    const [first, second] = twoOf(rng, nodeCount - SEEDS_MAX);
    const nodes = [SEEDS_MAX + first, SEEDS_MAX + second] as const;
    steps.push({ atMs: 1_000 + randomInt(rng, safetyMs), what: { type: 'divide', nodes } });
  }
  if (nodeCount >= SEEDS_MAX + 2 && randomChance(rng, 0.15)) {
    const direction = pick(rng, ['cannot-send', 'cannot-receive'] as const);
    const node = SEEDS_MAX + randomInt(rng, nodeCount - SEEDS_MAX);
    steps.push({ atMs: 1_000 + randomInt(rng, safetyMs), what: { type: 'cut-off', node, direction } });
  }
  return steps;
}

/** Some come in pairs: a crash and what follows. */
function planFault(rng: Rng, nodeCount: number): { readonly afterMs: number; readonly fault: Fault }[] {
  const node = randomInt(rng, nodeCount);
  const forMs = spanMs(rng);
  switch (pick(rng, FAULT_TYPES)) {
    case 'crash': {
      const crash: Fault = { type: 'crash', node, isHostUp: randomChance(rng, 0.5) };
      if (randomChance(rng, 0.3)) return [{ afterMs: 0, fault: crash }];
      const memory = randomChance(rng, 0.3) ? 'kept' : 'lost';
      const restart: Fault = { type: 'restart', node, memory };
      return [
        { afterMs: 0, fault: crash },
        { afterMs: forMs, fault: restart },
      ];
    }
    case 'pause':
      return [{ afterMs: 0, fault: { type: 'pause', node, forMs } }];
    case 'isolate':
      return [{ afterMs: 0, fault: { type: 'isolate', node, forMs } }];
    case 'partition':
      return [{ afterMs: 0, fault: { type: 'partition', groups: twoGroups(rng, nodeCount), forMs } }];
    case 'cut':
      return [{ afterMs: 0, fault: { type: 'links', ...linkEnds(rng, nodeCount), loss: 1, forMs } }];
    case 'loss': {
      const loss = 0.2 + 0.7 * randomFloat(rng);
      return [{ afterMs: 0, fault: { type: 'links', ...linkEnds(rng, nodeCount), loss, forMs } }];
    }
    case 'slow': {
      const addedLatencyMs = 100 + randomInt(rng, 1_500);
      return [{ afterMs: 0, fault: { type: 'links', ...linkEnds(rng, nodeCount), addedLatencyMs, forMs } }];
    }
    case 'clog':
      return [{ afterMs: 0, fault: { type: 'links', ...linkEnds(rng, nodeCount), clogged: true, forMs } }];
    case 'no-packets':
      return [{ afterMs: 0, fault: { type: 'links', from: 'all', to: [node], loss: 1, channel: 'packets', forMs } }];
    case 'no-streams':
      return [{ afterMs: 0, fault: { type: 'links', from: 'all', to: [node], loss: 1, channel: 'streams', forMs } }];
  }
}

const FAULT_TYPES = [
  'crash',
  'crash',
  'pause',
  'pause',
  'isolate',
  'partition',
  'cut',
  'loss',
  'slow',
  'clog',
  'no-packets',
  'no-streams',
] as const;

/** Mostly about as long as a suspicion, at times much shorter or longer. */
function spanMs(rng: Rng): number {
  return Math.round(300 * 80 ** randomFloat(rng));
}

/** One node to all, all to one, or some to some others. */
function linkEnds(rng: Rng, nodeCount: number): { from: readonly number[] | 'all'; to: readonly number[] | 'all' } {
  const node = [randomInt(rng, nodeCount)];
  const kind = randomInt(rng, 3);
  if (kind === 0) return { from: node, to: 'all' };
  if (kind === 1) return { from: 'all', to: node };
  const [from, to] = twoGroups(rng, nodeCount);
  return { from: from!, to: to! };
}

function twoGroups(rng: Rng, nodeCount: number): number[][] {
  const order = Array.from({ length: nodeCount }, (_, index) => index);
  shuffle(rng, order);
  const at = 1 + randomInt(rng, nodeCount - 1);
  return [order.slice(0, at), order.slice(at)];
}

function twoOf(rng: Rng, nodeCount: number): readonly [number, number] {
  const first = randomInt(rng, nodeCount);
  return [first, (first + 1 + randomInt(rng, nodeCount - 1)) % nodeCount];
}

function pick<Value>(rng: Rng, values: readonly Value[]): Value {
  return values[randomInt(rng, values.length)]!;
}
