import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError, type ClusterErrorCode } from '../util/index.ts';
import type { RpcKvChangeRecord, RpcKvCommand, RpcKvEntry, RpcKvOutcome } from './rpc-kv-messages.ts';
import type {
  RpcKvDeleteOptions,
  RpcKvExported,
  RpcKvGetOptions,
  RpcKvImported,
  RpcKvImportOptions,
  RpcKvListOptions,
  RpcKvPutOptions,
  RpcKvWatchOptions,
  RpcKvWhere,
  RpcKvWhereOptions,
  RpcKvWritten,
} from './rpc-kv-options.ts';
import type { RpcRequestBodies, RpcResponseBodies } from './rpc-messages.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcDecoded } from './rpc-protocol.ts';
import type { RpcStream, RpcStreamOptions } from './rpc-stream.ts';

/** How {@link RpcKv} speaks on its client's connection. */
export interface RpcKvCalls {
  /** `extraMs` is time that the agent was asked to take. */
  call<Command extends RpcKvCommand>(
    command: Command,
    body: RpcRequestBodies[Command],
    options: RpcCallOptions,
    extraMs: number,
  ): Promise<RpcResponseBodies[Command]>;
  watch(
    body: RpcRequestBodies['hearsay/kv/1/watch'],
    options: RpcStreamOptions,
    receive: (stream: RpcStream<RpcKvChangeRecord>, record: RpcKvChangeRecord, sizeBytes: number) => void,
  ): Promise<RpcStream<RpcKvChangeRecord>>;
}

const WATCH_CAPACITY = 65_536;
const WHERE_WAIT_MS = 5_000;
/** How long an import pauses when the agent has taken as many writes as it may: the time of five of them. */
const RATE_PAUSE_MS = 100;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Gossiped state of an agent of ours: `client.kv`. The commands are no part of Serf's protocol.
 *
 * Errors are those of the agent: `ERR_KV_KEY`, `ERR_KV_VALUE_TOO_LARGE`, `ERR_KV_FULL` and so on, with its text.
 * `ERR_UNSUPPORTED`: the agent keeps no state, or does not know these commands; a stock one then closes the connection.
 */
export class RpcKv {
  readonly #calls: RpcKvCalls;

  /** @internal Made by `RpcClient`. */
  constructor(calls: RpcKvCalls) {
    this.#calls = calls;
  }

  /** The key as the agent has it; undefined when it has no value. */
  async get(key: string, options: RpcKvGetOptions = {}): Promise<RpcKvEntry | undefined> {
    const body = { key, lane: options.lane ?? 'shared', node: options.node ?? '' };
    const { entry, found } = await this.#call('hearsay/kv/1/get', body, options);
    return found ? entry : undefined;
  }

  /**
   * Writes a key: bytes as they are, anything else as JSON. It is written when the agent has it; others follow, and
   * `waitMs` waits for them.
   */
  async put(key: string, value: unknown, options: RpcKvPutOptions = {}): Promise<RpcKvWritten> {
    const { lane = 'shared', touch = false, ttlMs = 0, waitMs = 0 } = options;
    const body = { key, lane, touch, ttlMs: Math.ceil(ttlMs), value: toKvBytes(key, value), waitMs: Math.ceil(waitMs) };
    return toWritten(await this.#call('hearsay/kv/1/put', body, options, waitMs));
  }

  /** Deletes a key. It stays deleted, also for members that are away. */
  async delete(key: string, options: RpcKvDeleteOptions = {}): Promise<RpcKvWritten> {
    const { lane = 'shared', waitMs = 0 } = options;
    const body = { key, lane, waitMs: Math.ceil(waitMs) };
    return toWritten(await this.#call('hearsay/kv/1/delete', body, options, waitMs));
  }

  /** All keys, in their order; in an owned lane one member after the other. Fetched as they are read. */
  async *list(options: RpcKvListOptions = {}): AsyncGenerator<RpcKvEntry, void> {
    const { keysOnly = false, lane = 'shared', node = '', prefix = '' } = options;
    let cursor = '';
    do {
      const page = await this.#call('hearsay/kv/1/list', { cursor, keysOnly, lane, node, prefix }, options);
      yield* page.entries ?? [];
      ({ cursor } = page);
    } while (cursor !== '');
  }

  /**
   * Changes of keys, after the present state. The agent hands a slow connection only the newest of each key; here records
   * are kept for a slow reader, 65,536 unless told otherwise, and too many end the stream with `ERR_QUEUE_FULL`.
   */
  async watch(options: RpcKvWatchOptions = {}): Promise<RpcStream<RpcKvChangeRecord>> {
    const { key = '', lane = 'shared', node = '', prefix = '', snapshot = true } = options;
    const streamOptions: RpcStreamOptions = { capacity: WATCH_CAPACITY, overflow: 'error', ...options };
    return inAgentsWords(
      this.#calls.watch({ key, lane, node, prefix, snapshot }, streamOptions, (stream, record, sizeBytes) => {
        if (record.type === 'error') stream.end({ reason: new ClusterError('ERR_RPC', record.source) });
        else stream.push(record, sizeBytes);
      }),
    );
  }

