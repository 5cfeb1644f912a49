import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { ClusterError } from 'hearsay';
import type { LogSink } from './agent-log.ts';
import { syslogPriority } from './syslog-codes.ts';

/** Where the system's log listens, by system. Go `log/syslog`. */
const sockets = ['/dev/log', '/var/run/syslog', '/var/run/log'] as const;
/** Lines that may wait for a syslog that is slow or gone; more are dropped. In bytes. */
const maxWaitingBytes = 1024 * 1024;
const restartAfterMs = 5_000;

/** What is told to other than the defaults, in tests. */
export interface SyslogOptions {
  readonly facility: string;
  /** The program that carries the lines. @defaultValue `logger` */
  readonly program?: string;
  /** @defaultValue the first of the system's that is there */
  readonly socketPath?: string;
}

/**
 * A sink of the log that hands lines to the system's syslog, tagged `serf`, through `logger(1)`: Node has no sockets
 * of the kind that syslog listens on. One process lives as long as the agent, and is started again when it dies.
 */
export class Syslog {
  readonly #facility: string;
  readonly #program: string;
  readonly #socketPath: string;
  #process: ChildProcess | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #droppedCount: number = 0;

  /** @throws {@link ClusterError} `ERR_CONFIG` when this system has no syslog to talk to */
  constructor({ facility, program = 'logger', socketPath = sockets.find(isSocket) }: SyslogOptions) {
    if (socketPath === undefined) {
      throw new ClusterError(
        'ERR_CONFIG',
        `Syslog setup failed: nothing listens at ${sockets.join(', ')} (enable_syslog is true; start a syslog, or remove the key)`,
      );
    }
    this.#facility = facility;
    this.#program = program;
    this.#socketPath = socketPath;
    this.#start();
  }

  /** Lines that were lost: syslog was slow, or not there. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Takes an entry of the log; never blocks, never throws. Time and level go another way than in the line. */
  readonly sink: LogSink = ({ level, text }) => {
    const stdin = this.#process?.stdin;
    if (stdin?.writable !== true || stdin.writableLength > maxWaitingBytes) {
      this.#droppedCount += 1;
      return;
    }
    stdin.write(`<${syslogPriority(this.#facility, level)}>${text.slice(text.indexOf('] ') + 2)}\n`);
  };

  /** Lets what was written arrive, for a second at most. */
  async close(): Promise<void> {
    clearTimeout(this.#restartTimer);
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined || process.exitCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => process.kill('SIGKILL'), 1_000);
      process.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      process.stdin?.end();
    });
  }

  #start(): void {
    const args = ['--prio-prefix', '--tag', 'serf', '--socket', this.#socketPath];
    const started: ChildProcess = spawn(this.#program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    this.#process = started;
    started.stdin?.on('error', () => {}); // its end is told below
    const onEnd = (): void => {
      if (this.#process !== started) return;
      this.#process = undefined;
      this.#restartTimer = setTimeout(() => this.#start(), restartAfterMs);
      this.#restartTimer.unref();
    };
    started.once('error', onEnd);
    started.once('close', onEnd);
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}
