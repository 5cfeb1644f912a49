import type { ClusterEvent } from '../../cluster/index.ts';
import type { SimNode } from '../sim-node.ts';
import { CLUSTER_FORMED } from '../warm-start.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

type Phase = 'unknown' | 'present' | 'gone';

/**
 * What a user hears of a member makes a legal story: a join, then updates, then one leave or failure, then a join
 * again or a reap.
 */
export class MemberEvents implements Checker {
  readonly invariant: string = 'member-events';
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
    const step = STEPS[event.type];
    if (step === undefined || !('member' in event)) return;
    const key = keyOf(node, event.member.name);
    const phase = this.#phases.get(key) ?? 'unknown';
    if (!step.from.includes(phase)) {
      throw new InvariantBroken(
        this.invariant,
        `${node.name} hears ${event.type} of ${event.member.name}, ${phase} to it`,
      );
    }
    this.#phases.set(key, step.to);
  }
}

const STEPS: Partial<Record<ClusterEvent['type'], { readonly from: readonly Phase[]; readonly to: Phase }>> = {
  'member-join': { from: ['unknown', 'gone'], to: 'present' },
  'member-update': { from: ['present'], to: 'present' },
  'member-leave': { from: ['present'], to: 'gone' },
  'member-failed': { from: ['present'], to: 'gone' },
  'member-reap': { from: ['gone'], to: 'unknown' },
};

function keyOf(node: SimNode, name: string): string {
  return `${node.index}/${node.life}/${name}`;
}
