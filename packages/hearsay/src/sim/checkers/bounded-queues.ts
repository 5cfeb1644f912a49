import { swimLimits } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** Deadlines of one node are one event of the simulator; some that were overtaken may still wait. */
const EVENTS_PER_NODE_MAX = 64;

/** More than any plan broadcasts. */
const USER_MESSAGES_MAX = 64;

/**
 * Nothing grows with time: broadcasts replace each other by name, records are as many as names, streams and timers
 * have their bounds. At rest the queue is empty, for every rumor has been sent often enough.
 */
export class BoundedQueues implements Checker {
  readonly invariant: string = 'bounded-queues';
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onSample(): void {
    const { simulator } = this.#context;
    const nameCount = new Set(simulator.nodes.map((node) => node.name)).size;
    for (const node of simulator.nodes) if (node.state === 'running') this.#check(node, nameCount);
    const eventsMax = (1 + simulator.nodes.length) * EVENTS_PER_NODE_MAX;
    const eventCount = simulator.pendingEventCount - simulator.packets.inUseCount - simulator.streams.openCount * 64;
    if (eventCount > eventsMax) this.#fail(`${eventCount} timers and actions wait, at most ${eventsMax} should`);
  }

  unsettled(): string | undefined {
    const core = this.#context.core();
    // A single node has nobody to send them to.
    if (this.#context.hasOutcasts() || core.length < 2) return undefined;
    for (const node of core) {
      const count = node.core.rumorCount;
      if (count > 0) return `${node.name} still has ${count} rumors queued`;
    }
    return undefined;
  }

  #check(node: SimNode, nameCount: number): void {
    const { rumorCount, broadcastCount } = node.core;
    if (rumorCount > nameCount) this.#fail(`${node.name} queues ${rumorCount} rumors on ${nameCount} names`);
    if (broadcastCount > USER_MESSAGES_MAX) this.#fail(`${node.name} queues ${broadcastCount} messages`);
    const recordCount = node.core.allMembers.length;
    if (recordCount > nameCount) this.#fail(`${node.name} lists ${recordCount} members of ${nameCount}`);
    if (node.streams.size > swimLimits.streamsMax * 2) this.#fail(`${node.name} has ${node.streams.size} streams open`);
  }

  #fail(message: string): never {
    throw new InvariantBroken(this.invariant, message);
  }
}
