import type { QuerySummary } from '../serf/index.ts';
import { unlessAborted } from './calls.ts';
import type { Begin, Commands, ResultEvent } from './commands.ts';
import { Readers } from './readers.ts';

/** What comes back of a query: that a member has it, if that was asked for, or what it answers. */
export type QueryAnswer =
  | { readonly type: 'ack'; readonly from: string }
  | { readonly type: 'response'; readonly from: string; readonly payload: Uint8Array };

/** Whom {@link Cluster.query} asks, and how. */
export interface QueryOptions {
  /** Only these members. @defaultValue all */
  readonly nodes?: readonly string[];
  /** Only members whose tag matches the expression (RE2 syntax, unanchored). @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** For how long answers are taken. 0 is the default: some seconds, more in a large pool. @defaultValue 0 */
  readonly timeoutMs?: number;
  /** Members also confirm that the question has arrived. @defaultValue false */
  readonly requestAck?: boolean;
  /** Through how many other members each answer comes as well, 0 to 255; against lossy links. @defaultValue 0 */
  readonly relayFactor?: number;
  /** Gives up: reading rejects with its reason. */
  readonly signal?: AbortSignal;
}

/**
 * A question to the pool: an async iterator of what comes back until its time is up, or the signal or the end of the
 * cluster ends it. What nobody reads is kept, at most an ack and a response a member. Leaving the loop does not end the
 * query.
 */
export class Query implements AsyncIterableIterator<QueryAnswer, undefined> {
  /** Who answered and who did not, when the time is up. Rejects when the query was given up. */
  readonly summary: Promise<QuerySummary>;
  readonly #kept: QueryAnswer[] = [];
  readonly #readers: Readers<QueryAnswer> = new Readers();

  /** @internal Made by `cluster.query()`. */
  constructor(commands: Commands, signal: AbortSignal | undefined, begin: Begin) {
    let isDone: (summary: QuerySummary) => void;
    const done = new Promise<QuerySummary>((resolve) => (isDone = resolve));
    const request = commands.follow(begin, (event) => {
      if (event.type === 'query-done') isDone(event.summary);
      else this.#receive(event);
    });
    this.summary = commands.call('query', signal === undefined ? {} : { signal }, (callSignal) =>
      unlessAborted(done, callSignal),
    );
    this.summary.then(
      () => this.#readers.end(),
      (reason: unknown) => {
        commands.abandon(request);
        this.#readers.end({ reason });
      },
    );
  }

  next(): Promise<IteratorResult<QueryAnswer, undefined>> {
    const value = this.#kept.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return this.#readers.wait();
  }

  /** Keeps nothing from now on. `for await` calls it when the loop is left; the {@link Query.summary} comes all the same. */
  return(): Promise<IteratorResult<QueryAnswer, undefined>> {
    this.#kept.length = 0;
    this.#readers.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #receive(event: ResultEvent): void {
    if (event.type === 'query-ack') this.#push({ type: 'ack', from: event.from });
    if (event.type === 'query-response') this.#push({ type: 'response', from: event.from, payload: event.payload });
  }

  #push(value: QueryAnswer): void {
    if (this.#readers.isEnded) return;
    if (!this.#readers.tryGive(value)) this.#kept.push(value);
  }
}
