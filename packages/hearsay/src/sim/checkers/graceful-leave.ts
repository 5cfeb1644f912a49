import type { ClusterEvent } from '../../cluster/index.ts';
import { suspicionMinMs, type SwimTraceEvent } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

interface Departure {
  readonly node: SimNode;
  readonly life: number;
  readonly atMs: number;
  /** How many processes should hear of it, and those of them that have shown neither a leave nor a failure so far. */
  readonly observerCount: number;
  readonly waiting: Set<string>;
  failedCount: number;
}

/** A fault that comes so soon after a leave may stop the news, and a suspicion that ends so soon comes before it. */
const SPREAD_MS = 2_000;

/**
 * A member that says goodbye on a calm network is shown as left, not as failed, also where it is suspect. A rumor is sent
 * a limited number of times at random, so in a hundred leaves one observer may miss it; never half of them. What the one
 * that missed it makes of the others, once they have forgotten the leaver, is no matter of the goodbye.
 */
export class GracefulLeave implements Checker {
  readonly invariant: string = 'graceful-leave';
  readonly #context: CheckContext;
  readonly #departures: Map<string, Departure> = new Map();
  /** By process and member: when it was last accused there. */
  readonly #accusedAtMs: Map<string, number> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onAction(node: SimNode | undefined, text: string): void {
    const { nowMs } = this.#context.simulator;
    for (const [name, { atMs }] of this.#departures) if (nowMs - atMs < SPREAD_MS) this.#departures.delete(name);
    if (node === undefined || text !== 'leaves' || !this.#context.isCalm()) return;
    const observers = this.#context.core().filter((other) => other.state === 'running' && isLive(other, node));
    const hasFailed = this.#context.core().some((other) => other.core.memberState(node.name) === 'dead');
    // Whoever has declared it dead told so, and that news is ahead of the goodbye.
    if (hasFailed || observers.some((other) => this.#mayGiveUp(other, node))) return;
    // A new process that has yet to hear of the former one's incarnation says goodbye in vain.
    if (observers.some((other) => other.core.member(node.name)!.incarnation > node.core.localMember.incarnation))
      return;
    this.#departures.set(node.name, {
      node,
      life: node.life,
      atMs: nowMs,
      observerCount: observers.length,
      waiting: new Set(observers.map(({ processKey }) => processKey)),
      failedCount: 0,
    });
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    if (event.type === 'suspect') this.#accusedAtMs.set(keyOf(node, event.node), event.atMs);
  }

  onEvent(observer: SimNode, event: ClusterEvent): void {
    if (event.type !== 'member-failed' && event.type !== 'member-leave') return;
    const departure = this.#departures.get(event.member.name);
    if (departure === undefined || departure.life !== departure.node.life) return;
    if (!departure.waiting.delete(observer.processKey) || event.type === 'member-leave') return;
    departure.failedCount += 1;
    if (departure.failedCount * 2 <= departure.observerCount) return;
    const { failedCount, observerCount } = departure;
    throw new InvariantBroken(
      this.invariant,
      `${event.member.name} left, but ${failedCount} of ${observerCount} show it as failed`,
    );
  }

  /** Whether a suspicion of the leaver may be over there before the goodbye comes: confirmations can make it so short. */
  #mayGiveUp(observer: SimNode, leaver: SimNode): boolean {
    if (observer.core.memberState(leaver.name) !== 'suspect') return false;
    const { suspicionMult, probeIntervalMs } = this.#context.config;
    const shortestMs = suspicionMinMs(suspicionMult, observer.core.allMembers.length, probeIntervalMs);
    const accusedAtMs = this.#accusedAtMs.get(keyOf(observer, leaver.name)) ?? -Infinity;
    return this.#context.simulator.nowMs + SPREAD_MS > accusedAtMs + shortestMs;
  }
}

function isLive(observer: SimNode, subject: SimNode): boolean {
  const state = observer.core.memberState(subject.name);
  return state === 'alive' || state === 'suspect';
}

function keyOf(observer: SimNode, subject: string): string {
  return `${observer.processKey}/${subject}`;
}
