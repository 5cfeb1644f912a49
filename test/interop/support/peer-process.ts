import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFailed, onTestFinished } from 'vitest';
import { findPeer } from '../../peers.mjs';

/** Where this run's logs and data lie. Kept, so that a failure can be looked at. */
const runFolder: string = mkdtempSync(join(tmpdir(), 'hearsay-interop-'));
const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The path of a program that {@link findPeer} must know; for suites that are skipped without it. */
export function requirePeer(program: string): string {
  const path = findPeer(program);
  if (path === undefined) throw new Error(`${program} is not on this machine: npm test fetches it`);
  return path;
}

/** `test`: ends with the test that started it, at the latest. `suite`: whoever started it stops it. */
export type Lifetime = 'test' | 'suite';

/** A running program, with its log in a file. */
export class PeerProcess {
  readonly name: string;
  readonly logPath: string;
  readonly folder: string;
  /** Settles when it has ended, with the exit status, or null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(name: string, path: string, args: (folder: string) => readonly string[], lifetime: Lifetime = 'test') {
    this.name = name;
    this.folder = mkdtempSync(join(runFolder, `${name}-`));
    this.logPath = join(this.folder, 'log.txt');
    mkdirSync(join(this.folder, 'data'));
    const log = openSync(this.logPath, 'a');
    // The folder above usr/bin: an unpacked Alertmanager looks for its usr/share from there.
    const cwd = join(dirname(path), '../..');
    this.#child = spawn(path, args(this.folder), { stdio: ['ignore', log, log], cwd });
    closeSync(log);
    running.add(this.#child);
    this.ended = once(this.#child, 'exit').then(([code]) => code as number | null);
    void this.ended.finally(() => running.delete(this.#child));
    if (lifetime === 'suite') return;
    onTestFailed(() => this.printLastLines());
    onTestFinished(() => this.stop('SIGKILL'));
  }

  get logLines(): string[] {
    return readFileSync(this.logPath, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  printLastLines(): void {
    console.log(`--- last lines of ${this.logPath}\n${this.logLines.slice(-25).join('\n')}`);
  }

  /** Sends the signal, without waiting for what comes of it. */
  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends the signal and waits for the end. Does nothing to a process that has ended. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    await this.ended;
  }
}
