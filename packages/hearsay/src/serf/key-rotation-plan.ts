import { nextStep } from './key-rotation.ts';
import { liveNames } from './key-rotation-evidence.ts';
import type { RotationObservation, RotationResult, RotationState, RotationStep } from './key-rotation-state.ts';

/** A rotation takes three steps a phase; more than this means that it does not come to an end. */
const stepsMax = 64;

/**
 * The steps from here to the end if all goes well: what a dry run shows. Failed members are taken to come back when they
 * are waited for. In the survey the `observation` has to hold the list of keys; without it the plan ends there.
 */
export function planRotation(state: RotationState, observation: RotationObservation): readonly RotationStep[] {
  const steps: RotationStep[] = [];
  let decision = nextStep(state, observation);
  let { members } = observation;
  while (steps.push(decision.step) < stepsMax) {
    const { state: next, step } = decision;
    if (step.do === 'done' || step.do === 'refuse' || next.phase === 'survey') break;
    if (step.do === 'wait') {
      const returned = members.map(
        ({ name, status }) => ({ name, status: status === 'failed' ? 'alive' : status }) as const,
      );
      if (returned.every(({ status }, index) => status === members[index]!.status)) break;
      members = returned;
      decision = nextStep(next, { members });
      continue;
    }
    const result = idealResult(next, liveNames({ members }).length);
    const key = step.do === 'list' ? undefined : step.key;
    decision = nextStep(next, { members, answer: { operation: step.do, key, result } });
  }
  return steps;
}

/** What an operation brings when all live members do what they are asked. */
function idealResult({ phase, target, origin }: RotationState, nodeCount: number): RotationResult {
  const held = phase === 'remove' ? [target] : [target, origin];
  return {
    nodeCount,
    responseCount: nodeCount,
    errorCount: 0,
    messages: {},
    keys: Object.fromEntries(held.map((key) => [key, nodeCount])),
    primaryKeys: phase === 'install' ? { [origin]: nodeCount } : { [target]: nodeCount },
  };
}
