import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { json } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { unlessInterrupted } from '../rpc/interrupt.ts';
import { readExport } from './export-lines.ts';
import { ownAction } from './own-action.ts';
import { readBytes } from './values.ts';

interface ImportFlags extends AgentFlags {
  readonly file?: string;
}

/** `hearsay kv import`: writes what an export has. */
export function kvImportCommand(context: CommandContext): Command {
  const command = new Command('import')
    .summary('write the shared keys of an export')
    .description('Write the shared keys of an export, as new writes of this agent.')
    .option('--file <path>', 'read this file; default: standard input');
  addAgentFlags(command).action(ownAction(context, importKeys));
  return addHelp(command, {
    notes: [
      'All of it is read and checked first. Keys that have their values are left alone. An agent takes',
      '500 shared writes at once and 50 a second; more waits. Keys that are not in it stay as they are.',
    ].join('\n'),
    examples: [['hearsay kv import -file=state.jsonl', 'what `hearsay kv export` has written']],
    exits: [
      ExitCode.ok,
      [ExitCode.failed, 'bad flag or file; the agent cannot be reached, or said no: what came before is written'],
      ExitCode.interrupted,
    ],
  });
}

async function importKeys({ flags, io, setExitCode }: Call<ImportFlags>): Promise<void> {
  const entries = readExport(await readBytes(flags.file, io, 'give an export with -file, or on standard input'));
  let changedCount = 0;
  let unchangedCount = 0;
  const onKey = (_: string, isChanged: boolean): void => {
    if (isChanged) changedCount += 1;
    else unchangedCount += 1;
  };
  const isFinished = await askAgent({ flags, io }, (client) =>
    unlessInterrupted(io, async (signal) => void (await client.kv.import(entries, { signal, onKey }))),
  );
  if (!isFinished) setExitCode(ExitCode.interrupted);
  const leftCount = entries.length - changedCount - unchangedCount;
  if (flags.json === true) {
    return io.out(json({ schema: 'hearsay/kv-import/1', changedCount, unchangedCount, leftCount }));
  }
  const left = leftCount === 0 ? '' : `, ${leftCount} not reached`;
  io.out(`${changedCount} written, ${unchangedCount} had their values already${left}\n`);
}
