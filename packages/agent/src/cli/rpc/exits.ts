import { ExitCode } from '../exit-codes.ts';
import type { CommandHelp } from '../help.ts';

/** The exit codes of a command that asks an agent. */
export const agentExits: CommandHelp['exits'] = [
  ExitCode.ok,
  [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
];
