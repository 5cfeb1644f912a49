import type { KvStoreEventSink } from './events.ts';
import { endOfSnapshot, fileHead, FileKind, frame, readFrames, wholeSnapshot } from './frames.ts';
import type { StateStore, StoredRecords } from './state-store.ts';
import type { StoreFiles, WritableFile } from './store-files.ts';

const snapshotName = 'state.snapshot';
/** A snapshot that is being written. */
const newSnapshotName = 'state.snapshot.new';
/** A snapshot that could not be read. */
const corruptSnapshotName = 'state.snapshot.corrupt';
const logPattern = /^state-(\d{8,10})\.log$/;
/** So many bytes of a snapshot are put together for one write. */
const writeBytes = 256 * 1_024;

/** What a {@link FileStore} is made of. */
export interface FileStoreParts {
  readonly files: StoreFiles;
  readonly onEvent: KvStoreEventSink;
  /** Keeps other processes out. Nothing is written once it is lost; given back at the end. */
  readonly lock?: { readonly isLost: boolean; release(): Promise<void> };
}

/** Logs that were read. */
interface ReadLogs {
  readonly log: Uint8Array[];
  readonly discarded: Uint8Array[];
  readonly isIntact: boolean;
}

/**
 * A snapshot file and logs behind it, in one folder. A file is only ever written from its beginning to its end: a start
 * begins a new log, and so does each snapshot, which makes the logs before it superfluous. So nothing is written behind
 * bytes of which it is not known whether they reached the disk.
 */
export class FileStore implements StateStore {
  readonly #files: StoreFiles;
  readonly #onEvent: KvStoreEventSink;
  readonly #lock: FileStoreParts['lock'];
  /** The log that is appended to, or the last one there is. */
  #number: number = 0;
  #log: WritableFile | undefined;
  /** Rejects, or resolves when the log's name and all logs before it outlive a power failure. */
  #ready: Promise<void> = Promise.resolve();
  #medium: string = '';
  /** Why nothing can be appended until the next snapshot begins. */
  #broken: { readonly cause: unknown } | undefined;
  /** Ends with the last call that was made: calls take effect in order. */
  #last: Promise<void> = Promise.resolve();
  #lastSync: Promise<void> = Promise.resolve();
  #snapshot: Promise<void> = Promise.resolve();

  constructor({ files, onEvent, lock }: FileStoreParts) {
    this.#files = files;
    this.#onEvent = onEvent;
    this.#lock = lock;
  }

  get medium(): string {
    return this.#medium;
  }

  async load(): Promise<StoredRecords> {
    await this.#files.prepare();
    await this.#files.remove(newSnapshotName).catch(() => {});
    const snapshot = await this.#readSnapshot();
    const names = await this.#files.list();
    const numbers = names.flatMap((name) => logPattern.exec(name)?.[1] ?? []).map(Number);
    const first = snapshot?.number ?? 0;
    const logs = await this.#readLogs(numbers.filter((number) => number >= first));
    this.#number = Math.max(first - 1, 0, ...numbers);
    this.#medium = numbers.length === 0 ? '' : await this.#files.identify(logName(this.#number)).catch(() => '');
    return { ...logs, snapshot: snapshot?.records, medium: this.#medium };
  }

  async append(records: readonly Uint8Array[], isDurable: boolean): Promise<void> {
    const log = await this.#enqueue(() => this.#write(records));
    // Not in the queue: what is appended meanwhile need not wait for a slow sync, and is with the system before it ends.
    if (isDurable) await this.#sync(log);
  }

  snapshot(records: Iterable<Uint8Array>): Promise<void> {
    const begun = this.#enqueue(() => this.#rotate());
    this.#snapshot = this.#snapshot
      .catch(() => {})
      .then(async () => {
        await this.#writeSnapshot(records, await begun);
      });
    return this.#snapshot;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    await this.#snapshot.catch(() => {});
    await this.#ready.catch(() => {});
    await this.#log?.close().catch(() => {});
    this.#log = undefined;
    this.#broken = { cause: new Error('the store is closed') };
    await this.#lock?.release();
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      if (this.#lock?.isLost === true) throw new Error(`another process uses the folder ${this.#files.path}`);
      return work();
    });
    this.#last = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  async #write(records: readonly Uint8Array[]): Promise<WritableFile> {
    if (this.#broken !== undefined) throw this.#broken.cause;
    try {
      this.#log ??= await this.#createLog();
      if (records.length > 0) await this.#log.write(frame(records));
      return this.#log;
    } catch (cause) {
      // What is in the file now nobody knows.
      this.#broken = { cause };
      throw cause;
    }
  }

  async #sync(log: WritableFile): Promise<void> {
    try {
      await this.#ready;
      await this.#oneSync(() => log.sync());
    } catch (cause) {
      // It is not tried again, as it may then claim to have worked.
      this.#broken = { cause };
      throw cause;
    }
  }

