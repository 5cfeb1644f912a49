import { randomChance, randomInt, SeededRng, type Rng } from '../util/index.ts';
import { planFromSeed, type Plan, type PlannedStep } from './plan.ts';
import type { Scenario } from './scenario.ts';
import type { SimNode } from './sim-node.ts';
import type { SerfScenarioOptions } from './scenario-options.ts';

/** What users of a Serf pool do besides joining and leaving. Nodes are named by index. */
export type SerfAction =
  | { readonly type: 'set-tags'; readonly node: number; readonly value: string }
  | { readonly type: 'user-event'; readonly node: number; readonly name: string }
  | { readonly type: 'query'; readonly node: number; readonly name: string }
  /** Also of nodes that are well, which then deny it. */
  | { readonly type: 'force-leave'; readonly node: number; readonly subject: number; readonly prune: boolean };

/** Keeps what Serf adds to a plan apart from the plan's own chance. */
const SERF_STREAM = -4;

/** What a seed stands for in a Serf pool: the faults of the same plain plan, and users of Serf. */
export function serfPlanFromSeed(seed: number): Plan {
  const plan = planFromSeed(seed);
  const rng = new SeededRng(seed, SERF_STREAM);
  const ofAllPools = plan.steps.filter(({ what }) => what.type !== 'update-meta' && what.type !== 'broadcast');
  const massRestart = randomChance(rng, 0.2) ? planMassRestart(rng, plan) : [];
  const steps = [...ofAllPools, ...planActions(rng, plan), ...massRestart];
  return {
    ...plan,
    steps: steps.filter((step) => step.atMs < plan.safetyMs).sort((a, b) => a.atMs - b.atMs),
    serf: planSerf(rng),
  };
}

/** Does it. What makes no sense at the moment does nothing. */
export function performSerf(scenario: Scenario, action: SerfAction): void {
  const node = scenario.nodes[action.node]!;
  if (!scenario.liveNodes().includes(node)) return;
  switch (action.type) {
    case 'set-tags':
      return scenario.serf.setTags(node.name, { role: 'sim', value: action.value });
    case 'user-event':
      return scenario.serf.event(node.name, action.name, 'payload');
    case 'query':
      scenario.serf.query(node.name, action.name, null, { requestAck: true });
      return;
    case 'force-leave': {
      const { name } = scenario.nodes[action.subject]!;
      scenario.serf.forceLeave(node.name, name, action.prune && isGone(scenario, name));
      return;
    }
  }
}

/**
 * Whether no live node takes it for reachable. Serf forgets a member that is pruned although membership still sees it,
 * for as long as membership does; operators are told to prune only who is gone.
 */
function isGone(scenario: Scenario, name: string): boolean {
  const isHere = ({ core }: SimNode): boolean => {
    const state = core.memberState(name);
    return state === 'alive' || state === 'suspect';
  };
  return scenario.nodes.every((node) => node.state === 'down' || !isHere(node)) && scenario.node(name).state === 'down';
}

/** Waits that a short run sees the end of. */
function planSerf(rng: Rng): SerfScenarioOptions {
  return {
    snapshots: randomChance(rng, 0.7),
    config: {
      reapIntervalMs: 2_000,
      reconnectIntervalMs: 5_000,
      reconnectTimeoutMs: randomChance(rng, 0.5) ? 15_000 : 86_400_000,
      tombstoneTimeoutMs: randomChance(rng, 0.5) ? 15_000 : 86_400_000,
      recentIntentTimeoutMs: randomChance(rng, 0.5) ? 10_000 : 300_000,
      rejoinAfterLeave: randomChance(rng, 0.5),
      snapshotMinCompactBytes: randomChance(rng, 0.5) ? 200 : 131_072,
    },
  };
}

function planActions(rng: Rng, { nodeCount, safetyMs }: Plan): PlannedStep[] {
  return Array.from({ length: 4 + randomInt(rng, 12) }, (_, index) => {
    const atMs = 500 + randomInt(rng, safetyMs - 500);
    return { atMs, what: planAction(rng, randomInt(rng, nodeCount), nodeCount, index) };
  });
}

function planAction(rng: Rng, node: number, nodeCount: number, index: number): SerfAction {
  switch (randomInt(rng, 6)) {
    case 0:
      return { type: 'set-tags', node, value: `v${index}` };
    case 1:
    case 2:
      return { type: 'user-event', node, name: `event-${index}` };
    case 3:
      return { type: 'query', node, name: `query-${index}` };
    default:
      return { type: 'force-leave', node, subject: randomInt(rng, nodeCount), prune: randomChance(rng, 0.3) };
  }
}

/** All but the seeds lose power at once, and come back within seconds. */
function planMassRestart(rng: Rng, { nodeCount, seedNodeCount, safetyMs }: Plan): PlannedStep[] {
  const atMs = 5_000 + randomInt(rng, safetyMs - 5_000);
  const nodes = Array.from({ length: nodeCount - seedNodeCount }, (_, index) => seedNodeCount + index);
  return nodes.flatMap((node): PlannedStep[] => [
    { atMs, what: { type: 'crash', node, isHostUp: false } },
    { atMs: atMs + 500 + randomInt(rng, 5_000), what: { type: 'return', node } },
  ]);
}
