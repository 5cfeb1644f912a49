import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts `text` in the place of the file at `path`: after a crash at any moment there is either the old content or the
 * new one, whole. A new file can be read by its owner alone; an existing one keeps its mode, and a symbolic link stays
 * one. Synchronous, because who changes keys must not go on before they are kept.
 *
 * Throws what the file system says; then the old content is untouched.
 */
export function replaceFile(path: string, text: string): void {
  const { target, mode } = existing(path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeSynced(temporary, text, mode);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(target));
}

function existing(path: string): { readonly target: string; readonly mode: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { target: path, mode: 0o600 };
  return { target: realpathSync(path), mode: stat.mode & 0o777 };
}

function writeSynced(path: string, text: string, mode: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** So that the rename itself survives a crash. Some systems cannot, and then nothing more can be done. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The new content is in place all the same.
  }
}
