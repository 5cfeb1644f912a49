import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { safeText } from '../output.ts';
import { writeFromNetwork } from './network-text.ts';
import { SerfError } from './serf-error.ts';

/** One use of a command: what was typed, and what it runs in. */
export interface Call<Flags> extends CommandContext {
  readonly args: readonly string[];
  readonly flags: Flags;
}

/** Flags that every command with an {@link action} has. */
export interface JsonFlag {
  readonly json?: boolean;
}

/**
 * The action of a command that talks like `serf`. A {@link SerfError} is told in its words; with `--json` every failure
 * is a document of the schema hearsay/error/1.
 */
export function action<Flags extends JsonFlag>(
  context: CommandContext,
  run: (call: Call<Flags>) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const flags = command.opts<Flags>();
    try {
      await run({ ...context, args: command.args, flags });
    } catch (error) {
      if (!(error instanceof Error) || !isForPeople(error)) throw error;
      if (flags.json === true) context.io.out(errorDocument(command, error));
      else if (error instanceof SerfError) tellInWords(command, error, context.io);
      else throw error;
      tellAdvice(command, error, context.io);
      context.setExitCode(ExitCode.failed);
    }
  };
}

/** Writes what is for people; with `--json` nothing, for then the document says it all. */
export function textWriter({ flags, io }: { readonly flags: JsonFlag; readonly io: Io }): (text: string) => void {
  return (text) => {
    if (flags.json !== true) io.out(text);
  };
}

function isForPeople(error: Error): boolean {
  return ['SerfError', 'CliError', 'ClusterError'].includes(error.name);
}

/** In one line, for it may come after the lines of a monitor. */
function errorDocument(command: Command, error: Error): string {
  const { code, advice } = error as { readonly code?: string; readonly advice?: string };
  const document = {
    schema: 'hearsay/error/1',
    command: pathOf(command),
    code: code ?? 'ERR_USAGE',
    message: error.message.trim(),
    ...(advice !== undefined && { advice }),
  };
  return `${JSON.stringify(document)}\n`;
}

/** The message may have words of other members, which the agent passes on. */
function tellInWords(command: Command, { message, showsUsage }: SerfError, io: Io): void {
  if (message !== '' || !showsUsage) writeFromNetwork(io, Buffer.from(`${message}\n`));
  if (showsUsage) io.out(`${message === '' ? '' : '\n'}${command.helpInformation()}`);
}

function tellAdvice(command: Command, error: Error, io: Io): void {
  if (error instanceof SerfError && error.advice !== undefined) {
    io.err(`hearsay ${pathOf(command)}: ${safeText(error.advice)}\n`);
  }
}

/** `keys rotate`: the words after `hearsay`. */
function pathOf(command: Command): string {
  const parent = command.parent;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}
