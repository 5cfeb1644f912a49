import type { StoreFiles, WritableFile } from '../../packages/hearsay/src/node/kv-store/store-files.ts';

/** One thing that was done to a folder. */
export type FileOperation =
  | { readonly type: 'create'; readonly name: string }
  | { readonly type: 'write'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly type: 'sync'; readonly name: string }
  | { readonly type: 'rename'; readonly name: string; readonly to: string }
  | { readonly type: 'remove'; readonly name: string }
  | { readonly type: 'sync-folder' };

/** What is in a folder. */
export type Image = Map<string, Uint8Array>;

/** What a file system says when it refuses. `writtenBytes` of a write are written all the same. */
export interface Refusal {
  readonly code: string;
  readonly writtenBytes?: number;
}

/** A folder in memory, which keeps account of all that is done to it and refuses what a test wants it to. */
export class MemoryFiles implements StoreFiles {
  readonly path: string = '/data';
  readonly operations: FileOperation[] = [];
  /** Asked before each operation. */
  refuse: (operation: FileOperation) => Refusal | undefined = () => undefined;
  /** Awaited by each operation: a slow disk. */
  pause: () => Promise<void> = () => Promise.resolve();
  readonly #content: Image;
  readonly #birth: string;

  /** `birth` tells one folder from a copy of it. */
  constructor(content: Image = new Map(), birth: string = 'first') {
    this.#content = new Map(content);
    this.#birth = birth;
  }

  /** What is there now. */
  get image(): Image {
    return new Map(this.#content);
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  list(): Promise<readonly string[]> {
    return Promise.resolve([...this.#content.keys()]);
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#content.get(name));
  }

  async create(name: string): Promise<WritableFile> {
    await this.#do({ type: 'create', name });
    return {
      write: (bytes) => this.#do({ type: 'write', name, bytes: bytes.slice() }),
      sync: () => this.#do({ type: 'sync', name }),
      close: () => Promise.resolve(),
    };
  }

  rename(name: string, to: string): Promise<void> {
    return this.#do({ type: 'rename', name, to });
  }

  remove(name: string): Promise<void> {
    return this.#do({ type: 'remove', name });
  }

  syncFolder(): Promise<void> {
    return this.#do({ type: 'sync-folder' });
  }

  identify(name: string): Promise<string> {
    return Promise.resolve(`${this.#birth}/${name}`);
  }

  async #do(operation: FileOperation): Promise<void> {
    await this.pause();
    const refusal = this.refuse(operation);
    if (refusal !== undefined) {
      const { code, writtenBytes = 0 } = refusal;
      if (operation.type === 'write' && writtenBytes > 0) {
        this.#apply({ ...operation, bytes: operation.bytes.subarray(0, writtenBytes) });
      }
      throw Object.assign(new Error(`${code}: refused`), { code });
    }
    this.#apply(operation);
  }

  #apply(operation: FileOperation): void {
    this.operations.push(operation);
    applyTo(this.#content, operation);
  }
}

/** What is there when a process is killed after `count` operations and `bytes` of the next: all that it did. */
export function imageAfterKill(
  start: Image,
  operations: readonly FileOperation[],
  count: number,
  bytes: number,
): Image {
  const image = new Map(start);
  for (const operation of operations.slice(0, count)) applyTo(image, operation);
  const next = operations[count];
  if (next?.type === 'write') applyTo(image, { ...next, bytes: next.bytes.subarray(0, bytes) });
  return image;
}

/**
 * What may be there after a power failure: of changes of names since the folder was synced, any of them; of each file, what
 * was synced and a part of the rest, or zeros in its place. `chance` (0 to 1) chooses.
 */
export function imageAfterPowerFailure(
  start: Image,
  operations: readonly FileOperation[],
  count: number,
  chance: () => number,
): Image {
  // Files as they are written, whatever their names become.
  const files = new Map<string, Written>();
  for (const [name, bytes] of start) files.set(name, { bytes, syncedBytes: bytes.length });
  const arrived = new Map(files);
  let pending: ((names: Map<string, Written>) => void)[] = [];
  for (const operation of operations.slice(0, count)) {
    if (operation.type === 'sync-folder') {
      for (const change of pending) change(arrived);
      pending = [];
      continue;
    }
    const { name } = operation;
    const file = files.get(name);
    if (operation.type === 'write') file!.bytes = Buffer.concat([file!.bytes, operation.bytes]);
    else if (operation.type === 'sync') file!.syncedBytes = file!.bytes.length;
    else {
      const made: Written = { bytes: new Uint8Array(0), syncedBytes: 0 };
      const change = (names: Map<string, Written>): void => {
        if (operation.type !== 'create') names.delete(name);
        if (operation.type === 'create') names.set(name, made);
        if (operation.type === 'rename') names.set(operation.to, file!);
      };
      change(files);
      pending.push(change);
    }
  }
  for (const change of pending) if (chance() < 0.5) change(arrived);
  return new Map([...arrived].map(([name, file]) => [name, bytesLeft(file, chance)]));
}

/** A file, and how much of it outlives a power failure for sure. */
interface Written {
  bytes: Uint8Array;
  syncedBytes: number;
}

function bytesLeft({ bytes, syncedBytes }: Written, chance: () => number): Uint8Array {
  const left = bytes.slice(0, syncedBytes + Math.floor(chance() * (bytes.length - syncedBytes + 1)));
  // What was allocated and not written is zeros.
  return chance() < 0.5 ? left.fill(0, syncedBytes) : left;
}

function applyTo(image: Image, operation: FileOperation): void {
  switch (operation.type) {
    case 'create':
      image.set(operation.name, new Uint8Array(0));
      return;
    case 'write':
      image.set(operation.name, Buffer.concat([image.get(operation.name)!, operation.bytes]));
      return;
    case 'rename':
      image.set(operation.to, image.get(operation.name)!);
      image.delete(operation.name);
      return;
    case 'remove':
      image.delete(operation.name);
      return;
    case 'sync':
    case 'sync-folder':
  }
}
