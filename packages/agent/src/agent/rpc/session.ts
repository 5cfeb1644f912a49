import { encodeRecord, type RpcKvChangeRecord } from 'hearsay/client';
import type { LogLevel } from '../log-level.ts';
import type { AgentApi, AgentEvent, AgentQuery, QueryRecord } from './agent-api.ts';
import { AnswerableQueries } from './answerable-queries.ts';
import { serverLimits } from './server-limits.ts';
import type { Outbox } from './outbox.ts';
import { encodeEventRecord, encodeLogRecord, encodeQueryRecord } from './records.ts';

/** What to do when the answer has been written; an error text instead when it was refused. */
export type Started = { readonly error: string } | { readonly afterAnswer: () => void };

/** What one client has going: its streams, its monitor, its open queries. All of it ends with the connection. */
export class RpcSession {
  readonly #api: AgentApi;
  readonly #outbox: Outbox;
  readonly #warn: (message: string) => void;
  readonly #answerable: AnswerableQueries;
  /** How to stop each stream, by its sequence number. */
  readonly #streams: Map<number, () => void> = new Map();
  readonly #openQueries: Set<AbortController> = new Set();
  #monitor: { readonly seq: number; readonly stop: () => void } | undefined;

  constructor(api: AgentApi, outbox: Outbox, nowMs: () => number, warn: (message: string) => void) {
    this.#api = api;
    this.#outbox = outbox;
    this.#answerable = new AnswerableQueries(serverLimits.answerableQueries, nowMs);
    this.#warn = warn;
  }

  /** Sends the events that `matches` lets through. */
  startStream(seq: number, matches: (event: AgentEvent) => boolean): Started {
    const problem = this.#problemWith(seq);
    if (problem !== undefined) return { error: problem };
    const queue = this.#outbox.createQueue(serverLimits.queuedRecords, (event: AgentEvent) =>
      encodeEventRecord(seq, event, (query) => this.#answerable.add(query)),
    );
    const onFull = this.#warnOnce(`stream ${seq} is read too slowly, events are dropped`);
    const unsubscribe = this.#api.subscribe((event) => {
      if (matches(event) && !queue.push(event)) onFull();
    });
    this.#streams.set(seq, () => {
      unsubscribe();
      queue.close();
    });
    return { afterAnswer: () => queue.open() };
  }

  /** Sends changes of gossiped state as fast as the client reads them: what is waiting becomes the newest meanwhile. */
  startWatch(seq: number, open: (signal: AbortSignal) => AsyncIterable<RpcKvChangeRecord>): Started {
    const problem = this.#problemWith(seq);
    if (problem !== undefined) return { error: problem };
    const abort = new AbortController();
    const records = open(abort.signal);
    const send = (record: RpcKvChangeRecord): Promise<void> =>
      this.#outbox.send(encodeRecord('hearsay/kv/1/watch', seq, record));
    const forward = async (): Promise<void> => {
      try {
        for await (const record of records) await send(record);
      } catch (error) {
        if (!abort.signal.aborted) await send(endOfWatch(error));
      }
    };
    this.#streams.set(seq, () => abort.abort());
    return { afterAnswer: () => void forward() };
  }

  /** Sends log lines of `level` and above, first those of the past. */
  startMonitor(seq: number, level: LogLevel): Started {
    if (this.#monitor !== undefined) return { error: 'Monitor already exists' };
    const queue = this.#outbox.createQueue(serverLimits.queuedRecords, (line: string) => encodeLogRecord(seq, line));
    const stop = this.#api.logs.subscribe(level, ({ text }) => {
      // The stock command takes an empty line for the end.
      if (text !== '') queue.push(text);
    });
    this.#monitor = {
      seq,
      stop: () => {
        stop();
        queue.close();
      },
    };
    return { afterAnswer: () => queue.open() };
  }

  /** Ends the stream or the monitor of that number, if there is one. */
  stop(seq: number): void {
    this.#streams.get(seq)?.();
    this.#streams.delete(seq);
    if (this.#monitor?.seq !== seq) return;
    this.#monitor.stop();
    this.#monitor = undefined;
  }

  /** Asks the members; what comes back goes out as records, and `done` when the time is up. */
  startQuery(seq: number, query: AgentQuery): Started {
    if (this.#openQueries.size >= serverLimits.streams) {
      return { error: `Too many open queries, the limit is ${serverLimits.streams}` };
    }
    const abort = new AbortController();
    const records = this.#api.query(query, abort.signal);
    this.#openQueries.add(abort);
    const queue = this.#outbox.createQueue(serverLimits.queuedQueryRecords, (record: QueryRecord | undefined) =>
      encodeQueryRecord(seq, record),
    );
    const forward = async (): Promise<void> => {
      const onFull = this.#warnOnce(`query ${seq} is read too slowly, answers are dropped`);
      try {
        for await (const record of records) if (!queue.push(record)) onFull();
        queue.end(undefined);
      } catch (error) {
        if (!abort.signal.aborted) this.#warn(`query ${seq} has ended early: ${String(error)}`);
        queue.close();
      } finally {
        this.#openQueries.delete(abort);
      }
    };
    return {
      afterAnswer: () => {
        queue.open();
        void forward();
      },
    };
  }

  /**
   * Answers a query that a stream of this connection has shown. False when there is none of that number, or its time is
   * up.
   */
  respond(id: number, payload: Uint8Array): boolean {
    const query = this.#answerable.find(id);
    query?.respond(payload);
    return query !== undefined;
  }

  /** Ends all of it. */
  close(): void {
    for (const stop of this.#streams.values()) stop();
    this.#streams.clear();
    this.#monitor?.stop();
    this.#monitor = undefined;
    for (const abort of this.#openQueries) abort.abort();
  }

  /** Why there can be no further stream of that number. */
  #problemWith(seq: number): string | undefined {
    if (this.#streams.has(seq)) return 'Stream with given sequence exists';
    const { streams } = serverLimits;
    return this.#streams.size >= streams ? `Too many streams, the limit is ${streams}` : undefined;
  }

  #warnOnce(message: string): () => void {
    let isSaid = false;
    return () => {
      if (!isSaid) this.#warn(message);
      isSaid = true;
    };
  }
}

function endOfWatch(error: unknown): RpcKvChangeRecord {
  const entry = { author: '', key: '', ttlMs: 0, value: new Uint8Array(0), writtenAtMs: 0 };
  const text = error instanceof Error ? error.message : String(error);
  return { concurrent: false, entry, previous: null, source: text, type: 'error' };
}
