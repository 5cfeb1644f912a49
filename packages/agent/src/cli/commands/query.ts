import { Command } from 'commander';
import type { RpcQueryItem, RpcQueryOptions } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { takeFlagsFirst } from '../flags.ts';
import { addHelp } from '../help.ts';
import { collect, durationMs } from '../options.ts';
import { json } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { unlessInterrupted } from '../rpc/interrupt.ts';
import { writeFromNetwork } from '../rpc/network-text.ts';
import { outputFormat } from '../rpc/output-format.ts';
import { SerfError, usageError } from '../rpc/serf-error.ts';
import { readTags } from '../rpc/tag-flags.ts';
import { answerBytes, dispatchedText, queryDocument, queryJson, totalsText } from '../serf/query-text.ts';

interface QueryFlags extends AgentFlags {
  readonly ack: boolean;
  readonly format: string;
  readonly node?: readonly string[];
  readonly relayFactor: string;
  readonly tag?: readonly string[];
  readonly timeout?: number;
}

/** `hearsay query`: asks the whole pool a question. */
export function queryCommand(context: CommandContext): Command {
  const command = new Command('query')
    .summary('ask the pool and gather the answers')
    .description('Ask all members of the pool, or some of them, and print their answers as they come.')
    .usage('[flags] <name> [payload]')
    .argument('[name]', 'name of the query')
    .argument('[payload]', 'what goes with it, as text')
    .allowExcessArguments()
    .option('--node <name>', 'ask only this member; may be given several times', collect(String))
    .option('--tag <key=pattern>', 'ask only members whose tag matches; may be given several times', collect(String))
    .option('--timeout <time>', 'how long answers are waited for; default: by the size of the pool', durationMs(1))
    .option('--no-ack', 'do not have the members acknowledge it')
    .option('--relay-factor <count>', 'how many members pass each answer on as well, 0 to 255', '0')
    .option('--format <format>', 'text, or json as `serf` writes it', 'text');
  addAgentFlags(takeFlagsFirst(command)).action(action(context, ask));
  return addHelp(command, {
    notes: [
      'The query ends when its time is up, never earlier. Flags come before the name; what follows it',
      'is taken as it stands, also when it starts with a dash.',
    ].join('\n'),
    examples: [
      ['hearsay query load', 'whoever has a handler for query:load answers'],
      ['hearsay query -tag role=^web$ -timeout=2s deployed 1.4.2', 'the web servers, two seconds'],
    ],
    exits: [...agentExits.slice(0, 1), [ExitCode.failed, 'as for the others, or interrupted']],
  });
}

async function ask({ flags, args, io, setExitCode }: Call<QueryFlags>): Promise<void> {
  const format = outputFormat(flags, (wrong) => `Invalid format: ${wrong}`);
  const question = readQuestion(args, flags);
  const answers: RpcQueryItem[] = [];
  const isFinished = await askAgent({ flags, io }, (client) =>
    unlessInterrupted(io, async (signal) => {
      const { name, payload, options } = question;
      const replies = await inWords('Error sending query', client.query(name, payload, { ...options, signal }));
      if (format === 'text') io.out(dispatchedText(name));
      await inWords(
        'Error receiving responses',
        forEach(replies, (reply) => {
          answers.push(reply);
          if (format === 'text') writeFromNetwork(io, answerBytes(reply));
        }),
      );
    }),
  );
  if (!isFinished && format === 'document') throw new SerfError('interrupted', { code: 'ERR_INTERRUPTED' });
  if (!isFinished) setExitCode(ExitCode.failed);
  else if (format === 'text') io.out(totalsText(answers, flags.ack));
  else if (format === 'serf-json') io.out(queryJson(answers));
  else io.out(json(queryDocument(question.name, answers)));
}

async function forEach<T>(items: AsyncIterable<T>, onItem: (item: T) => void): Promise<void> {
  for await (const item of items) onItem(item);
}

interface Question {
  readonly name: string;
  readonly payload: string | undefined;
  readonly options: RpcQueryOptions;
}

function readQuestion(args: readonly string[], flags: QueryFlags): Question {
  const [name, payload] = args;
  if (name === undefined) throw usageError('A query name must be specified.');
  if (args.length > 2) throw usageError('Too many command line arguments. Only a name and payload must be specified.');
  const relayFactor = Number(flags.relayFactor);
  if (!Number.isInteger(relayFactor) || relayFactor < 0 || relayFactor > 255) {
    throw new SerfError('Relay factor must be between 0 and 255');
  }
  const options: RpcQueryOptions = {
    requestAck: flags.ack,
    relayFactor,
    tags: readTags(flags.tag),
    ...(flags.node !== undefined && { nodes: flags.node }),
    ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
  };
  return { name, payload, options };
}
