import { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { addHelp } from './help.ts';

type CommandBuilder = (context: CommandContext) => Command;

/** In the order of `--help`, by name. */
const commands: Readonly<Record<string, () => Promise<CommandBuilder>>> = {
  agent: async () => (await import('./commands/agent.ts')).agentCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  event: async () => (await import('./commands/event.ts')).eventCommand,
  experiment: async () => (await import('./commands/experiment.ts')).experimentCommand,
  flags: async () => (await import('./commands/flags.ts')).flagsCommand,
  'force-leave': async () => (await import('./commands/force-leave.ts')).forceLeaveCommand,
  info: async () => (await import('./commands/info.ts')).infoCommand,
  join: async () => (await import('./commands/join.ts')).joinCommand,
  keygen: async () => (await import('./commands/keygen.ts')).keygenCommand,
  keys: async () => (await import('./commands/keys.ts')).keysCommand,
  kv: async () => (await import('./commands/kv.ts')).kvCommand,
  leave: async () => (await import('./commands/leave.ts')).leaveCommand,
  members: async () => (await import('./commands/members.ts')).membersCommand,
  monitor: async () => (await import('./commands/monitor.ts')).monitorCommand,
  packet: async () => (await import('./commands/packet.ts')).packetCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  reachability: async () => (await import('./commands/reachability.ts')).reachabilityCommand,
  rtt: async () => (await import('./commands/rtt.ts')).rttCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  tags: async () => (await import('./commands/tags.ts')).tagsCommand,
  telemetry: async () => (await import('./commands/telemetry.ts')).telemetryCommand,
  top: async () => (await import('./commands/top.ts')).topCommand,
  trace: async () => (await import('./commands/trace.ts')).traceCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
  views: async () => (await import('./commands/views.ts')).viewsCommand,
  why: async () => (await import('./commands/why.ts')).whyCommand,
  help: async () => (await import('./commands/help.ts')).helpCommand,
};

/** Commands that speak of the others. */
const commandsOfAll: ReadonlySet<string> = new Set(['completion', 'help']);

/**
 * The command tree. When `first`, the first word of a command line, names a command, that one alone is in it: the others
 * take a tenth of an agent's start to load, and an agent would hold them in memory for all its life. What a command runs
 * it imports when it runs.
 */
export async function buildProgram(context: CommandContext, first?: string): Promise<Command> {
  const isEnough = first !== undefined && Object.hasOwn(commands, first) && !commandsOfAll.has(first);
  const loaders = isEnough ? [commands[first]!] : Object.values(commands);
  const program = new Command('hearsay')
    .description('Gossip clustering that speaks the protocols of HashiCorp Serf and memberlist.')
    .usage('<command> [flags]')
    .helpCommand(false)
    // A flag belongs to the words before it: `keys rotate` has flags of the same names as `keys`.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() });
  for (const build of await Promise.all(loaders.map((load) => load()))) program.addCommand(build(context));
  inheritSettings(program, context);
  return addHelp(program, {
    notes: [
      'Flags may be written with one dash or two, with `=` or a space: -bind=x, --bind x.',
      'Data goes to standard output, everything else to standard error; but the commands of `serf`',
      'print their errors on standard output, as it does, and only advice on standard error.',
      'Colours appear on a terminal only; NO_COLOR=1 turns them off.',
    ].join('\n'),
    examples: [
      ['hearsay demo', 'see gossip at work: five real nodes on this machine, under a minute'],
      ['hearsay agent -bind=127.0.0.1:7946 -node=a', 'run a member'],
      ['hearsay members', 'who is in its pool'],
    ],
    environment: [
      ['HEARSAY_RPC_ADDR', 'RPC address of the agent, where -rpc-addr is not given'],
      ['HEARSAY_RPC_AUTH', 'RPC auth key of the agent, where -rpc-auth is not given'],
      ['SERF_RPC_ADDR', 'the same as HEARSAY_RPC_ADDR, which comes first'],
      ['SERF_RPC_AUTH', 'the same as HEARSAY_RPC_AUTH, which comes first'],
      ['HEARSAY_ENCRYPT', 'encryption key of `hearsay agent`, where -encrypt is not given'],
      ['NO_COLOR', 'any text: no colours'],
      ['FORCE_COLOR', 'other than 0: colours also where there is no terminal'],
    ],
    exits: [ExitCode.ok, ExitCode.failed, ExitCode.answerIsNo, ExitCode.noCommand, ExitCode.interrupted],
  });
}

/** Errors are thrown, not answered by ending the process, and all output goes through `io`, in every command. */
function inheritSettings(command: Command, { io }: CommandContext): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    outputError: () => {},
    getOutHelpWidth: () => Math.min(io.terminal?.columns ?? 100, 100),
    getErrHelpWidth: () => Math.min(io.terminal?.columns ?? 100, 100),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) inheritSettings(child, { io, setExitCode: () => {} });
}
