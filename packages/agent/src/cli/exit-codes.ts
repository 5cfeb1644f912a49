/**
 * What the process says when it ends. 0, 1 and 127 mean what they mean for `serf`, so that scripts written for it go
 * on working; 2 is for commands that ask something and can get "no" for an answer.
 */
export const ExitCode = {
  /** The command did what it was asked. */
  ok: 0,
  /** It could not: a bad flag, key, address or file, a port that is taken, an agent that is not there or says no. */
  failed: 1,
  /** It did its work, and the answer is no: a malformed packet, a rumor that did not reach everybody. */
  answerIsNo: 2,
  /** No command, or an unknown one. */
  noCommand: 127,
  /** Ended by Ctrl-C or SIGTERM before it was done; an agent that left in time ends with 0 instead. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** One line each, as `--help` and docs/cli.md print them. */
export const exitCodeTexts: Readonly<Record<ExitCode, string>> = {
  [ExitCode.ok]: 'done',
  [ExitCode.failed]: 'failed: a bad flag, key, address or file, a port in use, an agent that is not there or says no',
  [ExitCode.answerIsNo]: 'the command worked and the answer is no',
  [ExitCode.noCommand]: 'no command, or an unknown one',
  [ExitCode.interrupted]: 'interrupted before it was done',
};

/** A failure that is told in one line, without a stack: the user can do something about it. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: ExitCode;
  /** Stable, for programs that read `--json`, where there is one. */
  readonly code: string | undefined;

  constructor(
    message: string,
    exitCode: ExitCode = ExitCode.failed,
    options: { readonly cause?: unknown; readonly code?: string } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = exitCode;
    this.code = options.code;
  }
}