  /** What is appended from now on comes behind the snapshot that begins, in the log whose number this gives. */
  async #rotate(): Promise<number> {
    const old = this.#log;
    const isGood = this.#broken === undefined;
    const before = isGood ? this.#ready : Promise.resolve();
    this.#log = undefined;
    try {
      this.#broken = undefined;
      this.#log = await this.#createLog();
      return this.#number;
    } catch (cause) {
      this.#broken = { cause };
      throw cause;
    } finally {
      // Else a power failure could leave the new log behind a gap. What is appended to it need not wait.
      if (old !== undefined) this.#setReady([before, this.#ready, this.#finish(old, isGood)]);
    }
  }

  async #createLog(): Promise<WritableFile> {
    // Also when it fails: what was begun under that number is not trusted.
    this.#number += 1;
    const name = logName(this.#number);
    const log = await this.#files.create(name);
    try {
      await log.write(fileHead(FileKind.log, this.#number));
      this.#medium = await this.#files.identify(name);
    } catch (error) {
      await log.close().catch(() => {});
      throw error;
    }
    this.#setReady([this.#oneSync(() => this.#files.syncFolder())]);
    return log;
  }

  async #finish(log: WritableFile, isGood: boolean): Promise<void> {
    try {
      if (isGood) await this.#oneSync(() => log.sync());
    } finally {
      await log.close().catch(() => {});
    }
  }

  /** Of those for the log, one at a time: each keeps a thread of the few that Node has, and writes need one too. */
  #oneSync(sync: () => Promise<void>): Promise<void> {
    const done = this.#lastSync.then(sync);
    this.#lastSync = done.catch(() => {});
    return done;
  }

  #setReady(parts: readonly Promise<void>[]): void {
    this.#ready = Promise.all(parts).then(() => {});
    // Whoever needs it hears of it; nobody may.
    this.#ready.catch(() => {});
  }

  async #writeSnapshot(records: Iterable<Uint8Array>, firstLog: number): Promise<void> {
    const file = await this.#files.create(newSnapshotName);
    try {
      try {
        await writeAll(file, fileHead(FileKind.snapshot, firstLog), records);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#files.rename(newSnapshotName, snapshotName);
      await this.#files.syncFolder();
    } catch (error) {
      // Its room may be what is lacking.
      await this.#files.remove(newSnapshotName).catch(() => {});
      throw error;
    }
    await this.#removeLogsBefore(firstLog).catch(() => {});
  }

  async #removeLogsBefore(first: number): Promise<void> {
    for (const name of await this.#files.list()) {
      const number = logPattern.exec(name)?.[1];
      if (number !== undefined && Number(number) < first) await this.#files.remove(name);
    }
  }

  async #readSnapshot(): Promise<{ readonly number: number; readonly records: readonly Uint8Array[] } | undefined> {
    const bytes = await this.#files.read(snapshotName);
    if (bytes === undefined) return undefined;
    const content = readFrames(bytes, FileKind.snapshot);
    const records = wholeSnapshot(content);
    if (records !== undefined) return { number: content.number, records };
    const file = `${this.#files.path}/${snapshotName}`;
    // For whoever wants to look at it. The next snapshot would replace it.
    await this.#files.rename(snapshotName, corruptSnapshotName).catch(() => {});
    this.#onEvent({ type: 'store-corrupt', file, keptAs: `${this.#files.path}/${corruptSnapshotName}` });
    return undefined;
  }

  /** All logs in their order, up to the first damage. */
  async #readLogs(numbers: readonly number[]): Promise<ReadLogs> {
    const log: Uint8Array[] = [];
    const discarded: Uint8Array[] = [];
    let isIntact = true;
    for (const number of numbers.toSorted((a, b) => a - b)) {
      const name = logName(number);
      const bytes = (await this.#files.read(name)) ?? new Uint8Array(0);
      const content = readFrames(bytes, FileKind.log);
      const { damage, goodBytes, records } = content;
      for (const record of records) (isIntact ? log : discarded).push(record);
      for (const record of content.discarded) discarded.push(record);
      if (damage === undefined) continue;
      isIntact = false;
      const file = `${this.#files.path}/${name}`;
      this.#onEvent({ type: 'store-torn', file, reason: damage, goodBytes, cutBytes: bytes.length - goodBytes });
    }
    return { log, discarded, isIntact };
  }
}

function logName(number: number): string {
  return `state-${String(number).padStart(8, '0')}.log`;
}

/** In pieces, so that whatever else the process does goes on in between. */
async function writeAll(file: WritableFile, head: Uint8Array, records: Iterable<Uint8Array>): Promise<void> {
  await file.write(head);
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let count = 0;
  for (const record of records) {
    batch.push(record);
    batchBytes += record.length;
    count += 1;
    if (batchBytes < writeBytes) continue;
    await file.write(frame(batch));
    batch = [];
    batchBytes = 0;
  }
  await file.write(frame([...batch, endOfSnapshot(count)]));
}
