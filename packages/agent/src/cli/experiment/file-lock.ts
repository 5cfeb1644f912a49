import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError } from '../exit-codes.ts';

/** What this process holds: a file that names its id, and is not among these, was left by an earlier process. */
const held = new Set<string>();

/**
 * Makes this process the only one to write the file at `path`, until the returned function is called. Another file beside
 * it, with `.lock` at the end of its name, holds the process id; one left by a process that is gone is taken over.
 *
 * @throws `CliError` when another process of this machine writes the file
 */
export function lockFile(path: string): () => void {
  const lockPath = resolve(`${path}.lock`);
  const text = `${process.pid}\n`;
  while (!tryCreate(lockPath, text)) {
    const owner = tryRead(lockPath);
    // Undefined when it has been taken away since.
    if (owner !== undefined && isInUse(lockPath, owner)) throw inUse(path, owner);
    if (owner !== undefined) remove(lockPath, owner);
  }
  held.add(lockPath);
  return () => {
    held.delete(lockPath);
    if (tryRead(lockPath) === text) rmSync(lockPath, { force: true });
  };
}

function tryCreate(lockPath: string, text: string): boolean {
  try {
    writeFileSync(lockPath, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new CliError(`cannot write ${lockPath}: ${(error as Error).message}`);
  }
}

function tryRead(lockPath: string): string | undefined {
  try {
    return readFileSync(lockPath, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`cannot read ${lockPath}: ${(error as Error).message}`);
  }
}

function isInUse(lockPath: string, owner: string): boolean {
  const pid = pidOf(owner);
  // Made a moment ago, and not yet written.
  if (pid === undefined) return true;
  return pid === process.pid ? held.has(lockPath) : isAlive(pid);
}

/**
 * Takes away what a process left that is gone. Two may do so at once, and one of them find the new lock of the other:
 * it puts that back.
 */
function remove(lockPath: string, owner: string): void {
  const aside = `${lockPath}.${process.pid}`;
  try {
    renameSync(lockPath, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new CliError(`cannot replace ${lockPath}: ${(error as Error).message}`);
  }
  if (tryRead(aside) === owner) rmSync(aside);
  else renameSync(aside, lockPath);
}

function inUse(path: string, owner: string): CliError {
  const pid = pidOf(owner);
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new CliError(`${who} writes ${path}; --out names another file (if it does not, remove ${path}.lock)`);
}

function pidOf(owner: string): number | undefined {
  return /^\d+\n$/.test(owner) ? Number(owner) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
