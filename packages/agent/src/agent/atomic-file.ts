import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Puts `text` in the place of the file at `path`: after a crash at any moment there is either the old content or the
 * new one, whole. A new file can be read by its owner alone; an existing one keeps its mode and, where that is allowed,
 * its owner, and a symbolic link stays one. Synchronous, because who changes keys must not go on before they are kept.
 *
 * Throws what the file system says; then the old content is untouched.
 */
export function replaceFile(path: string, text: string): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const target = before === undefined ? path : realpathSync(path);
  const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeSynced(temporary, text, before);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(dirname(target));
}

function writeSynced(path: string, text: string, before: Stats | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(text);
    let writtenBytes = 0;
    while (writtenBytes < bytes.length) writtenBytes += writeSync(file, bytes, writtenBytes);
    if (before !== undefined) {
      // Root may run the agent once on files of its usual user.
      if (process.getuid?.() === 0) fchownSync(file, before.uid, before.gid);
      fchmodSync(file, before.mode & 0o777);
    }
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
