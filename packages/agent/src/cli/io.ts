import { ExitCode } from './exit-codes.ts';

/** All that a command touches of the process it runs in; tests give it another one and read what was written. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes data to standard output. */
  out(text: string): void;
  /** The same for bytes that need not be text: what members answered is passed on as it came. */
  outBytes(bytes: Uint8Array): void;
  /** Whether standard output is read so slowly that 4 MiB of it wait. Who writes on regardless fills the memory. */
  readonly isOutputFull: boolean;
  /** Resolves when standard output is not full any more, or when it cannot be written any more. */
  outputDrained(): Promise<void>;
  /** Writes what is not data, above all errors, to standard error. */
  err(text: string): void;
  /** All of standard input; undefined when it is a terminal, where nobody would know that we wait. */
  readInput(): Promise<Uint8Array | undefined>;
  /** Undefined when standard output is not a terminal. */
  readonly terminal: Terminal | undefined;
  /** The same of standard error, where progress is shown. */
  readonly errorTerminal: Terminal | undefined;
  /** Calls `listener` on each SIGINT and SIGTERM until the returned function is called. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void;
  /** Calls `listener` when the process ends, however it does, until the returned function is called. */
  onExit(listener: () => void): () => void;
  /**
   * Calls `listener` when standard output cannot be written any more, because nobody reads it or a disk is full, until
   * the returned function is called. Without one that ends the command: with a line that says why, or quietly when nobody
   * reads, as `| head` has seen enough.
   */
  onBrokenOutput(listener: () => void): () => void;
  /** Calls `listener` on each SIGHUP until the returned function is called. */
  onReload(listener: () => void): () => void;
  /** Calls `listener` on each SIGUSR1 until the returned function is called. Never on Windows, which has none. */
  onDump(listener: () => void): () => void;
  /**
   * Calls `listener` on each key until the returned function is called; nothing that is typed is shown meanwhile. Ctrl-C is
   * a key then, and no signal. Never when standard input is not a terminal.
   */
  onKey(listener: (key: string) => void): () => void;
  /** Ends the process at once: for the second signal, when there is nothing left to wait for. */
  exit(code: number): void;
}

/** The signals that ask a process to end. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM';

/** A terminal's size, which changes while we draw. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Calls `listener` after a change of size until the returned function is called. */
  onResize(listener: () => void): () => void;
}

/** What may wait for whoever reads standard output. Chosen: minutes of a busy log, and little beside a process of Node. */
const waitingMaxBytes = 4 * 1024 * 1024;

/** The real process. */
export function processIo(): Io {
  const { stdout, stderr, stdin } = process;
  const outputListeners = new Set<() => void>();
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    for (const listener of outputListeners) listener();
    if (outputListeners.size > 0) return;
    if (error.code === 'EPIPE') process.exit(ExitCode.ok);
    stderr.write(`hearsay: standard output: ${systemText(error)}\n`);
    process.exit(ExitCode.failed);
  });
  // That complaints cannot be written is no reason to end, and there is nowhere to say so.
  stderr.on('error', () => {});
  return {
    env: process.env,
    out: (text) => void stdout.write(text),
    outBytes: (bytes) => void stdout.write(bytes),
    get isOutputFull() {
      return isFull(stdout);
    },
    outputDrained: () => drained(stdout),
    err: (text) => void stderr.write(text),
    readInput: async () => {
      if (stdin.isTTY) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    terminal: terminalOf(stdout),
    errorTerminal: terminalOf(stderr),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener).on('SIGTERM', listener);
      return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
    },
    onExit: (listener) => {
      process.on('exit', listener);
      return () => void process.off('exit', listener);
    },
    onBrokenOutput: (listener) => {
      outputListeners.add(listener);
      return () => void outputListeners.delete(listener);
    },
    onReload: (listener) => onSignal('SIGHUP', listener),
    onDump: (listener) => (process.platform === 'win32' ? () => {} : onSignal('SIGUSR1', listener)),
    onKey: (listener) => (stdin.isTTY ? onTerminalKey(listener) : () => {}),
    exit: (code) => process.exit(code),
  };
}

function isFull(stream: NodeJS.WriteStream): boolean {
  return stream.writable && stream.writableLength > waitingMaxBytes;
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (!isFull(stream)) return resolve();
    const onEnd = (): void => {
      stream.off('drain', onEnd).off('close', onEnd);
      resolve();
    };
    stream.on('drain', onEnd).on('close', onEnd);
  });
}

/** Node puts the code before what the system says, and the call behind it. */
function systemText({ message }: Error): string {
  return message.replace(/^[A-Z0-9]+: /, '').replace(/, \w+$/, '');
}

function onTerminalKey(listener: (key: string) => void): () => void {
  const { stdin } = process;
  const onData = (bytes: Buffer): void => {
    for (const key of bytes.toString()) listener(key);
  };
  stdin.setRawMode(true).on('data', onData).resume();
  return () => void stdin.off('data', onData).setRawMode(false).pause();
}

function onSignal(signal: NodeJS.Signals, listener: () => void): () => void {
  process.on(signal, listener);
  return () => void process.off(signal, listener);
}

function terminalOf(stream: NodeJS.WriteStream): Terminal | undefined {
  if (!stream.isTTY) return undefined;
  return {
    get columns() {
      return stream.columns || 80;
    },
    get rows() {
      return stream.rows || 24;
    },
    onResize: (listener) => {
      stream.on('resize', listener);
      return () => void stream.off('resize', listener);
    },
  };
}
