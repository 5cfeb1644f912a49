import { randomInt, unreachable, type Rng } from '../util/index.ts';
import type { PlannedStep } from './plan.ts';
import type { Scenario } from './scenario.ts';

/** What users do meanwhile. Nodes are named by index. */
export type UserAction =
  | { readonly type: 'update-meta'; readonly node: number; readonly meta: string }
  | { readonly type: 'broadcast'; readonly node: number; readonly payload: string }
  | { readonly type: 'join'; readonly node: number; readonly through: number }
  /** Says goodbye, then ends. */
  | { readonly type: 'leave'; readonly node: number }
  | { readonly type: 'return'; readonly node: number };

/** A few actions at random, over the whole time in which faults are injected. */
export function planWorkload(rng: Rng, nodeCount: number, spanMs: number): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const actionCount = randomInt(rng, 8);
  for (let i = 0; i < actionCount; i++) {
    const node = randomInt(rng, nodeCount);
    const atMs = 500 + randomInt(rng, spanMs - 500);
    switch (randomInt(rng, 5)) {
      case 0:
      case 1:
        steps.push({ atMs, what: { type: 'update-meta', node, meta: `v${i}` } });
        break;
      case 2:
        steps.push({ atMs, what: { type: 'broadcast', node, payload: `m${i}` } });
        break;
      case 3:
        steps.push({ atMs, what: { type: 'join', node, through: randomInt(rng, nodeCount) } });
        break;
      case 4:
        steps.push({ atMs, what: { type: 'leave', node } });
        if (randomInt(rng, 2) === 0)
          steps.push({ atMs: atMs + 6_000 + randomInt(rng, 9_000), what: { type: 'return', node } });
        break;
    }
  }
  return steps;
}

/** Does it. What makes no sense at the moment does nothing. */
export function perform(scenario: Scenario, action: UserAction): void {
  const node = scenario.nodes[action.node]!;
  switch (action.type) {
    case 'update-meta':
      scenario.updateMeta(node.name, action.meta);
      return;
    case 'broadcast':
      scenario.broadcast(node.name, action.payload);
      return;
    case 'join':
      if (scenario.liveNodes().includes(node)) scenario.join(node.name, [scenario.nodes[action.through]!.name]);
      return;
    case 'leave':
      scenario.leave(node.name, { thenStop: true });
      return;
    case 'return':
      if (node.state === 'down') {
        scenario.restart(node.name);
        scenario.join(node.name);
      }
      return;
    default:
      unreachable(action);
  }
}
