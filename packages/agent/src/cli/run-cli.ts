import type { ClusterError } from 'hearsay';
import { CommanderError, type Command } from 'commander';
import { CliError, ExitCode } from './exit-codes.ts';
import { acceptGoFlags } from './flags.ts';
import type { Io } from './io.ts';
import { safeText } from './output.ts';
import { buildProgram } from './program.ts';
import { versionLines } from './version.ts';

/**
 * Runs one command line, `args` being what follows the program's name, and resolves to the exit code when the command
 * is over. Never rejects for what a user can do wrong: that is one line on standard error.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode: ExitCode = ExitCode.ok;
  const program = await buildProgram({ io, setExitCode: (code) => (exitCode = code) }, args[0]);
  const normalised = acceptGoFlags(program, args);
  const first = normalised[0];
  if (first === undefined) {
    program.outputHelp({ error: true });
    return ExitCode.noCommand;
  }
  if (['-v', '--version'].includes(first)) {
    io.out(versionLines());
    return ExitCode.ok;
  }
  try {
    await program.parseAsync(normalised, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, program, normalised, io);
  }
}

function report(error: unknown, program: Command, args: readonly string[], io: Io): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.ok;
    // A command that only groups others, like `packet`, was called without one: commander has printed its help.
    if (error.code === 'commander.help') return ExitCode.noCommand;
    const command = commandPath(program, args);
    const hint = longerCommand(commandsOf(program, args).at(-1)!, error.message);
    io.err(`${command}: ${oneLine(error.message.replace(/^error: /, ''))}${hint} (see ${command} --help)\n`);
    return command === program.name() ? ExitCode.noCommand : ExitCode.failed;
  }
  if (error instanceof CliError) {
    io.err(`${commandPath(program, args)}: ${oneLine(error.message)}\n`);
    return error.exitCode;
  }
  if (isClusterError(error)) {
    io.err(`${commandPath(program, args)}: ${oneLine(error.message)} (${error.code})\n`);
    return ExitCode.failed;
  }
  throw error;
}

/** By name, so that `--help` need not load the library for its class. */
function isClusterError(error: unknown): error is ClusterError {
  return error instanceof Error && error.name === 'ClusterError';
}

/** The command that `args` lead to, in words: `hearsay packet decode`. */
function commandPath(program: Command, args: readonly string[]): string {
  return commandsOf(program, args)
    .map((command) => command.name())
    .join(' ');
}

/** From `program` on, each a command of the one before it. */
function commandsOf(program: Command, args: readonly string[]): readonly Command[] {
  const path = [program];
  for (const arg of args) {
    const child = path
      .at(-1)!
      .commands.find((candidate) => candidate.name() === arg || candidate.aliases().includes(arg));
    if (child === undefined) break;
    path.push(child);
  }
  return path;
}

/** Commander suggests what differs by a few letters; this one suggests what was cut short, like `sim`. */
function longerCommand(command: Command, message: string): string {
  const word = /^error: unknown command '([^']+)'$/.exec(message)?.[1];
  if (word === undefined) return '';
  const names = command.commands.map((child) => child.name()).filter((name) => name.startsWith(word));
  return names.length === 0 ? '' : ` (Did you mean ${names.join(' or ')}?)`;
}

function oneLine(message: string): string {
  return safeText(message.replace(/\s*\n\s*/g, ' ').trim());
}
