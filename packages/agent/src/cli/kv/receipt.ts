import { InvalidArgumentError, type Command } from 'commander';
import type { RpcKvWritten } from 'hearsay/client';
import { ExitCode } from '../exit-codes.ts';
import type { CommandHelp } from '../help.ts';
import { durationMs } from '../options.ts';
import { safeText } from '../output.ts';

const WAIT_MAX_MS = 60_000;

/** Adds `-wait`: how long to wait until all members have a write. */
export function addWaitFlag(command: Command): Command {
  return command.option(
    '--wait <time>',
    'wait until all live members have it, at most 1m, and say who has not',
    waitMs,
  );
}

/** Reads how long to wait for receipts. */
export function waitMs(text: string): number {
  const ms = durationMs(1)(text);
  if (ms > WAIT_MAX_MS) throw new InvalidArgumentError('Receipts are gathered for 1m at most.');
  return ms;
}

/** The exit codes of a command that writes. */
export const writeExits: CommandHelp['exits'] = [
  ExitCode.ok,
  [ExitCode.failed, 'bad flag or value; the agent cannot be reached, took too long, or said no'],
  [ExitCode.answerIsNo, 'with -wait: it is written, and not everybody had it in time, or a later write beat it'],
];

/** `seen by 5 members; not yet by n3`; `seen by 6 members, all that keep state`. */
export function receiptText({ seenCount, missing, overwrittenBy }: NonNullable<RpcKvWritten['receipt']>): string {
  const seen = `seen by ${seenCount} member${seenCount === 1 ? '' : 's'}`;
  const all = seenCount === 1 ? ', the only one that keeps state' : ', all that keep state';
  const lag = missing.length === 0 ? all : `; not yet by ${missing.join(', ')}`;
  const winner = overwrittenBy === undefined ? '' : `; a later write of ${overwrittenBy} has taken its place`;
  return safeText(`${seen}${lag}${winner}`);
}

/** What {@link receiptText} says, in a document. */
export function receiptFields(receipt: RpcKvWritten['receipt']): object {
  if (receipt === undefined) return {};
  const { seenCount, missing, overwrittenBy } = receipt;
  return { receipt: { seenCount, missing, ...(overwrittenBy !== undefined && { overwrittenBy }) } };
}

/** What a write ends with. */
export function exitOf(receipt: RpcKvWritten['receipt']): ExitCode {
  const isKept = receipt === undefined || (receipt.missing.length === 0 && receipt.overwrittenBy === undefined);
  return isKept ? ExitCode.ok : ExitCode.answerIsNo;
}
