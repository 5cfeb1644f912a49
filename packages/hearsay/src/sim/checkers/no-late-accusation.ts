import type { SwimTraceEvent } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * A node that had no time for a while accuses nobody on the evidence of a probe that was under way then. A rule of ours:
 * `frozenSuspicions`.
 */
export class NoLateAccusation implements Checker {
  readonly invariant: string = 'no-late-accusation';
  readonly #context: CheckContext;
  readonly #probeStartedMs: number[] = [];
  readonly #lastStallMs: number[] = [];

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    if (event.type === 'probe-started') this.#probeStartedMs[node.index] = event.atMs;
    if (event.type === 'stall') this.#lastStallMs[node.index] = event.atMs;
    if (event.type !== 'probe-failed') return;
    const startedMs = this.#probeStartedMs[node.index] ?? -Infinity;
    const stalledMs = this.#lastStallMs[node.index] ?? -Infinity;
    if (startedMs >= stalledMs || !this.#context.rulesOf(node).frozenSuspicions) return;
    throw new InvariantBroken(
      this.invariant,
      `${node.name} judges a probe of ${event.target} that it sent before it stood still`,
    );
  }
}
