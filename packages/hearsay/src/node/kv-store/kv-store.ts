import { encodeStored, type KvRecord, type SavedState } from '../../kv/index.ts';
import { assert, ClusterError } from '../../util/index.ts';
import type { KvStoreEventSink } from './events.ts';
import { readStored, type FoundState } from './read-stored.ts';
import { RecordQueue } from './record-queue.ts';
import type { StateStore } from './state-store.ts';
import { Trouble } from './trouble.ts';
import { isNewWrite, nextVersions, type NextVersions } from './weigh.ts';

/**
 * When what was written outlives a power failure. `batch`: after at most 200 ms or 64 KiB. `always`: as soon as the disk
 * can. `off`: when the system likes. A process that dies alone loses only what it had not handed over, a few
 * milliseconds, in each of them.
 */
export type KvDurability = 'batch' | 'always' | 'off';

/** What a {@link KvStore} needs. */
export interface KvStoreParts {
  readonly store: StateStore;
  /** @defaultValue `batch` */
  readonly durability?: KvDurability;
  readonly onEvent: KvStoreEventSink;
  /** Wall time in milliseconds since 1970. @defaultValue the system's */
  readonly wallMs?: () => number;
}

/** Figures of a {@link KvStore}, since it was opened. */
export interface KvStoreStats {
  /** Records that were appended, and their bytes. */
  readonly records: number;
  readonly bytes: number;
  readonly snapshots: number;
  readonly snapshotBytes: number;
  /** How often waiting records were given up for a snapshot, as the store was slower than what changes. */
  readonly collapses: number;
  readonly failures: number;
  /** Bytes, about, that wait in memory. */
  readonly waitingBytes: number;
  /** Since when the store refuses, in wall milliseconds. */
  readonly failingSinceMs: number | undefined;
}

const kib = 1_024;
/** Without `always`, so long and so much may be lost in a power failure. */
const syncAfterMs = 200;
const syncAfterBytes = 64 * kib;
/** So much waits in memory for a slow store; then the state is written whole. */
const waitingMaxBytes = 4_096 * kib;
/** The log is cut when it is larger than four snapshots, but not while it is small. */
const logMinBytes = 64 * kib;
const logMaxBytes = 16_384 * kib;
const logPerSnapshot = 4;

/**
 * Keeps gossiped state in a {@link StateStore}, beside the protocol, which never waits for it.
 *
 * Each step is a record in a log; now and then a snapshot of all takes the place of the log. When the store refuses or
 * is too slow, records are given up, and a snapshot repairs that as soon as it can be written. What is stored is always
 * what the node had at some moment, and a node that starts with an old state opens a new generation; so the worst that a
 * disk can do is to forget.
 */
export class KvStore {
  /** What is left of the process before; `undefined` when nothing is. */
  readonly saved: SavedState | undefined;
  /** Whether the streams of `saved` go on: it is all that they hold, and nobody else goes on with them. */
  readonly isCleanStop: boolean;
  /** When the last of it was stored, in wall milliseconds. */
  readonly savedAtMs: number | undefined;
  readonly #store: StateStore;
  readonly #durability: KvDurability;
  readonly #onEvent: KvStoreEventSink;
  #source: (() => SavedState) | undefined;
  readonly #queue: RecordQueue;
  /** Nothing may be appended, as something before is missing: a snapshot must come first. */
  #hasGap: boolean;
  #isRunning: boolean = false;
  #snapshot: Promise<void> | undefined;
  #logBytes: number = 0;
  #snapshotBytes: number = 0;
  /** Bytes that were handed to the store, and how many of them are known to be on the disk. */
  #writtenBytes: number = 0;
  #syncedBytes: number = 0;
  #isSyncDue: boolean = false;
  #isSyncing: boolean = false;
  /** Of all records that came, so many are as durable as is configured. */
  #safeCount: number = 0;
  /** Who waits for that, in the order in which they came. */
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  #syncTimer: NodeJS.Timeout | undefined;
  readonly #trouble: Trouble;
  /** The versions that the mark of a clean stop promises not to have been given. */
  #stopped: NextVersions | undefined;
  #isClosed: boolean = false;
  readonly #counts = { records: 0, bytes: 0, snapshots: 0, collapses: 0, failures: 0 };

