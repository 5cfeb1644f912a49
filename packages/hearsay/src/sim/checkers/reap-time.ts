import type { ClusterEvent } from '../../cluster/index.ts';
import type { SwimTraceEvent } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * A dead or left member stays listed for `gossipToTheDeadMs`, so that it can hear of it and refute; and it is forgotten
 * at the end of the first round of probes after that, so that lists do not grow for ever.
 */
export class ReapTime implements Checker {
  readonly invariant: string = 'reap-time';
  readonly #context: CheckContext;
  /** By node, life and member: since when it is gone. */
  readonly #goneSinceMs: Map<string, number> = new Map();
  /** Node lives that lost time, and with it their rounds. */
  readonly #stalled: Set<string> = new Set();
  /** By node and life: how far the node stretched its periods at most. */
  readonly #worstHealth: Map<string, number> = new Map();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onTrace(node: SimNode, event: SwimTraceEvent): void {
    const life = node.processKey;
    if (event.type === 'stall') this.#stalled.add(life);
    if (event.type === 'health') this.#worstHealth.set(life, Math.max(event.score, this.#worstHealth.get(life) ?? 0));
  }

  onEvent(node: SimNode, event: ClusterEvent): void {
    if (!('member' in event)) return;
    const key = `${node.processKey}/${event.member.name}`;
    const { nowMs } = this.#context.simulator;
    switch (event.type) {
      case 'member-leave':
      case 'member-failed':
        this.#goneSinceMs.set(key, nowMs);
        break;
      case 'member-join':
        this.#goneSinceMs.delete(key);
        break;
      case 'member-reap':
        this.#checkReap(node, event.member.name, nowMs - (this.#goneSinceMs.get(key) ?? -Infinity));
        this.#goneSinceMs.delete(key);
        break;
      default:
    }
  }

  onSample(): void {
    const { nodes, nowMs } = this.#context.simulator;
    for (const node of nodes) {
      if (node.state !== 'running' || this.#stalled.has(node.processKey)) continue;
      // A node that left lists everybody for as long as it runs.
      if (this.#goneSinceMs.has(`${node.processKey}/${node.name}`)) continue;
      for (const view of node.core.allMembers) {
        const sinceMs = this.#goneSinceMs.get(`${node.processKey}/${view.name}`);
        if (sinceMs === undefined || nowMs - sinceMs <= this.#latestMs(node)) continue;
        this.#fail(`${node.name} still lists ${view.name}, gone for ${nowMs - sinceMs} ms`);
      }
    }
  }

  #checkReap(node: SimNode, name: string, goneForMs: number): void {
    if (goneForMs >= this.#context.config.gossipToTheDeadMs) return;
    this.#fail(`${node.name} forgets ${name} after ${goneForMs} ms`);
  }

  /**
   * A round of probes takes a period for each member, stretched by the node's doubt in itself. Who follows the shared
   * permutation has rounds of two kinds, of its order and of the round robin that stands in for it, each counted by itself:
   * where one gives way to the other shortly before its end, it takes as long as both.
   */
  #latestMs(node: SimNode): number {
    const { gossipToTheDeadMs, probeIntervalMs } = this.#context.config;
    const stretch = 1 + (this.#worstHealth.get(node.processKey) ?? 0);
    const roundCount = this.#context.rulesOf(node).sharedPermutation ? 2 : 1;
    const periodCount = roundCount * node.core.allMembers.length + 2;
    return gossipToTheDeadMs + periodCount * probeIntervalMs * stretch;
  }

  #fail(message: string): never {
    throw new InvariantBroken(this.invariant, message);
  }
}
