import type { KvRecord } from '../kv/index.ts';
import type { SerfTraceEvent, SnapshotRecord } from '../serf/index.ts';
import type { SwimTraceEvent } from '../swim/index.ts';
import type { Address, Rng, TimerQueue, Trace } from '../util/index.ts';
import type { Aead } from '../wire/index.ts';
import type { ClusterEvent } from './events.ts';

/** Names a stream between the core and its driver. Given out by the core, never used twice by one node. */
export type StreamId = number;

/** What the core asks of the world. Implemented by the Node driver and by the simulator, and by nothing else. */
export interface Effects {
  /** Best effort. `packet` is the core's own buffer and is valid only during the call. */
  sendPacket(to: Address, packet: Uint8Array): void;
  /** Opens a stream; the driver answers with `streamOpened` or `streamClosed`. */
  openStream(stream: StreamId, to: Address): void;
  /** `chunk` is valid only during the call. */
  writeStream(stream: StreamId, chunk: Uint8Array): void;
  /** Writes what is pending, then closes. The driver does not call `streamClosed` for a stream the core closed. */
  closeStream(stream: StreamId): void;
  /** Queues an event; the driver delivers it when the entry point has returned. */
  emit(event: ClusterEvent): void;
  /** Changes the snapshot file. Called only when the node was made with `serf.snapshot`. */
  persist?(record: SnapshotRecord): void;
  /** Stores what a step has changed in the state layer. Called only when the node was made with `kv.saved`. */
  persistState?(record: KvRecord): void;
}

/** What a node is born with. */
export interface Env {
  readonly rng: Rng;
  /** Keeps the node's deadlines; the simulator has one in which some stand still. @defaultValue a plain one */
  readonly timers?: TimerQueue;
  /** Needed only when there is a keyring. */
  readonly aead?: Aead;
  /** Fills `target` from a cryptographic source; for nonces. */
  readonly fillRandom: (target: Uint8Array) => void;
  /**
   * Wall time in milliseconds since 1970, for the stamps of the state layer, and for whom to probe in which period. It may
   * jump, in either direction; everything else goes by the monotonic time that every input brings.
   */
  readonly wallMs?: () => number;
  readonly trace?: Trace<SwimTraceEvent>;
  /** Serf pools only. */
  readonly serfTrace?: Trace<SerfTraceEvent>;
  /**
   * Stores the keys when a Serf pool has changed them, the primary one first. Called in the middle of a step: it must not
   * call back. Returns an error text when it failed, which is told to whoever asked for the change.
   */
  readonly saveKeys?: (keys: readonly Uint8Array[]) => string | undefined;
}
