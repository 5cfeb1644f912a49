import type { ClusterEvent } from '../../cluster/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

interface Departure {
  readonly node: SimNode;
  readonly life: number;
  readonly atMs: number;
  readonly observerCount: number;
  failedCount: number;
}

/** A fault that comes so soon after a leave may stop the news. */
const SPREAD_MS = 2_000;

/**
 * A member that says goodbye on a calm network is shown as left, not as failed. A rumor is sent a limited number of
 * times at random, so in a hundred leaves one observer may miss it; never half of them.
 */
export class GracefulLeave implements Checker {
  readonly invariant: string = 'graceful-leave';
  readonly #context: CheckContext;
  readonly #departures: Map<string, Departure> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onAction(node: SimNode | undefined, text: string): void {
    const { nowMs } = this.#context.simulator;
    for (const [name, { atMs }] of this.#departures) if (nowMs - atMs < SPREAD_MS) this.#departures.delete(name);
    if (node === undefined || text !== 'leaves' || !this.#context.isCalm()) return;
    const states = this.#context.core().map((other) => other.core.memberState(node.name));
    // Whoever has declared it dead told so, and that news is ahead of the goodbye; whoever suspects it may be about to.
    if (states.includes('dead') || states.includes('suspect')) return;
    const observers = states.filter((state) => state === 'alive');
    const observerCount = observers.length;
    this.#departures.set(node.name, { node, life: node.life, atMs: nowMs, observerCount, failedCount: 0 });
  }

  onEvent(_: SimNode, event: ClusterEvent): void {
    if (event.type !== 'member-failed') return;
    const departure = this.#departures.get(event.member.name);
    if (departure === undefined || departure.life !== departure.node.life) return;
    departure.failedCount += 1;
    if (departure.failedCount * 2 <= departure.observerCount) return;
    const { failedCount, observerCount } = departure;
    throw new InvariantBroken(
      this.invariant,
      `${event.member.name} left, but ${failedCount} of ${observerCount} show it as failed`,
    );
  }
}
