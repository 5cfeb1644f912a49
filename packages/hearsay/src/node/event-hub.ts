import type { Logger } from './logger.ts';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import { checkFunction } from './check-options.ts';
import { checkEventType, type ClusterEvent, type ClusterEventType, type ClusterListener } from './events.ts';

/** A listener that holds the event loop for longer delays acks, and makes this node look ill to others. */
const slowListenerMs = 100;

/** A listener as it is stored: which type of event it takes is known by the list it stands in. */
type AnyListener = (event: never) => unknown;

interface Entry {
  readonly listener: AnyListener;
  readonly isOnce: boolean;
}

/**
 * Hands events to listeners and event streams. A listener that throws, or whose promise is rejected, is reported and
 * hinders neither the other listeners nor the protocol.
 */
export class EventHub {
  readonly #logger: Logger;
  readonly #listeners: Map<ClusterEventType, readonly Entry[]> = new Map();
  readonly #streams: Set<Pick<EventStream, 'push' | 'end'>> = new Set();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * The same function may be added more than once; it is called as often.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` for an unknown type, and for what is no function
   */
  add<Type extends ClusterEventType>(type: Type, listener: ClusterListener<Type>, isOnce: boolean): void {
    checkEventType(type);
    checkFunction('listener', listener);
    // Lists are replaced, not changed: one that is being walked stays as it is when a listener adds or removes another.
    this.#listeners.set(type, [...this.#entries(type), { listener, isOnce }]);
  }

  /** Takes the latest addition back; a function that is not there is ignored. */
  remove<Type extends ClusterEventType>(type: Type, listener: ClusterListener<Type>): void {
    const entries = this.#entries(type);
    const index = entries.findLastIndex((entry) => entry.listener === listener);
    if (index >= 0) this.#removeEntry(type, entries[index]!);
  }

  stream<Type extends ClusterEventType>(options: EventStreamOptions<Type>): EventStream<Type> {
    options.types?.forEach(checkEventType);
    const stream: EventStream<Type> = new EventStream(options, (ended) => void this.#streams.delete(ended));
    if (options.signal?.aborted !== true) this.#streams.add(stream);
    return stream;
  }

  deliver(event: ClusterEvent): void {
    for (const stream of this.#streams) stream.push(event);
    for (const entry of this.#entries(event.type)) {
      if (entry.isOnce && !this.#removeEntry(event.type, entry)) continue;
      this.#call(entry.listener, event);
    }
  }

  /** The cluster had to stop. A fault of its own is thrown when nobody hears of it, as `EventEmitter` would. */
  deliverFatal(error: unknown, isFault: boolean): void {
    const isHeard = this.#entries('error').length > 0;
    this.deliver({ type: 'error', error, during: undefined, listenerName: '', isFatal: true });
    if (isHeard || !isFault) return;
    queueMicrotask(() => {
      throw error;
    });
  }

  /** Tells that something the user gave threw, or its promise was rejected, during `event`. */
  report(error: unknown, event: ClusterEvent, culprit: { readonly name: string }): void {
    this.#logger.error({ err: error, event: event.type, listener: culprit.name }, 'a listener threw');
    // An error listener that throws is only logged: reporting it to itself would not end.
    if (event.type === 'error') return;
    this.deliver({ type: 'error', error, during: event.type, listenerName: culprit.name, isFatal: false });
  }

  /** Ends the event streams and forgets the listeners. */
  close(): void {
    for (const stream of this.#streams) stream.end();
    this.#listeners.clear();
  }

  #entries(type: ClusterEventType): readonly Entry[] {
    return this.#listeners.get(type) ?? [];
  }

  #removeEntry(type: ClusterEventType, entry: Entry): boolean {
    const entries = this.#entries(type);
    const rest = entries.filter((other) => other !== entry);
    this.#listeners.set(type, rest);
    return rest.length < entries.length;
  }

  #call(listener: AnyListener, event: ClusterEvent): void {
    const startedAtMs = performance.now();
    try {
      const result = listener(event as never);
      if (result instanceof Promise) result.catch((error: unknown) => this.report(error, event, listener));
    } catch (error) {
      this.report(error, event, listener);
    }
    const durationMs = performance.now() - startedAtMs;
    if (durationMs > slowListenerMs) {
      const fields = { event: event.type, listener: listener.name, durationMs: Math.round(durationMs) };
      this.#logger.warn(fields, 'a listener held the event loop; while it does, this node cannot answer pings');
    }
  }
}
