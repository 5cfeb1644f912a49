import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { ownAction } from '../kv/own-action.ts';
import { durationOption } from '../options.ts';
import { paintFor } from '../output.ts';
import type { Call } from '../rpc/action.ts';
import { agentAddress } from '../rpc/agent-address.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { outputRoom, unlessAborted, unlessInterrupted } from '../rpc/interrupt.ts';
import { Screen } from '../screen.ts';
import { toDocument, type Reading, type TopDocument } from '../top/document.ts';
import { topFrame } from '../top/frame.ts';
import { TopSource } from '../top/source.ts';

interface TopFlags extends AgentFlags {
  readonly interval: number;
  readonly once?: boolean;
  readonly members: number;
}

/** `hearsay top`: an agent at work. */
export function topCommand(context: CommandContext): Command {
  const command = new Command('top')
    .summary('watch an agent at work')
    .description('Show what an agent does and how its members are, and draw that anew until interrupted.')
    .addOption(durationOption('--interval <time>', 'how often', '1s', 100))
    .option('--once', 'once, over one interval, instead of until interrupted');
  addAgentFlags(command).action(ownAction(context, watch));
  return addHelp(command, {
    notes: [
      'On a terminal the view takes the whole screen, which comes back at the end; elsewhere there is',
      'a picture for each interval. With --json each is one line, of the schema hearsay/top/1.',
      'All of it is what this one agent knows. Members that are suspect come first, then those that',
      'failed, then those that are late or far away. `hearsay why` has the whole story of one.',
      'An agent of Serf tells its members, queues and round trips alone.',
    ].join('\n'),
    examples: [
      ['hearsay top', 'until q or Ctrl-C'],
      ['hearsay top -once -interval=10s', 'the rates of ten seconds'],
      ["hearsay top --json | jq '.rates.bytesSent'", 'one figure, every second'],
    ],
    exits: [
      [ExitCode.ok, 'interrupted, or done with -once'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, said no, or went away'],
    ],
  });
}

/** Members that are read: more than a terminal has rows. Chosen. */
const membersMax = 200;
/** What is not a terminal has room for that. */
const pageSize = { columns: 120, rows: 60 } as const;

async function watch(call: Call<TopFlags>): Promise<void> {
  const { flags, io } = call;
  const source = new TopSource(call, membersMax);
  const isLive = io.terminal !== undefined && flags.once !== true && flags.json !== true;
  try {
    const show = isLive ? live : print;
    await unlessInterrupted(io, (signal) => show(call, source, signal), isLive);
  } finally {
    source.close();
  }
}

/** One document or picture after another; a failure ends it. */
async function print({ flags, io }: Call<TopFlags>, source: TopSource, signal: AbortSignal): Promise<void> {
  let before: Reading = await unlessAborted(source.read(), signal);
  for (;;) {
    await setTimeout(flags.interval, undefined, { signal });
    const reading: Reading = await unlessAborted(source.read(), signal);
    io.out(flags.json === true ? line(toDocument(reading, before)) : page(toDocument(reading, before), flags, io));
    if (flags.once === true) return;
    await outputRoom(io, signal);
    before = reading;
  }
}

function line(document: TopDocument): string {
  return `${JSON.stringify({ schema: 'hearsay/top/1', ...document })}\n`;
}

function page(document: TopDocument, flags: TopFlags, io: Io): string {
  const scene = { address: agentAddress(flags, io).address, document, note: undefined, foot: undefined };
  const size = { ...pageSize, ...(io.terminal !== undefined && { columns: io.terminal.columns }) };
  return `${topFrame(scene, size, paintFor(io)).join('\n').trimEnd()}\n${flags.once === true ? '' : '\n'}`;
}

/** A picture that changes; when the agent does not answer, the last one stays, and says so. */
async function live({ flags, io }: Call<TopFlags>, source: TopSource, signal: AbortSignal): Promise<void> {
  const { address } = agentAddress(flags, io);
  let reading = await unlessAborted(source.read(), signal);
  let document = toDocument(reading, undefined);
  let note: string | undefined;
  const foot = 'q ends';
  const screen = new Screen(io, (size) => topFrame({ address, document, note, foot }, size, paintFor(io)));
  const tell = (problem: string | undefined): void => {
    note = problem === undefined ? undefined : `No answer, this is how it was; trying again. ${problem}`;
    screen.refresh();
  };
  try {
    screen.enter();
    for (;;) {
      await setTimeout(flags.interval, undefined, { signal });
      const isSlow = setInterval(() => tell(''), slowMs);
      try {
        const next = await unlessAborted(source.read(), signal);
        [document, reading] = [toDocument(next, reading), next];
        tell(undefined);
      } catch (error) {
        if (!(error instanceof Error) || !isOfAgent(error)) throw error;
        tell(reasonOf(error));
      } finally {
        clearInterval(isSlow);
      }
    }
  } finally {
    screen.leave();
  }
}

/** An answer takes milliseconds; one that takes so long is missed. */
const slowMs = 2_000;

function isOfAgent({ name }: Error): boolean {
  return name === 'SerfError' || name === 'ClusterError';
}

function reasonOf({ message }: Error): string {
  return message.replace(/^Error \w+ (?:to )?Serf agent: /, '');
}
