import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RotationState } from 'hearsay/core';
import { CliError } from '../exit-codes.ts';

/**
 * Where a rotation keeps how far it has come, so that it survives the process. It holds keys: only its owner may read it.
 */
export class StateFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined when there is no file. `read` tells a state from anything else. */
  load(read: (value: unknown) => RotationState | undefined): RotationState | undefined {
    const text = this.#read();
    if (text === undefined) return undefined;
    const state = read(parsed(text));
    if (state === undefined)
      throw new CliError(`${this.path} holds no state of a key rotation; name another with -state`);
    return state;
  }

  /** On the disk when it returns: whoever comes after a crash finds the old state or this one, whole. */
  store(state: RotationState): void {
    const temporary = `${this.path}.tmp`;
    try {
      // A file that lies there already might be open to others.
      rmSync(temporary, { force: true });
      writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
      renameSync(temporary, this.path);
      flushFolder(dirname(this.path));
    } catch (error) {
      throw new CliError(`the state of the rotation cannot be kept: ${(error as Error).message}`);
    }
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new CliError((error as Error).message);
    }
  }
}

/** A file's new name is on the disk when its folder is. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
