import { Command } from 'commander';
import type { RpcStreamRecord } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { outputRoom, unlessInterrupted } from '../rpc/interrupt.ts';
import { writeFromNetwork } from '../rpc/network-text.ts';
import { SerfError } from '../rpc/serf-error.ts';
import { eventDocument, eventInfoText } from '../serf/event-info.ts';

interface MonitorFlags extends AgentFlags {
  readonly logLevel: string;
}

/** `hearsay monitor`: what an agent logs and hears, as it happens. */
export function monitorCommand(context: CommandContext): Command {
  const command = new Command('monitor')
    .summary("follow an agent's log and events")
    .description("Show an agent's last log lines, then follow its log and its events until interrupted.")
    .allowExcessArguments()
    .option('--log-level <level>', "trace, debug, info, warn or err; need not be the agent's own level", 'INFO');
  addAgentFlags(command).action(action(context, monitor));
  return addHelp(command, {
    notes: [
      'The agent keeps its last 512 lines of all levels, so that debug shows what it did not log.',
      'With --json each line is a document of its own, of the schema hearsay/monitor/1.',
    ].join('\n'),
    examples: [
      ['hearsay monitor -log-level=debug', 'while something goes wrong'],
      ['hearsay monitor --json | jq \'select(.type == "event")\'', 'only what happens to members, events and queries'],
    ],
    exits: [
      [ExitCode.ok, 'interrupted'],
      [ExitCode.failed, 'bad flag; the agent cannot be reached, said no, or went away'],
    ],
  });
}

async function monitor({ flags, io }: Call<MonitorFlags>): Promise<void> {
  const write = flags.json === true ? jsonLines(io) : textLines(io);
  await askAgent({ flags, io }, (client) =>
    unlessInterrupted(io, async (signal) => {
      const events = await inWords('Error starting stream', client.stream('*', { signal }));
      const lines = await inWords('Error starting monitor', client.monitor(flags.logLevel, { signal }));
      const pause = (): Promise<void> => outputRoom(io, signal);
      const [cause] = await Promise.all([
        forEachUntilGone(events, write.event, pause),
        forEachUntilGone(lines, write.line, pause),
      ]);
      throw new SerfError(GONE, { code: 'ERR_RPC_CONNECTION', cause });
    }),
  );
}

interface Writer {
  readonly event: (record: RpcStreamRecord) => void;
  readonly line: (text: string) => void;
}

function textLines(io: Io): Writer {
  return {
    event: (record) => io.out(eventInfoText(record)),
    line: (text) => writeFromNetwork(io, Buffer.from(`${text}\n`)),
  };
}

function jsonLines(io: Io): Writer {
  const write = (document: object): void => io.out(`${JSON.stringify({ schema: 'hearsay/monitor/1', ...document })}\n`);
  return {
    event: (record) => write({ type: 'event', event: eventDocument(record) }),
    line: (text) => write({ type: 'log', line: text }),
  };
}

/**
 * Until the agent is gone, which is how its streams end if not by us. What had come before is taken all the same, so that
 * the end of one stream does not cut the other short. Resolves with the error that the connection ended with.
 */
async function forEachUntilGone<T>(
  items: AsyncIterable<T>,
  onItem: (item: T) => void,
  pause: () => Promise<void>,
): Promise<unknown> {
  try {
    for await (const item of items) {
      onItem(item);
      await pause();
    }
    return undefined;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ERR_RPC_CONNECTION') throw error;
    return error;
  }
}

const GONE = '\nRemote side ended the monitor! This usually means that the\nremote side has exited or crashed.';
