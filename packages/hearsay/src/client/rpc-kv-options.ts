import type { RpcKvEntry, RpcKvLane } from './rpc-kv-messages.ts';
import type { RpcCallOptions } from './rpc-options.ts';
import type { RpcStreamOptions } from './rpc-stream.ts';

/** Which keys are meant. */
export interface RpcKvScope {
  /** @defaultValue `shared` */
  readonly lane?: RpcKvLane;
  /** Whose keys, in an owned lane. Default: for one key the agent's own, for a list or a watch those of all. */
  readonly node?: string;
}

/** How to read a key. */
export interface RpcKvGetOptions extends RpcKvScope, RpcCallOptions {}

/** How to delete a key. In an owned lane it is the agent's own. */
export interface RpcKvDeleteOptions extends RpcCallOptions {
  /** @defaultValue `shared` */
  readonly lane?: RpcKvLane;
  /**
   * How long to wait until all live members have it, in milliseconds; shared keys only. The time comes on top of
   * `timeoutMs`.
   *
   * @defaultValue 0, not at all
   */
  readonly waitMs?: number;
}

/** How to write a key. In an owned lane it is the agent's own. */
export interface RpcKvPutOptions extends RpcKvDeleteOptions {
  /**
   * How long it counts, in milliseconds.
   *
   * @defaultValue 0, for ever
   */
  readonly ttlMs?: number;
  /**
   * Write it although it has that value.
   *
   * @defaultValue false
   */
  readonly touch?: boolean;
}

/** Which keys to list. */
export interface RpcKvListOptions extends RpcKvScope, RpcCallOptions {
  /** What the keys begin with. */
  readonly prefix?: string;
  /**
   * Leave the values out.
   *
   * @defaultValue false
   */
  readonly keysOnly?: boolean;
}

/** Which keys to follow. What waits for a slow reader is kept as of {@link RpcStreamOptions}; too much ends the stream. */
export interface RpcKvWatchOptions extends RpcKvScope, RpcStreamOptions {
  /** One key alone. */
  readonly key?: string;
  /** What the keys begin with. */
  readonly prefix?: string;
  /**
   * Hand the present state over first, and say `ready` after it.
   *
   * @defaultValue true
   */
  readonly snapshot?: boolean;
}

/** How to ask who has a key. */
export interface RpcKvWhereOptions extends RpcCallOptions {
  /**
   * How long to wait for news of who has it, in milliseconds. It ends earlier when all have, and takes all of the time
   * when one has not. The time comes on top of `timeoutMs`.
   *
   * @defaultValue 5000
   */
  readonly waitMs?: number;
}

/** What came of a write. */
export interface RpcKvWritten {
  /** False when there was nothing to write: the key had that value, or for a deletion none. */
  readonly changed: boolean;
  /** Who has it; undefined when it was not waited for, and for a deletion of nothing. */
  readonly receipt:
    | {
        /** Live members that have it, the agent included. */
        readonly seenCount: number;
        /** Live members that keep state and did not have it in time. */
        readonly missing: readonly string[];
        /** Whose later write has taken its place; undefined: it is what the agent shows. */
        readonly overwrittenBy: string | undefined;
      }
    | undefined;
}

/** Who has a key as the agent has it. */
export interface RpcKvWhere {
  readonly entry: RpcKvEntry;
  /** Live members that have it, the agent included. */
  readonly seen: readonly string[];
  /** Live members that keep state and have not said in time that they have it. */
  readonly missing: readonly string[];
  /** Live members that keep no state: agents of Serf, or with it switched off. */
  readonly incapable: readonly string[];
}

/** A shared key on its way from one cluster to another: its value, and nothing of its history. */
export interface RpcKvExported {
  readonly key: string;
  readonly value: Uint8Array;
  /** As it was given when the key was written, in milliseconds; 0: for ever. */
  readonly ttlMs: number;
}

/** How to import. */
export interface RpcKvImportOptions extends RpcCallOptions {
  /** Called after each key. */
  readonly onKey?: (key: string, isChanged: boolean) => void;
}

/** What came of an import. */
export interface RpcKvImported {
  /** Keys that were written. */
  readonly changedCount: number;
  /** Keys that had their values before. */
  readonly unchangedCount: number;
}
