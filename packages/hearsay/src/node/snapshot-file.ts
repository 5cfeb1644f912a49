import { open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import type { SnapshotRecord } from '../serf/index.ts';
import { ClusterError } from '../util/index.ts';
import { LockFile } from './lock-file.ts';
import type { SnapshotTraceEvent } from './options.ts';

/** A file that is larger is no snapshot: it is rewritten at 256 bytes a member. */
const fileMaxBytes = 64 * 1024 * 1024;
/** Most characters that wait for a slow disk; more are dropped. */
const queuedMaxChars = 4 * 1024 * 1024;

/** What a snapshot file is made of. */
export interface SnapshotFileParts {
  readonly path: string;
  /** The disk refuses. Told once, and again when it has worked in between. */
  readonly onError: (error: ClusterError) => void;
  readonly trace?: (event: SnapshotTraceEvent) => void;
}

/**
 * The file behind the records of the core. Writes happen one after the other, beside the protocol, which never waits for
 * the disk; a disk that fails costs lines of the snapshot and nothing else.
 *
 * A lock beside it keeps a second process away: whoever compacts puts a new file in the place of the one that the other has
 * open. Serf knows of no lock, and does not mind it.
 */
export class SnapshotFile {
  /** What the file said when it was opened. */
  readonly text: string;
  readonly #path: string;
  readonly #onError: (error: ClusterError) => void;
  readonly #trace: SnapshotFileParts['trace'];
  readonly #lock: LockFile;
  /** Undefined when it could not be opened again. */
  #handle: FileHandle | undefined;
  readonly #queue: SnapshotRecord[] = [];
  #queuedChars: number = 0;
  #work: Promise<void> | undefined;
  /** What stands last in the file may be part of a line. */
  #isLineOpen: boolean;
  #isFailing: boolean = false;

  /** @throws {@link ClusterError} `ERR_FILE` when it cannot be read or written, is no snapshot, or another process uses it */
  static async open(parts: SnapshotFileParts): Promise<SnapshotFile> {
    const { path } = parts;
    let lock: LockFile | undefined;
    let handle: FileHandle | undefined;
    try {
      await checkIsFile(path);
      lock = await LockFile.take({
        path: `${path}.lock`,
        guarded: `the snapshot file ${path}`,
        // The next write tells.
        onTaken: () => undefined,
      });
      handle = await openToAppend(path);
      const { size } = await handle.stat();
      if (size > fileMaxBytes) throw new Error(`it has ${size} bytes, the limit is ${fileMaxBytes}`);
      return new SnapshotFile(parts, lock, handle, await readFile(path, 'utf8'));
    } catch (cause) {
      await handle?.close();
      await lock?.release();
      if (cause instanceof ClusterError) throw cause;
      throw fileError(`the snapshot file ${path} cannot be used`, cause);
    }
  }

  private constructor({ path, onError, trace }: SnapshotFileParts, lock: LockFile, handle: FileHandle, text: string) {
    this.text = text;
    this.#path = path;
    this.#onError = onError;
    this.#trace = trace;
    this.#lock = lock;
    this.#handle = handle;
    this.#isLineOpen = text !== '' && !text.endsWith('\n');
  }

  /** Queues a change. */
  apply(record: SnapshotRecord): void {
    if (record.kind === 'replace') this.#forget();
    if (record.kind !== 'sync') {
      if (this.#queuedChars + record.text.length > queuedMaxChars) {
        return this.#fail(
          new Error(`${this.#queuedChars} characters wait for the disk, the limit is ${queuedMaxChars}`),
        );
      }
      this.#queuedChars += record.text.length;
    }
    this.#queue.push(record);
    this.#work ??= this.#writeAll();
  }

  /** Resolves when everything so far is written, or was given up. */
  async flushed(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    await this.#work;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch((error: unknown) => this.#fail(error));
    await this.#lock.release();
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      const record = this.#takeNext();
      if (record === undefined) break;
      const startedMs = performance.now();
      try {
        await this.#write(record);
        this.#isFailing = false;
        this.#traceWritten(record.kind, performance.now() - startedMs);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#work = undefined;
  }

  /** The next record; lines that are to be appended all at once. */
  #takeNext(): SnapshotRecord | undefined {
    const [first] = this.#queue;
    if (first?.kind !== 'append') {
      if (first?.kind === 'replace') this.#queuedChars -= first.text.length;
      return this.#queue.shift();
    }
    const count = this.#queue.findIndex(({ kind }) => kind !== 'append');
    const appends = this.#queue.splice(0, count < 0 ? this.#queue.length : count);
    const text = appends.map((record) => (record.kind === 'append' ? record.text : '')).join('');
    this.#queuedChars -= text.length;
    return { kind: 'append', text };
  }

  async #write(record: SnapshotRecord): Promise<void> {
    if (this.#lock.isLost) throw new Error('another process has taken it');
    if (record.kind === 'replace') return this.#replace(record.text);
    this.#handle ??= await openToAppend(this.#path);
    if (record.kind === 'sync') return this.#handle.sync();
    const text = this.#isLineOpen ? `\n${record.text}` : record.text;
    this.#isLineOpen = true;
    await this.#handle.appendFile(text);
    this.#isLineOpen = false;
  }

  /** As Serf does it, and so that either the old or the new content is there at any moment (Serf `snapshot.go`). */
  async #replace(text: string): Promise<void> {
    const compactPath = `${this.#path}.compact`;
    const compact = await open(compactPath, 'w', 0o644);
    try {
      await compact.writeFile(text);
      await compact.sync();
    } finally {
      await compact.close();
    }
    await this.#handle?.close();
    this.#handle = undefined;
    await rename(compactPath, this.#path);
    this.#isLineOpen = false;
    this.#handle = await openToAppend(this.#path);
  }

  #traceWritten(kind: SnapshotRecord['kind'], durationMs: number): void {
    if (kind === 'sync') return;
    this.#trace?.({ type: kind === 'append' ? 'snapshot-appended' : 'snapshot-compacted', durationMs });
  }

  /** What is queued is part of the new content. */
  #forget(): void {
    this.#queue.length = 0;
    this.#queuedChars = 0;
  }

  #fail(cause: unknown): void {
    if (!this.#isFailing) this.#onError(fileError(`the snapshot file ${this.#path} cannot be written`, cause));
    this.#isFailing = true;
  }
}

/** A device or a pipe could be read for ever, or never. */
async function checkIsFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === false) throw new Error('it is no regular file');
}

function openToAppend(path: string): Promise<FileHandle> {
  return open(path, 'a', 0o644);
}

function fileError(what: string, cause: unknown): ClusterError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ClusterError('ERR_FILE', `${what}: ${reason}. Check the folder, its permissions and the disk`, { cause });
}
