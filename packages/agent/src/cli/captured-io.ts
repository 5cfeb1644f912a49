import type { Io, InterruptSignal, Terminal } from './io.ts';

/** An {@link Io} that keeps what is written, and a hand on the signals. */
export interface CapturedIo extends Io {
  /** Everything written to standard output so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** What {@link Io.exit} was called with. */
  readonly exitedWith: number | undefined;
  interrupt(signal: InterruptSignal): void;
  /** As SIGHUP does. */
  reload(): void;
  /** As SIGUSR1 does. */
  dump(): void;
  /** As when that key is pressed. */
  press(key: string): void;
  /** As when nobody reads standard output any more. */
  breakOutput(): void;
  /** As when whoever reads standard output pauses until {@link CapturedIo.drainOutput}; what is written is kept. */
  stallOutput(): void;
  drainOutput(): void;
}

/** What a captured process is like. Default: no terminal, empty environment, no input. */
export interface CapturedIoOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array | undefined;
  readonly terminal?: Terminal | undefined;
  readonly errorTerminal?: Terminal | undefined;
}

/** For running commands inside another program: tests, and the page that is made from `--help`. */
export function captureIo(options: CapturedIoOptions = {}): CapturedIo {
  let stdout = '';
  let stderr = '';
  let exitedWith: number | undefined;
  const listeners = new Set<(signal: InterruptSignal) => void>();
  const reloads = new Set<() => void>();
  const dumps = new Set<() => void>();
  const keys = new Set<(key: string) => void>();
  const breaks = new Set<() => void>();
  const drains = new Set<() => void>();
  let isOutputFull = false;
  return {
    env: options.env ?? {},
    out: (text) => void (stdout += text),
    outBytes: (bytes) => void (stdout += Buffer.from(bytes).toString()),
    get isOutputFull() {
      return isOutputFull;
    },
    outputDrained: () => new Promise((resolve) => (isOutputFull ? drains.add(resolve) : resolve())),
    err: (text) => void (stderr += text),
    readInput: () => Promise.resolve(options.input),
    terminal: options.terminal,
    errorTerminal: options.errorTerminal,
    onInterrupt: (listener) => keep(listeners, listener),
    onReload: (listener) => keep(reloads, listener),
    onDump: (listener) => keep(dumps, listener),
    onKey: (listener) => keep(keys, listener),
    onBrokenOutput: (listener) => keep(breaks, listener),
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
    reload: () => reloads.forEach((listener) => listener()),
    press: (key) => keys.forEach((listener) => listener(key)),
    dump: () => dumps.forEach((listener) => listener()),
    breakOutput: () => breaks.forEach((listener) => listener()),
    stallOutput: () => void (isOutputFull = true),
    drainOutput: () => {
      isOutputFull = false;
      for (const resolve of drains) resolve();
      drains.clear();
    },
  };
}

/** Adds `listener`, and returns how to take it out. */
function keep<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
