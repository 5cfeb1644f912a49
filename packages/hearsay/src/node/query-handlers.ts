import { checkFunction, checkText } from './check-options.ts';
import type { EventHub } from './event-hub.ts';
import type { QueryEvent } from './events.ts';

/** Answers queries of one name. Undefined is no answer. */
export type QueryHandler = (
  query: QueryEvent,
) => Uint8Array | string | undefined | Promise<Uint8Array | string | undefined>;

/** The handlers of `onQuery`: what one returns is the answer, and what it throws is reported as a listener's error. */
export class QueryHandlers {
  readonly #hub: EventHub;
  readonly #handlers: Map<string, QueryHandler> = new Map();

  constructor(hub: EventHub) {
    this.#hub = hub;
  }

  set(name: string, handler: QueryHandler | undefined): void {
    checkText('the name of a query', name);
    if (handler === undefined) return void this.#handlers.delete(name);
    checkFunction('handler', handler);
    this.#handlers.set(name, handler);
  }

  handle(query: QueryEvent): void {
    const handler = this.#handlers.get(query.name);
    if (handler !== undefined) void this.#answer(query, handler);
  }

  async #answer(query: QueryEvent, handler: QueryHandler): Promise<void> {
    try {
      const payload = await handler(query);
      if (payload !== undefined) query.respond(payload);
    } catch (error) {
      this.#hub.report(error, query, handler);
    }
  }
}
