import type { Command } from 'commander';
import { exitCodeTexts, type ExitCode } from './exit-codes.ts';

/** What `--help` and docs/cli.md say of a command beyond its flags. */
export interface CommandHelp {
  /** Paragraphs, wrapped by hand at 80 columns. */
  readonly notes?: string;
  /** Command lines, each with what it is for. */
  readonly examples: readonly (readonly [command: string, purpose: string])[];
  /** Variables of the environment that the command reads. */
  readonly environment?: readonly (readonly [name: string, meaning: string])[];
  /** The codes this command can end with; the text of {@link exitCodeTexts} where none is given. */
  readonly exits: readonly (ExitCode | readonly [ExitCode, string])[];
}

const helps = new WeakMap<Command, CommandHelp>();

/** Adds `help` below the flags in `--help`, and keeps it for {@link helpOf}. */
export function addHelp(command: Command, help: CommandHelp): Command {
  helps.set(command, help);
  return command.addHelpText('after', `\n${helpText(help)}`);
}

/** What {@link addHelp} was given. */
export function helpOf(command: Command): CommandHelp | undefined {
  return helps.get(command);
}

/** The variables of the environment that a command reads. */
export function environmentOf(command: Command): readonly (readonly [string, string])[] {
  return helpOf(command)?.environment ?? [];
}

/** The exit codes of a command with their texts. */
export function exitLines(help: CommandHelp): (readonly [ExitCode, string])[] {
  return help.exits.map((exit) => (typeof exit === 'number' ? [exit, exitCodeTexts[exit]] : exit));
}

function helpText(help: CommandHelp): string {
  const examples = help.examples.map(([line, purpose]) => `  # ${purpose}\n  $ ${line}\n`).join('');
  const exits = exitLines(help).map(([code, text]) => `  ${String(code).padEnd(5)}${text}\n`);
  const notes = help.notes === undefined ? '' : `${help.notes}\n\n`;
  const variables = (help.environment ?? []).map(([name, meaning]) => `  ${name.padEnd(20)}${meaning}\n`);
  const environment = variables.length === 0 ? '' : `\nEnvironment:\n${variables.join('')}`;
  return `${notes}Examples:\n${examples}\nExit codes:\n${exits.join('')}${environment}`.trimEnd();
}
