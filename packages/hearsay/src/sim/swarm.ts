import { inject } from './faults.ts';
import { checkSerfReach } from './checkers/serf-reach.ts';
import { kvPlanFromSeed, performKv, toKvScenario } from './kv-plan.ts';
import { planFromSeed, type Plan, type PlannedStep } from './plan.ts';
import { LEAVE_TIMEOUT_MS, Scenario } from './scenario.ts';
import { performSerf, serfPlanFromSeed } from './serf-plan.ts';
import { perform } from './workload.ts';

/** How a run of the swarm ended. */
export interface SwarmResult {
  readonly seed: number;
  readonly hash: string;
  readonly virtualMs: number;
  readonly eventCount: number;
  /** The name of the invariant that was broken, or of the error; undefined when all held. */
  readonly failure: string | undefined;
  /** What went wrong and what happened last, for people. */
  readonly report: string;
}

/** As an operator does who waits for what comes of it. */
const REJOINS = 4;
const REJOIN_INTERVAL_MS = 10_000;

/** Runs what the seed stands for. Never throws. */
export function runSwarmSeed(seed: number): SwarmResult {
  return runPlan(planFromSeed(seed));
}

/** The same for a Serf pool. Never throws. */
export function runSerfSwarmSeed(seed: number): SwarmResult {
  return runPlan(serfPlanFromSeed(seed));
}

/** The same for a pool, plain or Serf, whose members gossip state. Never throws. */
export function runKvSwarmSeed(seed: number): SwarmResult {
  return runPlan(kvPlanFromSeed(seed));
}

/**
 * First the safety phase: faults and users do as planned, and what must always hold is checked all the time. Then the
 * liveness phase: faults end, except those that stay for good, and the core of the cluster must agree within the bound.
 */
export function runPlan(plan: Plan): SwarmResult {
  const scenario = new Scenario({
    seed: plan.seed,
    nodeCount: plan.nodeCount,
    seedNodeCount: plan.seedNodeCount,
    start: plan.start,
    swim: plan.swim,
    rules: (name) => plan.rules[Number(name.slice(1)) - 1]!,
    network: plan.network,
    ...(plan.serf !== undefined && { serf: plan.serf }),
    ...(plan.kv !== undefined && { kv: toKvScenario(plan.kv) }),
    transcript: { linesMax: 400 },
  });
  try {
    for (const step of plan.steps) scenario.simulator.at(step.atMs, () => take(scenario, step));
    scenario.runForMs(plan.safetyMs);
    // Whoever says goodbye last is to be gone before the plan says who comes back.
    if (scenario.nodes.some((node) => node.state !== 'down' && scenario.isLeaving(node)))
      scenario.runForMs(LEAVE_TIMEOUT_MS);
    endFaults(scenario, plan);
    // Packets that were held back are the last of the faults.
    scenario.runForMs(plan.network.stragglerChance > 0 ? plan.network.stragglerMaxMs : 0);
    scenario.settle();
    if (plan.serf !== undefined && !plan.steps.some(lastsForGood)) checkSerfReach(scenario);
    return resultOf(scenario, undefined);
  } catch (error) {
    return resultOf(scenario, error);
  }
}

function lastsForGood({ what }: PlannedStep): boolean {
  return what.type === 'divide' || what.type === 'cut-off';
}

function take(scenario: Scenario, step: PlannedStep): void {
  switch (step.what.type) {
    case 'update-meta':
    case 'broadcast':
    case 'join':
    case 'leave':
    case 'return':
      return perform(scenario, step.what);
    case 'set-tags':
    case 'user-event':
    case 'query':
    case 'force-leave':
      return performSerf(scenario, step.what);
    case 'kv-put':
    case 'kv-delete':
    case 'kv-own':
    case 'kv-delete-own':
    case 'kv-telemetry':
    case 'kv-tend':
    case 'kv-clock':
      return performKv(scenario, step.what);
    default:
      return inject(scenario, step.what);
  }
}

function endFaults(scenario: Scenario, plan: Plan): void {
  scenario.simulator.network.config = plan.calmNetwork;
  scenario.heal();
  for (const node of scenario.nodes) {
    if (node.clockAheadMs !== 0) scenario.kv.setClock(node.name, 0);
    scenario.resume(node.name);
    const afterwards = plan.afterwards[node.index];
    if (node.state !== 'down' || afterwards === 'stay-down') continue;
    // One that said goodbye has ended for good and comes back as a new process only.
    const memory = afterwards === 'thaw' && !scenario.isLeaving(node) ? 'kept' : 'lost';
    scenario.restart(node.name, { memory });
    if (memory === 'lost') scenario.join(node.name);
  }
  if (plan.rules.includes('memberlist')) lookForTheLost(scenario);
}

/** Whoever declared each other dead by the rules of the Go code meets again only when users see to it. */
export function lookForTheLost(scenario: Scenario): void {
  for (let i = 0; i < REJOINS; i++) {
    for (const node of scenario.liveNodes()) if (!scenario.rulesOf(node).rejoin) scenario.join(node.name);
    scenario.runForMs(REJOIN_INTERVAL_MS);
  }
}

/** How the run ended: with that error, or well when it is undefined. */
export function resultOf({ simulator }: Scenario, error: unknown): SwarmResult {
  return {
    seed: simulator.seed,
    hash: simulator.hash,
    virtualMs: simulator.nowMs,
    eventCount: simulator.eventCount,
    failure: error === undefined ? undefined : invariantOf(error),
    report: error === undefined ? '' : reportOf(error),
  };
}

function invariantOf(error: unknown): string {
  return error instanceof Error && 'invariant' in error ? String(error.invariant) : 'crash';
}

function reportOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
