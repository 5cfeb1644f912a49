import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that is written from its beginning to its end. */
export interface WritableFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything written outlives a power failure. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The files of one folder: all that a {@link FileStore} needs of a file system, so that tests can bring one that fails. */
export interface StoreFiles {
  /** The folder's path, for messages. */
  readonly path: string;
  /** Makes the folder. */
  prepare(): Promise<void>;
  list(): Promise<readonly string[]>;
  /** `undefined` when there is no such file. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Makes the file, or empties it. */
  create(name: string): Promise<WritableFile>;
  rename(from: string, to: string): Promise<void>;
  /** It does no harm when there is none. */
  remove(name: string): Promise<void>;
  /** Resolves when files that were made, renamed or removed are so after a power failure too. */
  syncFolder(): Promise<void>;
  /** Tells the file from a copy of it. */
  identify(name: string): Promise<string>;
}

/** A folder of the system. What is in it may hold secrets, so that only this user may read it. */
export class FolderFiles implements StoreFiles {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async prepare(): Promise<void> {
    await makeFolder(this.path);
  }

  list(): Promise<readonly string[]> {
    return readdir(this.path);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.path, name));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async create(name: string): Promise<WritableFile> {
    return new HandleFile(await open(join(this.path, name), 'w', 0o600));
  }

  rename(from: string, to: string): Promise<void> {
    return rename(join(this.path, from), join(this.path, to));
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(join(this.path, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  async syncFolder(): Promise<void> {
    // Windows has no way to do it, and NTFS keeps such changes in order by itself.
    if (process.platform === 'win32') return;
    const folder = await open(this.path, constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async identify(name: string): Promise<string> {
    // Neither survives a copy, a backup or an archive. Where the birth of a file is not known it is 0, or changes with
    // every write: then a new generation is opened, which is always safe.
    const { ino, birthtimeMs } = await stat(join(this.path, name), { bigint: true });
    return `${ino}.${birthtimeMs}`;
  }
}

/**
 * Makes the folder and those above it that are missing. Node's own way never ends where the folder above is there and the
 * system says all the same that something is missing, as `/proc` does (Node 20, `mkdir` with `recursive`).
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await tryMakeFolder(path);
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
    await makeFolder(parent);
    await tryMakeFolder(path);
  }
}

/** It does no harm when it is there. */
async function tryMakeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Of a folder that is there, some file systems first tell that they are read-only.
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) throw error;
  }
}

class HandleFile implements WritableFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(bytes: Uint8Array): Promise<void> {
    // Writes the rest too when the system takes only a part.
    await this.#handle.writeFile(bytes);
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** The system's name of an error, such as `ENOSPC`. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
