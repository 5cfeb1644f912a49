import type { Cluster, ClusterState, KvEntry, KvKeyEvent, KvNodes, KvOwn, KvTrackedWrite, KvWatch } from 'hearsay';
import type { RpcKvChangeRecord, RpcKvEntry, RpcKvLane, RpcKvWhere, RpcKvWritten } from 'hearsay/client';
import type { AgentKv, AgentKvWatch, AgentKvWrite } from './rpc/agent-kv.ts';

type Bytes = Uint8Array;

/** The gossiped state of a cluster as RPC sees it: every value is bytes, whoever wrote it. */
export class AgentState implements AgentKv {
  readonly #cluster: Cluster;
  readonly #state: ClusterState;

  /** The agent alone uses `cluster.kv`. */
  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#state = cluster.kv;
    this.#state.define('*', { codec: 'bytes', invalid: 'raw' });
  }

  get(lane: RpcKvLane, node: string, key: string): RpcKvEntry | undefined {
    const entry = this.#entry(lane, node === '' ? this.#cluster.name : node, key);
    return entry && toRpcEntry(entry);
  }

  async write({ lane, key, value, ttlMs, touch, waitMs }: AgentKvWrite): Promise<RpcKvWritten> {
    if (lane !== 'shared') {
      const own = this.#ownOf(lane);
      const { changed } = await (value === undefined ? own.delete(key) : own.set(key, value, { ttlMs, touch }));
      return { changed, receipt: undefined };
    }
    const { shared } = this.#state;
    if (waitMs === 0) {
      const { changed } = await (value === undefined ? shared.delete(key) : shared.put(key, value, { ttlMs, touch }));
      return { changed, receipt: undefined };
    }
    const tracked = await (value === undefined
      ? shared.delete(key, { track: true })
      : shared.put(key, value, { ttlMs, touch, track: true }));
    return awaited(tracked, waitMs);
  }

  *list(lane: RpcKvLane, node: string, prefix: string): Iterable<RpcKvEntry> {
    if (lane === 'shared') {
      for (const entry of this.#state.shared.list<Bytes>(prefix)) yield toRpcEntry(entry);
      return;
    }
    for (const keys of this.#nodesOf(lane)) {
      if (node !== '' && node !== keys.name) continue;
      for (const entry of keys.list<Bytes>(prefix)) yield toRpcEntry(entry);
    }
  }

  /** It begins at once, whenever it is read. */
  watch({ lane, key, node, prefix, snapshot }: AgentKvWatch, signal: AbortSignal): AsyncIterable<RpcKvChangeRecord> {
    const watch = this.#state.watch<Bytes>({
      lane,
      ...(key !== '' && { key }),
      ...(prefix !== '' && { prefix }),
      ...(node !== '' && { owner: node }),
      initial: snapshot ? 'snapshot' : 'none',
      signal,
    });
    return this.#records(watch, snapshot);
  }

  async *#records(watch: KvWatch<Bytes>, beginsWithSnapshot: boolean): AsyncGenerator<RpcKvChangeRecord> {
    let isInSnapshot = beginsWithSnapshot;
    for (;;) {
      const coming = watch.next();
      // The present state has been told when a change comes, or nothing at the moment.
      if (isInSnapshot && (await Promise.race([coming, nothingYet])) === undefined) {
        isInSnapshot = false;
        yield ready;
      }
      const { value: event, done } = await coming;
      if (done === true) return;
      if (event.type === 'overflow') {
        isInSnapshot = true;
        yield overflow;
        continue;
      }
      if (isInSnapshot && event.source !== 'snapshot') {
        isInSnapshot = false;
        yield ready;
      }
      yield this.#toRecord(event);
    }
  }

  async where(key: string, waitMs: number): Promise<RpcKvWhere | undefined> {
    const found = await this.#state.where(key, { timeoutMs: waitMs });
    if (found?.entry === undefined) return undefined;
    const capable = this.#state.capable();
    const missing = new Set(found.missing);
    const live = this.#cluster.members.map(({ name }) => name);
    return {
      entry: toRpcEntry(found.entry as KvEntry<Bytes>),
      seen: capable.filter((name) => !missing.has(name)),
      missing: found.missing,
      incapable: live.filter((name) => !capable.includes(name)).toSorted(),
    };
  }

  #entry(lane: RpcKvLane, node: string, key: string): KvEntry<Bytes> | undefined {
    return lane === 'shared' ? this.#state.shared.entry<Bytes>(key) : this.#nodesOf(lane).get(node)?.entry<Bytes>(key);
  }

  #nodesOf(lane: 'owned' | 'telemetry'): KvNodes {
    return lane === 'owned' ? this.#state.nodes : this.#state.telemetry.nodes;
  }

  #ownOf(lane: 'owned' | 'telemetry'): KvOwn {
    return lane === 'owned' ? this.#state.own : this.#state.telemetry.own;
  }

  #toRecord({
    type,
    lane,
    key,
    owner,
    value,
    previous,
    author,
    stamp,
    concurrent,
    source,
  }: KvKeyEvent<Bytes>): RpcKvChangeRecord {
    // A change does not tell how long it lives. It is the newest of its key, which is what is there now.
    const ttlMs = value === undefined ? 0 : (this.#entry(lane, owner ?? '', key)?.ttlMs ?? 0);
    const writtenBy = owner ?? author ?? '';
    const entry = { author: writtenBy, key, ttlMs, value: value ?? nothing, writtenAtMs: stamp?.ms ?? 0 };
    return { concurrent, entry, previous: previous ?? null, source, type };
  }
}

const nothing: Bytes = new Uint8Array(0);
const noEntry: RpcKvEntry = { author: '', key: '', ttlMs: 0, value: nothing, writtenAtMs: 0 };
const ready = { concurrent: false, entry: noEntry, previous: null, source: 'snapshot', type: 'ready' } as const;
const overflow = { concurrent: false, entry: noEntry, previous: null, source: 'snapshot', type: 'overflow' } as const;
const nothingYet = Promise.resolve(undefined);

function toRpcEntry({ author, key, owner, stamp, ttlMs, value }: KvEntry<Bytes>): RpcKvEntry {
  return { author: owner ?? author ?? '', key, ttlMs, value, writtenAtMs: stamp?.ms ?? 0 };
}

async function awaited(write: KvTrackedWrite, waitMs: number): Promise<RpcKvWritten> {
  try {
    const { changed } = write;
    // A deletion of nothing: there is nothing that others could have.
    if (write.stamp === undefined) return { changed, receipt: undefined };
    const { by, missing, outcome, seen } = await write.settled({ timeoutMs: waitMs });
    const overwrittenBy = outcome === 'kept' ? undefined : (by ?? 'a member unknown here');
    return { changed, receipt: { seenCount: seen, missing, overwrittenBy } };
  } finally {
    write.close();
  }
}
