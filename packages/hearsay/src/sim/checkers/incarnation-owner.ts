import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** Only the member itself raises its incarnation: nobody knows a higher one than it has ever had, in any life. */
export class IncarnationOwner implements Checker {
  readonly invariant: string = 'incarnation-owner';
  readonly #context: CheckContext;
  readonly #highest: Map<string, number> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  /** Before a process ends or starts again, so that nothing is missed between two samples. */
  onAction(node: SimNode | undefined): void {
    if (node !== undefined) this.#note(node);
  }

  onSample(): void {
    const { nodes } = this.#context.simulator;
    for (const node of nodes) this.#note(node);
    for (const node of nodes) if (node.state === 'running') this.#check(node);
  }

  #note(node: SimNode): void {
    if (!node.hasStarted) return;
    const incarnation = node.core.localMember.incarnation;
    this.#highest.set(node.name, Math.max(this.#highest.get(node.name) ?? 0, incarnation));
  }

  #check(node: SimNode): void {
    for (const view of node.core.allMembers) {
      const highest = this.#highest.get(view.name) ?? 0;
      if (view.incarnation <= highest) continue;
      throw new InvariantBroken(
        this.invariant,
        `${node.name} knows ${view.name}@${view.incarnation}, which never was above ${highest}`,
      );
    }
  }
}
