import type { RpcKvChangeRecord, RpcKvEntry, RpcKvLane, RpcKvWhere, RpcKvWritten } from 'hearsay/client';
import type { AgentKv, AgentKvWatch, AgentKvWrite } from '../../packages/agent/src/agent/rpc/agent-kv.ts';

/** When {@link ScriptedKv} says that everything was written. */
export const writtenAtMs = 1_700_000_000_000;

/** Gossiped state that lives in a test: what is written is there at once, and who has it the test says. */
export class ScriptedKv implements AgentKv {
  /** Each write, as it was asked for. */
  readonly writes: AgentKvWrite[] = [];
  /** What the next write fails with, once. */
  failure: Error | undefined;
  /** Members that have everything, and those that lag. */
  seen: readonly string[] = ['a', 'b'];
  missing: readonly string[] = [];
  incapable: readonly string[] = [];
  overwrittenBy: string | undefined;
  readonly #entries: Map<string, RpcKvEntry> = new Map();
  readonly #watches: Set<ScriptedWatch> = new Set();

  get watchCount(): number {
    return this.#watches.size;
  }

  /** What a member has written, without any notice of it. */
  set(lane: RpcKvLane, author: string, key: string, value: string | Uint8Array, ttlMs: number = 0): void {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const entry = { author, key, ttlMs, value: bytes, writtenAtMs: lane === 'shared' ? writtenAtMs : 0 };
    this.#entries.set(idOf(lane, author, key), entry);
  }

  /** Hands a record to every watch. */
  emit(record: RpcKvChangeRecord): void {
    for (const watch of this.#watches) watch.push(record);
  }

  /** Every watch fails. */
  break(error: Error): void {
    for (const watch of this.#watches) watch.fail(error);
  }

  get(lane: RpcKvLane, node: string, key: string): RpcKvEntry | undefined {
    return this.#entries.get(idOf(lane, node === '' ? 'a' : node, key));
  }

  async write(write: AgentKvWrite): Promise<RpcKvWritten> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    this.writes.push(write);
    const { lane, key, value, ttlMs, touch, waitMs } = write;
    const before = this.get(lane, '', key);
    const changed = touch || !isSame(before?.value, value);
    if (value === undefined) this.#entries.delete(idOf(lane, 'a', key));
    else if (changed) this.set(lane, 'a', key, value, ttlMs);
    const { seen, missing, overwrittenBy } = this;
    const isFollowed = waitMs > 0 && (changed || value !== undefined);
    return { changed, receipt: isFollowed ? { seenCount: seen.length, missing, overwrittenBy } : undefined };
  }

  *list(lane: RpcKvLane, node: string, prefix: string): Iterable<RpcKvEntry> {
    for (const [id, entry] of this.#entries) {
      const isInScope = id.startsWith(`${lane}\n`) && (lane === 'shared' || node === '' || entry.author === node);
      if (isInScope && entry.key.startsWith(prefix)) yield entry;
    }
  }

  watch(watch: AgentKvWatch, signal: AbortSignal): AsyncIterable<RpcKvChangeRecord> {
    const open = new ScriptedWatch(signal, () => this.#watches.delete(open));
    this.#watches.add(open);
    if (!watch.snapshot) return open;
    const isWanted = ({ key }: RpcKvEntry): boolean => watch.key === '' || key === watch.key;
    for (const entry of [...this.list(watch.lane, watch.node, watch.prefix)].filter(isWanted)) {
      open.push(changeOf('put', entry, 'snapshot'));
    }
    open.push(
      changeOf('ready', { author: '', key: '', ttlMs: 0, value: new Uint8Array(0), writtenAtMs: 0 }, 'snapshot'),
    );
    return open;
  }

  async where(key: string): Promise<RpcKvWhere | undefined> {
    const entry = this.get('shared', '', key);
    const { seen, missing, incapable } = this;
    return entry && { entry, seen, missing, incapable };
  }
}

/** A record of a watch. */
export function changeOf(type: string, entry: RpcKvEntry, source: string = 'rumor'): RpcKvChangeRecord {
  return { concurrent: false, entry, previous: null, source, type };
}

class ScriptedWatch implements AsyncIterable<RpcKvChangeRecord> {
  readonly #signal: AbortSignal;
  readonly #onEnd: () => void;
  readonly #records: RpcKvChangeRecord[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(signal: AbortSignal, onEnd: () => void) {
    this.#signal = signal;
    this.#onEnd = onEnd;
    signal.addEventListener('abort', () => this.#wake());
  }

  push(record: RpcKvChangeRecord): void {
    this.#records.push(record);
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RpcKvChangeRecord> {
    try {
      while (!this.#signal.aborted) {
        const record = this.#records.shift();
        if (record !== undefined) yield record;
        else if (this.#failure !== undefined) throw this.#failure;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#onEnd();
    }
  }
}

/** The shared map is one for all, whoever has written a key. */
function idOf(lane: RpcKvLane, node: string, key: string): string {
  return lane === 'shared' ? `${lane}\n${key}` : `${lane}\n${node}\n${key}`;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.from(a).equals(b);
}
