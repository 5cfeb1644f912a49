import { randomBytes } from 'node:crypto';
import { readFile, realpath, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError } from '../util/index.ts';

/** How often the owner shows that it lives, for processes on other hosts and in other containers. */
const refreshMs = 5_000;
/** An owner of another host that has not shown itself for so long is gone. Chosen: 12 times {@link refreshMs}. */
const staleMs = 60_000;
/** Two that find the same stale lock at once both replace it; after this time each sees who came last. */
const settleMs = 100;

/** Who has it. */
interface LockOwner {
  readonly host: string;
  readonly pid: number;
  /** When the process was started, in ticks since the host was, where the system tells: process ids are used again. */
  readonly startTicks: string;
  readonly token: string;
}

/** Tokens of the locks that this process holds: it may be started again under the same id, but not twice at once. */
const held = new Map<string, string>();

/** What a {@link LockFile} is made of. */
export interface LockFileParts {
  /** Where it is to stand. The folder is there. */
  readonly path: string;
  /** What it guards, for messages. */
  readonly guarded: string;
  /** Another process has taken it in spite of this one. */
  readonly onTaken: () => void;
}

/** A file that says who has what no second process may use. It is refreshed while the process has it. */
export class LockFile {
  readonly #path: string;
  readonly #token: string;
  readonly #refresh: NodeJS.Timeout;
  #isLost: boolean = false;

  /** @throws {@link ClusterError} `ERR_FILE` when another process has it */
  static async take({ path: asGiven, guarded, onTaken }: LockFileParts): Promise<LockFile> {
    // One name for it, however it was spelt.
    const path = join(await realpath(dirname(asGiven)), basename(asGiven));
    const owner: LockOwner = {
      host: hostname(),
      pid: process.pid,
      startTicks: await startTicksOf(process.pid),
      token: randomBytes(12).toString('hex'),
    };
    const text = `${JSON.stringify(owner)}\n`;
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      await insistIsStale(path, guarded);
      await replace(path, text, owner.token, guarded);
    }
    return new LockFile(path, owner.token, onTaken);
  }

  private constructor(path: string, token: string, onTaken: () => void) {
    this.#path = path;
    this.#token = token;
    held.set(path, token);
    this.#refresh = setInterval(() => void this.#show(onTaken), refreshMs);
    this.#refresh.unref();
  }

  /** Another process has taken it in spite of this one. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Gives it back. */
  async release(): Promise<void> {
    clearInterval(this.#refresh);
    this.#forget();
    if ((await readOwner(this.#path))?.token === this.#token) await unlink(this.#path).catch(() => {});
  }

  async #show(onTaken: () => void): Promise<void> {
    const owner = await readOwner(this.#path);
    // One that cannot be read, as when no descriptor is free, is not one that another has.
    if (owner === undefined || owner.token === this.#token) {
      const now = new Date();
      await utimes(this.#path, now, now).catch(() => {});
      return;
    }
    clearInterval(this.#refresh);
    this.#forget();
    this.#isLost = true;
    onTaken();
  }

  /** Unless it is held anew. */
  #forget(): void {
    if (held.get(this.#path) === this.#token) held.delete(this.#path);
  }
}

async function insistIsStale(path: string, guarded: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined) {
    // Made a moment ago and not yet written; or a crash left it empty.
    if ((await ageMsOf(path)) > staleMs) return;
  } else if (owner.host === hostname()) {
    if (owner.pid === process.pid ? !held.has(path) : !(await isAlive(owner))) return;
  } else if ((await ageMsOf(path)) > staleMs) return;
  throw taken(path, guarded, owner);
}

/** The lock is ours, unless another did the same at the same time and came later. */
async function replace(path: string, text: string, token: string, guarded: string): Promise<void> {
  const beside = `${path}.${token}`;
  await writeFile(beside, text, { flag: 'wx', mode: 0o600 });
  await rename(beside, path);
  await delay(settleMs);
  const owner = await readOwner(path);
  if (owner?.token !== token) throw taken(path, guarded, owner);
}

function taken(path: string, guarded: string, owner: LockOwner | undefined): ClusterError {
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
  return new ClusterError(
    'ERR_FILE',
    `${who} uses ${guarded}. Give each node its own; if it is gone for good, remove the file ${path}`,
  );
}

async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(path, 'utf8'));
    const isOwner = typeof owner === 'object' && owner !== null && 'token' in owner && 'pid' in owner;
    return isOwner ? (owner as LockOwner) : undefined;
  } catch {
    return undefined;
  }
}

async function ageMsOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found === undefined ? Infinity : Date.now() - found.mtimeMs;
}

async function isAlive({ pid, startTicks }: LockOwner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is another user's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const found = await startTicksOf(pid);
  return found === '' || startTicks === '' || found === startTicks;
}

/** Empty where the system does not tell (proc(5): the 22nd field of `stat`). */
async function startTicksOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is a name in brackets, and may hold anything.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
