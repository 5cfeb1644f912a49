/** What a {@link SerfError} is made of beyond its text. */
export interface SerfErrorDetails {
  /** What to try: a sentence for people, on standard error. */
  readonly advice?: string | undefined;
  /** Stable, for programs that read `--json`. Default: `ERR_USAGE`. */
  readonly code?: string;
  /** Whether the command's usage follows. */
  readonly showsUsage?: boolean;
  readonly cause?: unknown;
}

/**
 * A failure told in the words of `serf`, and on standard output as `serf` does it: scripts look for them there. Advice of
 * our own goes to standard error, where it breaks nothing.
 */
export class SerfError extends Error {
  override readonly name: string = 'SerfError';
  readonly advice: string | undefined;
  readonly code: string;
  readonly showsUsage: boolean;

  constructor(text: string, details: SerfErrorDetails = {}) {
    super(text, { cause: details.cause });
    this.advice = details.advice;
    this.code = details.code ?? 'ERR_USAGE';
    this.showsUsage = details.showsUsage ?? false;
  }
}

/** A command line that is not complete: the usage follows. */
export function usageError(text: string): SerfError {
  return new SerfError(text, { showsUsage: true });
}
