import type { AgentEvent } from './agent-api.ts';

type QueryEvent = Extract<AgentEvent, { readonly type: 'query' }>;

/**
 * The queries that a connection has been shown and may answer, each until its time is up. Numbered from 1, over all
 * streams of the connection.
 */
export class AnswerableQueries {
  readonly #limit: number;
  readonly #nowMs: () => number;
  readonly #queries: Map<number, { readonly query: QueryEvent; readonly untilMs: number }> = new Map();
  #lastId: number = 0;

  constructor(limit: number, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
  }

  /** Returns the number to answer it by. */
  add(query: QueryEvent): number {
    const nowMs = this.#nowMs();
    for (const [id, { untilMs }] of this.#queries) {
      if (untilMs > nowMs && this.#queries.size < this.#limit) break;
      this.#queries.delete(id);
    }
    this.#queries.set(++this.#lastId, { query, untilMs: query.receivedAtMs + query.timeoutMs });
    return this.#lastId;
  }

  /** Undefined when it was never shown, or its time is up. */
  find(id: number): QueryEvent | undefined {
    const found = this.#queries.get(id);
    if (found === undefined || found.untilMs > this.#nowMs()) return found?.query;
    this.#queries.delete(id);
    return undefined;
  }
}
