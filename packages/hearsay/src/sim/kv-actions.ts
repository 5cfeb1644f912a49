import type { ClusterKv, KvWrite, OwnedEntry, PutOptions, SharedEntry, SharedPutOptions } from '../cluster/index.ts';
import { ClusterError } from '../util/index.ts';
import { toBytes } from './ascii.ts';
import type { SimNode } from './sim-node.ts';
import type { Simulator } from './simulator.ts';

/** A write into the shared map, and what its author had before its eyes. */
export interface KvActionRecord {
  readonly entry: SharedEntry;
  readonly before: SharedEntry | undefined;
}

/**
 * What users of gossiped state do. Each is part of the transcript and of the run's hash. Values are texts of ASCII; a
 * write that is refused throws, as it does for a user.
 */
export class KvActions {
  /** All writes into the shared map, in their order. */
  readonly writes: KvActionRecord[] = [];
  readonly #simulator: Simulator;
  readonly #nodeNamed: (name: string) => SimNode;

  constructor(simulator: Simulator, nodeNamed: (name: string) => SimNode) {
    this.#simulator = simulator;
    this.#nodeNamed = nodeNamed;
  }

  /** The state of the node, for what is not below. */
  at(name: string): ClusterKv {
    return kvOf(this.#nodeNamed(name));
  }

  put(name: string, key: string, value: string, options: SharedPutOptions = {}): KvWrite<SharedEntry> {
    return this.#change(name, key, `puts ${key}`, (kv, nowMs) => kv.put(nowMs, key, toBytes(value), options));
  }

  delete(name: string, key: string): KvWrite<SharedEntry> | undefined {
    return this.#change(name, key, `deletes ${key}`, (kv, nowMs) => kv.delete(nowMs, key));
  }

  setOwn(name: string, key: string, value: string, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return this.#do(name, `sets its ${key}`, (kv, nowMs) => kv.setOwn(nowMs, key, toBytes(value), options));
  }

  deleteOwn(name: string, key: string): KvWrite<OwnedEntry> | undefined {
    return this.#do(name, `deletes its ${key}`, (kv, nowMs) => kv.deleteOwn(nowMs, key));
  }

  setTelemetry(name: string, key: string, value: string, options: PutOptions = {}): KvWrite<OwnedEntry> {
    return this.#do(name, `measures ${key}`, (kv, nowMs) => kv.setTelemetry(nowMs, key, toBytes(value), options));
  }

  /** What the key of the shared map shows at the node. */
  get(name: string, key: string): string | undefined {
    return textOf(this.at(name).get(key));
  }

  /** What the key of `owner` shows at the node. */
  getOwned(name: string, owner: string, key: string): string | undefined {
    return textOf(this.at(name).getOwned(owner, key));
  }

  /** Deletions that are old enough are forgotten there, and the streams of the dead seen to, whenever that is due. */
  tend(name: string): void {
    this.#do(name, 'tends its state', ({ state, capableNames }) => {
      state.collect();
      const names = this.#nodeNamed(name).core.allMembers.map((member) => member.name);
      state.tendDeadStreams(new Set(names), new Set(capableNames));
    });
  }

  /** The wall clock there is ahead of the others' from now on, or behind when negative. */
  setClock(name: string, aheadMs: number): void {
    const node = this.#nodeNamed(name);
    this.#simulator.note(node, `has a clock that is ${aheadMs} ms ahead`);
    node.clockAheadMs = aheadMs;
  }

  #change<Result extends KvWrite<SharedEntry> | undefined>(
    name: string,
    key: string,
    text: string,
    command: (kv: ClusterKv, nowMs: number) => Result,
  ): Result {
    const before = this.at(name).get(key);
    const write = this.#do(name, text, command);
    if (write !== undefined && write.entry !== before) this.writes.push({ entry: write.entry, before });
    return write;
  }

  #do<Result>(name: string, text: string, command: (kv: ClusterKv, nowMs: number) => Result): Result {
    const node = this.#nodeNamed(name);
    this.#simulator.note(node, text);
    return node.step((_, nowMs) => command(kvOf(node), nowMs));
  }
}

function kvOf(node: SimNode): ClusterKv {
  const { kv } = node.core;
  if (kv === undefined) throw new ClusterError('ERR_UNSUPPORTED', `${node.name} takes no part in gossiped state`);
  return kv;
}

function textOf(entry: { readonly value: Uint8Array } | undefined): string | undefined {
  return entry === undefined ? undefined : String.fromCharCode(...entry.value);
}
