/** All that a command touches of the process it runs in; tests give it another one and read what was written. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes data to standard output. */
  out(text: string): void;
  /** Writes what is not data, above all errors, to standard error. */
  err(text: string): void;
  /** All of standard input; undefined when it is a terminal, where nobody would know that we wait. */
  readInput(): Promise<Uint8Array | undefined>;
  /** Undefined when standard output is not a terminal. */
  readonly terminal: Terminal | undefined;
  /** Calls `listener` on each SIGINT and SIGTERM until the returned function is called. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void;
  /** Calls `listener` when the process ends, however it does, until the returned function is called. */
  onExit(listener: () => void): () => void;
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

/** The real process. */
export function processIo(): Io {
  const { stdout, stderr, stdin } = process;
  // A reader that has seen enough (`| head`) closes the pipe; that is no failure of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    env: process.env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    readInput: async () => {
      if (stdin.isTTY) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Uint8Array);
      return Buffer.concat(chunks);
    },
    terminal: stdout.isTTY ? stdoutTerminal() : undefined,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener).on('SIGTERM', listener);
      return () => void process.off('SIGINT', listener).off('SIGTERM', listener);
    },
    onExit: (listener) => {
      process.on('exit', listener);
      return () => void process.off('exit', listener);
    },
    exit: (code) => process.exit(code),
  };
}

function stdoutTerminal(): Terminal {
  const { stdout } = process;
  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    onResize: (listener) => {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
  };
}