  /** Who has the shared key as the agent has it, and who lags; undefined when it has no value. */
  async where(key: string, options: RpcKvWhereOptions = {}): Promise<RpcKvWhere | undefined> {
    const { waitMs = WHERE_WAIT_MS } = options;
    const body = { key, waitMs: Math.ceil(waitMs) };
    const { entry, found, incapable, missing, seen } = await this.#call('hearsay/kv/1/where', body, options, waitMs);
    return found ? { entry, seen: seen ?? [], missing: missing ?? [], incapable: incapable ?? [] } : undefined;
  }

  /** The shared keys that begin with `prefix`: values alone, without authors, times and deletions. */
  async *export(prefix: string = '', options: RpcCallOptions = {}): AsyncGenerator<RpcKvExported, void> {
    for await (const { key, value, ttlMs } of this.list({ ...options, prefix })) yield { key, value, ttlMs };
  }

  /**
   * Writes shared keys one after the other, as new writes of the agent; keys that have their value are left alone. When
   * the agent has taken as many writes as it may, it waits: 500 at once, then 50 a second unless the agent is set up
   * otherwise. What is written when one fails stays written.
   */
  async import(
    entries: Iterable<RpcKvExported> | AsyncIterable<RpcKvExported>,
    options: RpcKvImportOptions = {},
  ): Promise<RpcKvImported> {
    let changedCount = 0;
    let unchangedCount = 0;
    for await (const { key, value, ttlMs } of entries) {
      const { changed } = await this.#putAtRate(key, value, { ...options, ttlMs });
      if (changed) changedCount += 1;
      else unchangedCount += 1;
      options.onKey?.(key, changed);
    }
    return { changedCount, unchangedCount };
  }

  async #putAtRate(key: string, value: Uint8Array, options: RpcKvPutOptions): Promise<RpcKvWritten> {
    for (;;) {
      try {
        return await this.put(key, value, options);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.code !== 'ERR_KV_RATE') throw error;
        await delay(RATE_PAUSE_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
      }
    }
  }

  #call<Command extends RpcKvCommand>(
    command: Command,
    body: RpcRequestBodies[Command],
    options: RpcCallOptions,
    extraMs: number = 0,
  ): Promise<RpcResponseBodies[Command]> {
    return inAgentsWords(this.#calls.call(command, body, options, extraMs));
  }
}

/** Decodes a value as JSON, which the state layer writes unless it is told otherwise. */
export function decodeKvJson(value: Uint8Array): RpcDecoded<unknown> {
  try {
    return { ok: true, value: JSON.parse(decoder.decode(value)) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

function toKvBytes(key: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) {
    throw new ClusterError('ERR_CONFIG', `the value of "${key}" is ${typeof value}, which JSON cannot tell`);
  }
  return encoder.encode(text);
}

function toWritten({
  changed,
  missing,
  overwrittenBy,
  seenCount,
}: RpcResponseBodies['hearsay/kv/1/put']): RpcKvWritten {
  // The agent itself has it, if there is anything to have.
  if (seenCount === 0) return { changed, receipt: undefined };
  const winner = overwrittenBy === '' ? undefined : overwrittenBy;
  return { changed, receipt: { seenCount, missing: missing ?? [], overwrittenBy: winner } };
}

/** Gives an error of the agent the code that the agent gave it. */
async function inAgentsWords<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ClusterError) || error.code !== 'ERR_RPC') throw error;
    if (error.message === 'Unsupported command') throw new ClusterError('ERR_UNSUPPORTED', STRANGER, { cause: error });
    const { code = '' } = (error.cause ?? {}) as Partial<RpcKvOutcome>;
    // One that only a later agent knows is still the code to tell.
    throw code === '' ? error : new ClusterError(code as ClusterErrorCode, error.message, { cause: error });
  }
}

const STRANGER =
  'this agent does not know the commands of gossiped state: it is one of Serf, or of an earlier version of hearsay';
