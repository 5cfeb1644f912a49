import type { SwimTraceEvent } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type Checker } from './checker.ts';

/**
 * No member that faults leave alone is declared dead by another such one. For runs whose faults touch some members only,
 * and which know whom.
 */
export class Bystanders implements Checker {
  readonly invariant: string = 'bystanders';
  readonly #isSpared: (name: string) => boolean;

  constructor(isSpared: (name: string) => boolean) {
    this.#isSpared = isSpared;
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    if (event.type !== 'dead' || event.from !== node.name) return;
    if (!this.#isSpared(node.name) || !this.#isSpared(event.node)) return;
    throw new InvariantBroken(this.invariant, `${node.name} declares ${event.node} dead, and no fault touches either`);
  }
}
