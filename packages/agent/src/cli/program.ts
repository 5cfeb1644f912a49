import { Command } from 'commander';
import { agentCommand } from './commands/agent.ts';
import { completionCommand } from './commands/completion.ts';
import { demoCommand } from './commands/demo.ts';
import { eventCommand } from './commands/event.ts';
import { forceLeaveCommand } from './commands/force-leave.ts';
import { helpCommand } from './commands/help.ts';
import { infoCommand } from './commands/info.ts';
import { joinCommand } from './commands/join.ts';
import { keygenCommand } from './commands/keygen.ts';
import { keysCommand } from './commands/keys.ts';
import { leaveCommand } from './commands/leave.ts';
import { membersCommand } from './commands/members.ts';
import { monitorCommand } from './commands/monitor.ts';
import { packetCommand } from './commands/packet.ts';
import { queryCommand } from './commands/query.ts';
import { reachabilityCommand } from './commands/reachability.ts';
import { rttCommand } from './commands/rtt.ts';
import { simulateCommand } from './commands/simulate.ts';
import { tagsCommand } from './commands/tags.ts';
import { versionCommand } from './commands/version.ts';
import type { CommandContext } from './context.ts';
import { ExitCode } from './exit-codes.ts';
import { addHelp } from './help.ts';

/** The whole command tree. Nothing heavy is loaded by it: a command imports what it runs when it runs. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('hearsay')
    .description('Gossip clustering that speaks the protocols of HashiCorp Serf and memberlist.')
    .usage('<command> [flags]')
    .helpCommand(false)
    // A flag belongs to the words before it: `keys rotate` has flags of the same names as `keys`.
    .enablePositionalOptions()
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() });
  for (const build of [
    agentCommand,
    completionCommand,
    demoCommand,
    eventCommand,
    forceLeaveCommand,
    infoCommand,
    joinCommand,
    keygenCommand,
    keysCommand,
    leaveCommand,
    membersCommand,
    monitorCommand,
    packetCommand,
    queryCommand,
    reachabilityCommand,
    rttCommand,
    simulateCommand,
    tagsCommand,
    versionCommand,
    helpCommand,
  ])
    program.addCommand(build(context));
  inheritSettings(program, context);
  return addHelp(program, {
    notes: [
      'Flags may be written with one dash or two, with `=` or a space: -bind=x, --bind x.',
      'Data goes to standard output, everything else to standard error; but the commands of `serf`',
      'print their errors on standard output, as it does, and only advice on standard error.',
      'Colours appear on a terminal only; NO_COLOR=1 turns them off.',
    ].join('\n'),
    examples: [
      ['hearsay demo', 'see gossip at work: five real nodes on this machine, half a minute'],
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
