import { Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { json, pad, paintFor, safeText } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { entryFields, isoTime } from './entries.ts';
import { ownAction } from './own-action.ts';
import { waitMs } from './receipt.ts';
import { shownValue } from './values.ts';

interface WhereFlags extends AgentFlags {
  readonly wait: number;
}

/** `hearsay kv where`: who has a key, and who lags. */
export function kvWhereCommand(context: CommandContext): Command {
  const command = new Command('where')
    .summary('who has a key, and who lags')
    .description('Ask who has a shared key as this agent has it, and who has not yet.')
    .argument('<key>', 'the key')
    .addOption(
      new Option('--wait <time>', 'how long to wait for answers, at most 1m').argParser(waitMs).default(5_000, '5s'),
    );
  addAgentFlags(command).action(ownAction(context, where));
  return addHelp(command, {
    notes: [
      'It ends as soon as all are known to have it, and takes all of the time when one has not. Members',
      'that keep no state, such as agents of Serf, are listed for themselves.',
    ].join('\n'),
    examples: [['hearsay kv where flags/new-ui', 'did everybody get it?']],
    exits: [
      [ExitCode.ok, 'all live members that keep state have it'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, took too long, or said no'],
      [ExitCode.answerIsNo, 'the key has no value, or somebody has not said in time that it has it'],
    ],
  });
}

async function where({ flags, args, io, setExitCode }: Call<WhereFlags>): Promise<void> {
  const key = args[0]!;
  const found = await askAgent({ flags, io }, (client) => client.kv.where(key, { waitMs: flags.wait }));
  if (found === undefined || found.missing.length > 0) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) {
    const { seen = [], missing = [], incapable = [] } = found ?? {};
    const entry = found && { entry: entryFields(found.entry) };
    return io.out(
      json({ schema: 'hearsay/kv-where/1', key, found: found !== undefined, ...entry, seen, missing, incapable }),
    );
  }
  if (found === undefined) return io.err(`${JSON.stringify(key)} has no value\n`);
  const { entry, seen, missing, incapable } = found;
  const paint = paintFor(io);
  const line = (label: string, text: string): string => `  ${pad(label, 16)}${safeText(text)}\n`;
  const names = (list: readonly string[]): string => `${list.length}: ${list.toSorted().join(', ')}`;
  io.out(
    [
      `${paint(safeText(key), 'bold')}  ${shownValue(entry.value, 100)}\n`,
      line(
        'written',
        `${isoTime(entry.writtenAtMs)} by ${entry.author === '' ? 'a member unknown here' : entry.author}`,
      ),
      line('has it', names(seen)),
      missing.length === 0 ? '' : paint(line('lags', names(missing)), 'yellow'),
      incapable.length === 0 ? '' : line('keeps no state', names(incapable)),
    ].join(''),
  );
}
