import type { ClusterEvent } from '../../cluster/index.ts';
import type { MemberEventType } from '../../serf/index.ts';
import type { SimNode } from '../sim-node.ts';
import { CLUSTER_FORMED } from '../warm-start.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** What a member is to one who has heard so much of it. At first all are unknown. */
export type Phase = 'unknown' | 'present' | 'gone' | 'failed' | 'left';

/** In which phases a user may hear what of a member, and the phase that follows. */
export type LegalSteps = Readonly<Record<MemberEventType, { readonly from: readonly Phase[]; readonly to: Phase }>>;

/** In a plain pool: a join, then updates, then one leave or failure, then a join again or a reap. */
export const plainSteps: LegalSteps = {
  'member-join': { from: ['unknown', 'gone'], to: 'present' },
  'member-update': { from: ['present'], to: 'present' },
  'member-leave': { from: ['present'], to: 'gone' },
  'member-failed': { from: ['present'], to: 'gone' },
  'member-reap': { from: ['gone'], to: 'unknown' },
};

/** What a user hears of a member makes a legal story. */
export class MemberEvents implements Checker {
  readonly invariant: string;
  readonly #context: CheckContext;
  readonly #steps: LegalSteps;
  readonly #phases: Map<string, Phase> = new Map();

  constructor(context: CheckContext, invariant: string, steps: LegalSteps) {
    this.#context = context;
    this.invariant = invariant;
    this.#steps = steps;
  }

  onAction(_: SimNode | undefined, text: string): void {
    if (text !== CLUSTER_FORMED) return;
    const { nodes } = this.#context.simulator;
    for (const node of nodes)
      for (const other of nodes) this.#phases.set(`${node.processKey}/${other.name}`, 'present');
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (!('members' in event)) return;
    const step = this.#steps[event.type];
    for (const { name } of event.members) {
      const key = `${node.processKey}/${name}`;
      const phase = this.#phases.get(key) ?? 'unknown';
      if (!step.from.includes(phase)) {
        throw new InvariantBroken(this.invariant, `${node.name} hears ${event.type} of ${name}, ${phase} to it`);
      }
      this.#phases.set(key, step.to);
    }
  }
}
