import type { SimNode } from '../sim-node.ts';
import type { CheckContext, Checker } from './checker.ts';

/** As long as `settle` wants rest to last; shorter windows would be judged by their edges. */
const WINDOW_MS = 2_000;
/** A probe and its answer, and the answer to another's; as much again for chance, which picks a target twice. */
const PACKETS_PER_PERIOD = 8;
/** What a node may still send about what has just come to rest. */
const SLACK_PACKETS = 12;

/**
 * After the faults every node comes back to what it costs at rest: its probes and their answers. Nothing that a fault
 * began feeds itself. For pools without gossiped state, which has a budget of its own.
 */
export class BackToBaseline implements Checker {
  readonly invariant: string = 'back-to-baseline';
  readonly #context: CheckContext;
  readonly #sentCounts: number[] = [];
  readonly #lastCounts: number[] = [];
  #windowStartMs: number = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onPacketSent(node: SimNode): void {
    this.#sentCounts[node.index] = (this.#sentCounts[node.index] ?? 0) + 1;
  }

  onSample(): void {
    const { nowMs, nodes } = this.#context.simulator;
    if (nowMs - this.#windowStartMs < WINDOW_MS) return;
    this.#windowStartMs = nowMs;
    for (const { index } of nodes) {
      this.#lastCounts[index] = this.#sentCounts[index] ?? 0;
      this.#sentCounts[index] = 0;
    }
  }

  unsettled(): string | undefined {
    if (this.#context.hasOutcasts()) return undefined;
    const maximum = (WINDOW_MS / this.#context.config.probeIntervalMs) * PACKETS_PER_PERIOD + SLACK_PACKETS;
    const busy = this.#context.core().find((node) => (this.#lastCounts[node.index] ?? 0) > maximum);
    if (busy === undefined) return undefined;
    return `${busy.name} sends ${this.#lastCounts[busy.index]} packets in ${WINDOW_MS} ms, at rest it is at most ${maximum}`;
  }
}
