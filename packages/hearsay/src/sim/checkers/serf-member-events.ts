import type { ClusterEvent } from '../../cluster/index.ts';
import type { MemberEventType } from '../../serf/index.ts';
import type { SimNode } from '../sim-node.ts';
import { CLUSTER_FORMED } from '../warm-start.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

type Phase = 'unknown' | 'present' | 'failed' | 'left';

/**
 * What a user of a Serf pool hears of a member makes a legal story. Other than in a plain pool one that failed may turn
 * out to have left, and one that is pruned is forgotten although membership still sees it.
 */
export class SerfMemberEvents implements Checker {
  readonly invariant: string = 'serf-member-events';
  readonly #context: CheckContext;
  readonly #phases: Map<string, Phase> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onAction(_: SimNode | undefined, text: string): void {
    if (text !== CLUSTER_FORMED) return;
    const { nodes } = this.#context.simulator;
    for (const node of nodes) for (const other of nodes) this.#phases.set(keyOf(node, other.name), 'present');
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (!('members' in event)) return;
    const step = STEPS[event.type];
    for (const { name } of event.members) {
      const key = keyOf(node, name);
      const phase = this.#phases.get(key) ?? 'unknown';
      if (!step.from.includes(phase)) {
        throw new InvariantBroken(this.invariant, `${node.name} hears ${event.type} of ${name}, ${phase} to it`);
      }
      this.#phases.set(key, step.to);
    }
  }
}

const STEPS: Readonly<Record<MemberEventType, { readonly from: readonly Phase[]; readonly to: Phase }>> = {
  'member-join': { from: ['unknown', 'failed', 'left'], to: 'present' },
  'member-update': { from: ['present'], to: 'present' },
  'member-leave': { from: ['present', 'failed'], to: 'left' },
  'member-failed': { from: ['present'], to: 'failed' },
  'member-reap': { from: ['present', 'failed', 'left'], to: 'unknown' },
};

function keyOf(node: SimNode, name: string): string {
  return `${node.index}/${node.life}/${name}`;
}