  /** Reads what there is. @throws {@link ClusterError} `ERR_FILE` when it cannot be read at all, or is in use */
  static async open(parts: KvStoreParts): Promise<KvStore> {
    const { store, onEvent, wallMs = Date.now } = parts;
    try {
      const found = readStored(await store.load(), wallMs());
      for (const problem of found.problems) onEvent(problem);
      // Before anything else is written: the mark of a clean stop counts once.
      const failure = found.isStopped ? await tryStart(store, found.sequence + 1, wallMs()) : undefined;
      return new KvStore(parts, found, failure);
    } catch (cause) {
      await store.close();
      if (cause instanceof ClusterError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ClusterError('ERR_FILE', `stored state cannot be read: ${reason}`, { cause });
    }
  }

  private constructor(
    { store, durability = 'batch', onEvent, wallMs = Date.now }: KvStoreParts,
    found: FoundState,
    startFailure: { readonly cause: unknown } | undefined,
  ) {
    this.saved = found.saved;
    this.isCleanStop = found.isStopped && startFailure === undefined;
    this.savedAtMs = found.savedAtMs;
    this.#store = store;
    this.#durability = durability;
    this.#onEvent = onEvent;
    this.#queue = new RecordQueue(found.sequence + (found.isStopped ? 1 : 0), wallMs);
    this.#hasGap = !found.isIntact || startFailure !== undefined;
    this.#snapshotBytes = found.snapshotBytes;
    this.#logBytes = found.logBytes;
    this.#trouble = new Trouble({ onEvent, wallMs, onRetry: () => this.#pump() });
    if (startFailure !== undefined) this.#trouble.tell('start', startFailure.cause);
  }

  get stats(): KvStoreStats {
    return {
      ...this.#counts,
      snapshotBytes: this.#snapshotBytes,
      waitingBytes: this.#queue.bytes,
      failingSinceMs: this.#trouble.sinceMs,
    };
  }

  /** The node lives: `source` gives all its state, for snapshots. Records may come before. */
  begin(source: () => SavedState): void {
    this.#source = source;
    this.#pump();
  }

  /** A step has changed something. Returns at once. */
  persist(record: KvRecord): void {
    if (this.#stopped !== undefined) {
      assert(!isNewWrite(record, this.#stopped), 'no version is given after the mark of a clean stop');
      return;
    }
    if (this.#isClosed) return;
    this.#queue.push(record);
    if (this.#queue.bytes > waitingMaxBytes) {
      this.#counts.collapses += 1;
      if (!this.#hasGap) this.#onEvent({ type: 'store-lagging', waitingBytes: this.#queue.bytes });
      this.#giveUpWaiting();
    }
    this.#pump();
  }

  /** Resolves when what was told so far is as durable as is configured, or the store refuses. */
  async flushed(): Promise<void> {
    const count = this.#queue.pushedCount;
    if (this.#safeCount >= count || (this.#hasGap && !this.#mayTry)) return;
    if (this.#durability !== 'off') this.#isSyncDue = true;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ count, resolve });
      this.#pump();
    });
  }

  /**
   * Stores the rest, and marks a clean stop unless `isClean` is false. The node must give no version from then on; its state
   * is still asked for.
   */
  async close({ isClean = true }: { readonly isClean?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    // Once more, should it have failed.
    this.#trouble.cancel();
    do {
      await this.flushed();
      await this.#snapshot;
    } while (!this.#queue.isEmpty && !this.#hasGap);
    this.#isClosed = true;
    clearTimeout(this.#syncTimer);
    this.#trouble.cancel();
    if (isClean && this.#source !== undefined && !this.#hasGap) await this.#markStop(this.#source());
    await this.#store.close();
  }

  #pump(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    // Steps that follow at once go together.
    await Promise.resolve();
    for (;;) {
      if (this.#hasGap) {
        if (!this.#mayTry) break;
        await this.#snapshot;
        await this.#takeSnapshot();
        continue;
      }
      if (this.#isLogLong && this.#snapshot === undefined && this.#mayTry) void this.#takeSnapshot();
      if (this.#mustSync) void this.#sync();
      if (this.#queue.isEmpty) break;
      await this.#append(this.#queue.takeBatch());
    }
    this.#isRunning = false;
    if (this.#hasGap) this.#release(Infinity);
  }

  get #mayTry(): boolean {
    return this.#source !== undefined && !this.#trouble.isPaused && !this.#isClosed;
  }

  get #isLogLong(): boolean {
    return this.#logBytes > Math.max(logMinBytes, Math.min(logMaxBytes, logPerSnapshot * this.#snapshotBytes));
  }

  get #mustSync(): boolean {
    const unsyncedBytes = this.#writtenBytes - this.#syncedBytes;
    if (this.#isSyncing || unsyncedBytes === 0 || this.#durability === 'off') return false;
    return this.#durability === 'always' || this.#isSyncDue || unsyncedBytes >= syncAfterBytes;
  }

  async #append(batch: readonly Uint8Array[]): Promise<void> {
    const bytes = batch.reduce((sum, record) => sum + record.length, 0);
    this.#writtenBytes += bytes;
    this.#logBytes += bytes;
    const count = this.#queue.takenCount;
    try {
      await this.#store.append(batch, false);
    } catch (error) {
      this.#fail('append', error);
      this.#giveUpWaiting();
      return;
    }
    this.#counts.records += batch.length;
    this.#counts.bytes += bytes;
    if (this.#durability === 'off') this.#markSafe(count);
    if (this.#durability === 'batch') this.#armSync();
  }

  /** What was appended so far outlives a power failure, after a while in which others are appended. */
  async #sync(): Promise<void> {
    this.#isSyncing = true;
    this.#isSyncDue = false;
    const writtenBytes = this.#writtenBytes;
    const count = this.#queue.takenCount;
    try {
      await this.#store.append([], true);
      this.#syncedBytes = Math.max(this.#syncedBytes, writtenBytes);
      this.#markSafe(count);
    } catch (error) {
      this.#fail('append', error);
      this.#giveUpWaiting();
    }
    this.#isSyncing = false;
    // They have come since it began.
    if (this.#waiting.length > 0) this.#isSyncDue = true;
    this.#pump();
  }

  /** All state as it is now, in place of the log. Takes effect in order: what is told afterwards comes behind it. */
  #takeSnapshot(): Promise<void> {
    const hadGap = this.#hasGap;
    const batch = hadGap ? [] : this.#queue.takeAll();
    if (hadGap) this.#giveUpWaiting();
    this.#hasGap = false;
    const saved = this.#source!();
    const size = { bytes: 0 };
    const count = this.#queue.takenCount;
    const appended = hadGap ? undefined : this.#append(batch);
    const writtenBytes = this.#writtenBytes;
    this.#logBytes = 0;
    this.#snapshot = this.#store
      .snapshot(this.#queue.snapshotOf(saved, size))
      .then(
        () => {
          this.#snapshotBytes = size.bytes;
          this.#counts.snapshots += 1;
          this.#syncedBytes = Math.max(this.#syncedBytes, writtenBytes);
          this.#markSafe(count);
          if (!this.#hasGap) this.#trouble.end();
        },
        (error: unknown) => {
          if (hadGap) this.#giveUpWaiting();
          // Tried again when the log is long enough, or after a pause.
          else this.#logBytes = logMaxBytes + logMinBytes;
          this.#fail('snapshot', error);
        },
      )
      .then(() => appended)
      .finally(() => {
        this.#snapshot = undefined;
        this.#pump();
      });
    return this.#snapshot;
  }

  /** What waits is not stored, so nothing else may be until a snapshot is. */
  #giveUpWaiting(): void {
    this.#queue.giveUp();
    this.#hasGap = true;
  }

  #markSafe(count: number): void {
    this.#safeCount = Math.max(this.#safeCount, count);
    this.#release(this.#safeCount);
  }

  /** Whoever waits for so many records waits no longer. */
  #release(count: number): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.count <= count) this.#waiting.shift()!.resolve();
  }

  #armSync(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      this.#isSyncDue = true;
      this.#pump();
    }, syncAfterMs).unref();
  }

  #fail(operation: 'append' | 'snapshot', error: unknown): void {
    this.#counts.failures += 1;
    this.#release(Infinity);
    this.#trouble.add(operation, error);
  }

  async #markStop(saved: SavedState): Promise<void> {
    const next = nextVersions(saved);
    this.#stopped = next;
    try {
      // So that the medium is the one that will be marked.
      await this.#store.append([], true);
      const { own } = saved;
      const { medium } = this.#store;
      const mark = { type: 'stopped', own, nextShared: next.shared, nextOwned: next.owned, medium } as const;
      await this.#store.append([this.#queue.encode(mark)], true);
    } catch (error) {
      this.#trouble.tell('stop', error);
    }
  }
}

/** The first thing that a process does with a state that was left in order: from now on it is not. */
async function tryStart(
  store: StateStore,
  sequence: number,
  wallMs: number,
): Promise<{ readonly cause: unknown } | undefined> {
  try {
    await store.append([encodeStored({ sequence, wallMs, content: { type: 'started' } })], true);
    return undefined;
  } catch (cause) {
    return { cause };
  }
}
