import type { ExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';

/** What a command is built with. */
export interface CommandContext {
  readonly io: Io;
  /** How the process ends when the command did not throw; 0 unless called. */
  readonly setExitCode: (code: ExitCode) => void;
}
