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
 * What may be there after a power failure: of the names, those that the folder was synced with, or those of now; of each
 * file, what was synced and a part of the rest, which `chance` (0 to 1) chooses.
 */
export function imageAfterPowerFailure(
  start: Image,
  operations: readonly FileOperation[],
  count: number,
  chance: () => number,
): Image {
  // Files as they are written, whatever their names become.
  interface Node {
    bytes: Uint8Array;
    syncedBytes: number;
  }
  let names = new Map<string, Node>([...start].map(([name, bytes]) => [name, { bytes, syncedBytes: bytes.length }]));
  const versions = [new Map(names)];
  for (const operation of operations.slice(0, count)) {
    const node = 'name' in operation ? names.get(operation.name) : undefined;
    names = new Map(names);
    if (operation.type === 'create') names.set(operation.name, { bytes: new Uint8Array(0), syncedBytes: 0 });
    if (operation.type === 'write') node!.bytes = Buffer.concat([node!.bytes, operation.bytes]);
    if (operation.type === 'sync') node!.syncedBytes = node!.bytes.length;
    if (operation.type === 'remove') names.delete(operation.name);
    if (operation.type === 'rename') {
      names.delete(operation.name);
      names.set(operation.to, node!);
    }
    // Changes of names are kept in order by a journal, so that some number of them has arrived.
    if (operation.type === 'sync-folder') versions.length = 0;
    versions.push(names);
  }
  const arrived = versions[Math.floor(chance() * versions.length)]!;
  return new Map(
    [...arrived].map(([name, { bytes, syncedBytes }]) => {
      const length = syncedBytes + Math.floor(chance() * (bytes.length - syncedBytes + 1));
      // What was allocated and not written is zeros.
      const isZero = chance() < 0.5;
      return [name, bytes.slice(0, length).fill(isZero ? 0 : 1, isZero ? syncedBytes : length)];
    }),
  );
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
