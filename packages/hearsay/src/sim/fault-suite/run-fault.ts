import { randomInt, SeededRng, type Rng } from '../../util/index.ts';
import { convergenceBoundMs } from '../bounds.ts';
import { Bystanders } from '../checkers/bystanders.ts';
import type { CheckContext, Checker, CheckerFactory } from '../checkers/checker.ts';
import { checkersFor } from '../checkers/index.ts';
import { inject, type Fault } from '../faults.ts';
import { planFaults, planNetwork, planRules } from '../plan.ts';
import type { ScenarioOptions } from '../scenario-options.ts';
import { Scenario } from '../scenario.ts';
import { quietNetwork } from '../sim-network.ts';
import { lookForTheLost, resultOf, type SwarmResult } from '../swarm.ts';
import { FaultRun, SEED_NODES, type FaultMode, type FaultScenario } from './fault-scenario.ts';

/** Keeps what the harness draws apart from all other chance. */
const HARNESS_STREAM = -10;
/** For how long other faults go on beside one that lasts for long. */
const NOISE_MAX_MS = 30_000;

/** Runs one fault scenario in the simulator. What goes wrong in it is told in the result. */
export function runFault(fault: FaultScenario, mode: FaultMode, seed: number): SwarmResult {
  const rng = new SeededRng(seed, HARNESS_STREAM);
  const nodeCount = fault.sizes[0] + randomInt(rng, fault.sizes[1] - fault.sizes[0] + 1);
  // What is promised within a time is promised by our rules.
  const rules = planRules(rng, nodeCount);
  const isSafety = mode === 'safety';
  const options: ScenarioOptions = {
    ...fault.options?.(rng),
    seed,
    nodeCount,
    seedNodeCount: SEED_NODES,
    transcript: { linesMax: 400 },
    ...(isSafety && { rules: (name) => rules[Number(name.slice(1)) - 1] ?? 'sharp' }),
  };
  const run: FaultRun = new FaultRun(
    new Scenario({ ...options, checkers: checkersOf(fault, options, () => (isSafety ? undefined : run)) }),
    mode,
  );
  const { cluster } = run;
  try {
    cluster.runForMs(1_000 + randomInt(rng, 3_000));
    if (isSafety) makeNoise(run, rng, fault.spanMs);
    fault.inject(run);
    if (isSafety || fault.mustHold === undefined) cluster.runForMs(fault.spanMs);
    else fault.mustHold(run);
    endFaults(run);
    if (isSafety && rules.includes('memberlist')) lookForTheLost(cluster);
    cluster.settle(convergenceBoundMs(cluster.config, cluster.nodes.length + (fault.inventedCount ?? 0)));
    return resultOf(cluster, undefined);
  } catch (error) {
    return resultOf(cluster, error);
  }
}

/** All of such a pool but those that the fault breaks. */
function checkersOf(
  fault: FaultScenario,
  options: ScenarioOptions,
  spared: () => FaultRun | undefined,
): CheckerFactory[] {
  const { serf, aead, kv } = options;
  const all = checkersFor({ isSerf: serf !== undefined, isEncrypted: aead !== undefined, hasState: kv !== undefined });
  const kept = all.map((create) => (context: CheckContext): Checker => {
    const checker = create(context);
    return fault.breaks?.includes(checker.invariant) === true ? { invariant: checker.invariant } : checker;
  });
  if (fault.sparesBystanders !== true) return kept;
  return [...kept, () => new Bystanders((name) => spared()?.touched.has(name) === false)];
}

/** Other faults for a while, at members that this one leaves alone. */
function makeNoise(run: FaultRun, rng: Rng, spanMs: number): void {
  const { cluster } = run;
  const noiseMs = Math.max(3_000, Math.min(spanMs, NOISE_MAX_MS));
  cluster.simulator.network.config = planNetwork(rng);
  run.after(noiseMs, () => (cluster.simulator.network.config = quietNetwork));
  for (const { atMs, what } of planFaults(rng, cluster.nodes.length, noiseMs)) {
    const fault = what as Fault;
    // What lasts for good is for scenarios of their own.
    if (fault.type === 'divide' || fault.type === 'cut-off') continue;
    run.after(atMs, () => {
      if (!('node' in fault)) return inject(cluster, fault);
      const { name } = cluster.nodes[fault.node]!;
      if (run.touched.has(name)) return;
      inject(cluster, fault);
      if (fault.type === 'crash') run.noiseDown.add(name);
    });
  }
}

/** Whom the fault itself has ended stays down. */
function endFaults(run: FaultRun): void {
  const { cluster } = run;
  cluster.simulator.network.config = quietNetwork;
  cluster.heal();
  for (const { name } of cluster.nodes) cluster.resume(name);
  for (const name of run.noiseDown) run.restart(name);
}
