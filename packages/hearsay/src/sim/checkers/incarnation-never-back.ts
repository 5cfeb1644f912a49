import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';
import { isTakenOver, RecordHistory } from './record-history.ts';

/**
 * A node's own incarnation never decreases within a life, and what it stores of another never decreases unless the
 * record was reaped or another address took over the name. And at equal incarnations a record only gets worse: from
 * alive to suspect to dead or left, for only a higher incarnation, which the member alone gives, makes it better.
 */
export class IncarnationNeverBack implements Checker {
  readonly invariant: string = 'incarnation-never-back';
  readonly #context: CheckContext;
  readonly #history: RecordHistory = new RecordHistory();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  afterStep(node: SimNode): void {
    this.#history.afterStep(node);
  }

  onSample(): void {
    for (const node of this.#context.simulator.nodes) if (node.state === 'running') this.#check(node);
  }

  #check(node: SimNode): void {
    const views = node.core.allMembers;
    const past = this.#history.of(node);
    for (const view of views) {
      const before = past.get(view.name);
      if (before === undefined || isTakenOver(before, view)) continue;
      const was = before.view.incarnation;
      if (view.incarnation < was) {
        this.#fail(`${node.name}'s record of ${view.name} went from incarnation ${was} back to ${view.incarnation}`);
      }
      const isSelf = view.name === node.name;
      if (view.incarnation === was && !isSelf && badness(view.state) < badness(before.state)) {
        this.#fail(`${node.name}'s record of ${view.name}@${was} went from ${before.state} back to ${view.state}`);
      }
    }
    this.#history.update(node, views, this.#context.simulator.nowMs);
  }

  #fail(message: string): never {
    throw new InvariantBroken(this.invariant, message);
  }
}

function badness(state: string): number {
  return state === 'alive' ? 0 : state === 'suspect' ? 1 : 2;
}
