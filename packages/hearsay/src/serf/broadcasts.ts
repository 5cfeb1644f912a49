import { BroadcastQueue, retransmitLimit } from '../swim/index.ts';
import type { Trace } from '../util/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfTraceEvent } from './trace-events.ts';

/** What a {@link Broadcasts} is made of. */
export interface BroadcastsParts {
  readonly config: SerfConfig;
  readonly retransmitMult: number;
  /** Longer messages are left to push/pull. */
  readonly messageMaxBytes: number;
  /** All members, whatever their status. */
  readonly memberCount: () => number;
  readonly pushGossip: () => void;
  readonly trace?: Trace<SerfTraceEvent> | undefined;
}

/** What waits to ride on gossip: three queues, in the order of Serf's `delegate.GetBroadcasts` as long as all fits. */
export class Broadcasts {
  readonly intents: BroadcastQueue;
  readonly queries: BroadcastQueue;
  readonly events: BroadcastQueue;
  readonly #config: SerfConfig;
  readonly #messageMaxBytes: number;
  readonly #memberCount: () => number;
  readonly #pushGossip: () => void;
  readonly #trace: Trace<SerfTraceEvent> | undefined;
  #prunedCount: number = 0;
  #crowdedPackets: number = 0;
  #tooLongCount: number = 0;

  constructor(parts: BroadcastsParts) {
    this.#config = parts.config;
    this.#messageMaxBytes = parts.messageMaxBytes;
    this.#memberCount = parts.memberCount;
    this.#pushGossip = parts.pushGossip;
    this.#trace = parts.trace;
    const limit = (): number => retransmitLimit(parts.retransmitMult, parts.memberCount());
    this.intents = new BroadcastQueue(limit);
    this.queries = new BroadcastQueue(limit);
    this.events = new BroadcastQueue(limit);
  }

  get count(): number {
    return this.intents.count + this.queries.count + this.events.count;
  }

  /** Messages that were dropped because they were too many. */
  get droppedCount(): number {
    return this.#prunedCount + this.intents.droppedCount + this.queries.droppedCount + this.events.droppedCount;
  }

  /** Messages that no packet can carry. */
  get tooLongCount(): number {
    return this.#tooLongCount;
  }

  /**
   * Adds to one of the queues. It keeps `message` as it is; `onFinished` hears that it was sent often enough or dropped,
   * `onSent` of every time that it is sent.
   */
  queue(queue: BroadcastQueue, message: Uint8Array, onFinished?: () => void, onSent?: () => void): void {
    if (message.length > this.#messageMaxBytes) {
      // It would wait for ever. Events are spread by push/pull all the same.
      this.#tooLongCount += 1;
      onFinished?.();
      return;
    }
    queue.queueUnique(message, onFinished, onSent);
    this.#pushGossip();
  }

  /**
   * Intents first, for they are few and change what is believed of members; then queries, whose time is short. While
   * several kinds wait, each of the others chooses first in every fourth packet: a flood of one kind delays the others,
   * and never silences them.
   */
  take(overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    const countBefore = out.length;
    let usedBytes = 0;
    for (const queue of this.#inTurn()) usedBytes += queue.take(overheadBytes, limitBytes - usedBytes, out);
    if (this.#trace === undefined) return;
    for (const { length } of out.slice(countBefore)) this.#trace({ type: 'message-gossiped', lengthBytes: length });
  }

  #inTurn(): readonly BroadcastQueue[] {
    const { intents, queries, events } = this;
    const waiting = [intents, queries, events].filter(({ count }) => count > 0);
    if (waiting.length < 2) return waiting;
    this.#crowdedPackets = (this.#crowdedPackets + 1) % 4;
    if (this.#crowdedPackets === 2) return [queries, intents, events];
    return this.#crowdedPackets === 0 ? [events, intents, queries] : [intents, queries, events];
  }

  /** Drops what is beyond the configured depth (Serf `checkQueueDepth`). */
  pruneQueues(): void {
    const { queueDepthMax, queueDepthMin } = this.#config;
    const limit = queueDepthMin > 0 ? Math.max(queueDepthMin, 2 * this.#memberCount()) : queueDepthMax;
    for (const queue of [this.intents, this.queries, this.events]) {
      this.#prunedCount += Math.max(0, queue.count - limit);
      queue.prune(limit);
    }
  }

  /** Drops everything. */
  reset(): void {
    for (const queue of [this.intents, this.queries, this.events]) queue.reset();
  }
}
