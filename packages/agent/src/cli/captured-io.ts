import type { Io, InterruptSignal, Terminal } from './io.ts';

/** An {@link Io} that keeps what is written, and a hand on the signals. */
export interface CapturedIo extends Io {
  /** Everything written to standard output so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** What {@link Io.exit} was called with. */
  readonly exitedWith: number | undefined;
  interrupt(signal: InterruptSignal): void;
}

/** What a captured process is like. Default: no terminal, empty environment, no input. */
export interface CapturedIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | undefined;
  readonly terminal?: Terminal | undefined;
}

/** For running commands inside another program: tests, and the page that is made from `--help`. */
export function captureIo(options: CapturedIoOptions = {}): CapturedIo {
  let stdout = '';
  let stderr = '';
  let exitedWith: number | undefined;
  const listeners = new Set<(signal: InterruptSignal) => void>();
  return {
    env: options.env ?? {},
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    readInput: () => Promise.resolve(options.input),
    terminal: options.terminal,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onExit: () => () => {},
    exit: (code) => void (exitedWith ??= code),
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    get exitedWith() {
      return exitedWith;
    },
    interrupt: (signal) => listeners.forEach((listener) => listener(signal)),
  };
}
