import type { CheckContext, Checker } from './checker.ts';
import { InvariantBroken } from './checker.ts';

/** A node never shows itself as suspect, dead or unknown; as left only when it said goodbye. */
export class NeverOwnDeath implements Checker {
  readonly invariant: string = 'never-own-death';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onSample(): void {
    for (const node of this.#context.simulator.nodes) {
      if (node.state !== 'running') continue;
      const state = node.core.memberState(node.name);
      if (state === 'alive' || (state === 'left' && this.#context.isLeaving(node))) continue;
      throw new InvariantBroken(this.invariant, `${node.name} shows itself as ${state ?? 'unknown'}`);
    }
  }
}
