import { Command } from 'commander';
import type { RpcKvChangeRecord } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { pad, paintFor, safeText, type Look } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent } from '../rpc/ask-agent.ts';
import { outputRoom, unlessInterrupted } from '../rpc/interrupt.ts';
import { entryFields } from './entries.ts';
import { ownAction } from './own-action.ts';
import { addScopeFlags, scopeOf, type ScopeFlags } from './scope.ts';
import { shownValue, valueFields } from './values.ts';

interface WatchFlags extends AgentFlags, ScopeFlags {
  readonly key?: string;
  readonly snapshot: boolean;
}

/** `hearsay kv watch`: changes, as they come to the agent. */
export function kvWatchCommand(context: CommandContext): Command {
  const command = new Command('watch')
    .summary('follow the changes of keys')
    .description('Print the present values, then every change as it comes to the agent, until interrupted.')
    .argument('[prefix]', 'what the keys begin with')
    .option('--key <key>', 'this key alone')
    .option('--no-snapshot', 'only changes, not what is there at the beginning');
  addAgentFlags(addScopeFlags(command)).action(ownAction(context, watch));
  return addHelp(command, {
    notes: [
      'Changes that come faster than the connection carries them become the newest of each key, so that',
      'who follows them has what the agent has. `!` marks a write whose author had not seen what it',
      'replaced.',
      'With --json each line is a document of its own, of the schema hearsay/kv-watch/1.',
    ].join('\n'),
    examples: [
      ['hearsay kv watch flags/', 'all flags'],
      ['hearsay kv watch --no-snapshot --json', 'every change, for a program'],
    ],
    exits: [
      [ExitCode.ok, 'interrupted'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, said no, or went away'],
    ],
  });
}

async function watch({ flags, args, io }: Call<WatchFlags>): Promise<void> {
  const [prefix] = args;
  if (prefix !== undefined && flags.key !== undefined) throw new CliError('give a prefix or -key, not both');
  const what = flags.key === undefined ? { prefix: prefix ?? '' } : { key: flags.key };
  const write = flags.json === true ? jsonLines(io) : textLines(io);
  const isOver = await askAgent({ flags, io }, (client) =>
    unlessInterrupted(io, async (signal) => {
      const options = { ...scopeOf(flags), ...what, snapshot: flags.snapshot, signal };
      for await (const record of await client.kv.watch(options)) {
        write(record);
        await outputRoom(io, signal);
      }
    }),
  );
  if (isOver) throw new CliError('the agent has ended', ExitCode.failed, { code: 'ERR_RPC_CONNECTION' });
}

function jsonLines(io: Io): (record: RpcKvChangeRecord) => void {
  return ({ concurrent, entry, previous, source, type }) => {
    const isAboutKey = entry.key !== '';
    const document = {
      schema: 'hearsay/kv-watch/1',
      type,
      source,
      ...(isAboutKey && { concurrent, entry: type === 'put' ? entryFields(entry) : withoutValue(entry) }),
      ...(previous !== null && { previous: valueFields(previous) }),
    };
    io.out(`${JSON.stringify(document)}\n`);
  };
}

/** A deletion leaves nothing to show. */
function withoutValue(entry: RpcKvChangeRecord['entry']): object {
  return { key: entry.key, ...(entry.author !== '' && { author: entry.author }) };
}

const LOOKS: Readonly<Record<string, Look>> = { put: 'green', delete: 'red', expire: 'yellow', 'member-gone': 'red' };

function textLines(io: Io): (record: RpcKvChangeRecord) => void {
  const paint = paintFor(io);
  return ({ concurrent, entry, source, type }) => {
    if (type === 'ready') return;
    if (type === 'overflow') return io.err('too much has changed to tell: what follows is the state anew\n');
    const word =
      source === 'snapshot' ? paint(pad('is', WORD_WIDTH), 'dim') : paint(pad(type, WORD_WIDTH), LOOKS[type] ?? 'bold');
    const value = type === 'put' ? `  ${shownValue(entry.value, VALUE_WIDTH)}` : '';
    const author = entry.author === '' ? '' : `  ${paint(`by ${safeText(entry.author)}`, 'dim')}`;
    io.out(`${word} ${paint(safeText(entry.key), 'bold')}${value}${author}${concurrent ? ' !' : ''}\n`);
  };
}

const WORD_WIDTH = 'delete'.length;
const VALUE_WIDTH = 100;
