/** What the user should hear of the store of gossiped state. The cluster goes on in every case. */
export type KvStoreEvent =
  /**
   * The end of the log is damaged, as a crash leaves it: what stands behind `goodBytes` is cut. `torn`: it ends in the
   * middle of a record; `checksum`: its bytes are not those that were written; `head`: the file does not begin as a log;
   * `sequence`: a record is missing; `content`: another version of this library wrote it.
   */
  | {
      readonly type: 'store-torn';
      readonly file: string;
      readonly reason: 'torn' | 'checksum' | 'head' | 'sequence' | 'content';
      readonly goodBytes: number;
      readonly cutBytes: number;
    }
  /** A snapshot cannot be read: this node begins empty and learns all from the others. `keptAs` is the file's new name. */
  | { readonly type: 'store-corrupt'; readonly file: string; readonly keptAs: string | undefined }
  /** Writes of this node that were found behind damage: lost, unless a peer has them. At most 100 of the keys. */
  | { readonly type: 'store-lost'; readonly count: number; readonly keys: readonly string[] }
  /** The store refuses, for instance `ENOSPC`. Told once; it is tried again until `store-recovered`. */
  | {
      readonly type: 'store-failed';
      readonly operation: 'append' | 'snapshot' | 'start' | 'stop';
      readonly code: string;
      readonly message: string;
    }
  /** All state is stored again. */
  | { readonly type: 'store-recovered'; readonly afterMs: number; readonly attempts: number }
  /** The store is slower than what changes; so the whole state is written in place of the changes that waited. */
  | { readonly type: 'store-lagging'; readonly waitingBytes: number }
  /** Another process has taken the folder: nothing is stored any longer. */
  | { readonly type: 'store-taken'; readonly path: string };

/** Receives events of a store; must not throw. */
export type KvStoreEventSink = (event: KvStoreEvent) => void;
