import { Command } from 'commander';
import { agentCommand } from './commands/agent.ts';
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
    .description('Gossip clustering that speaks the protocol of HashiCorp memberlist.')
    .usage('<command> [flags]')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => command.name() });
  for (const build of [
    agentCommand,
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
      'Data goes to standard output, everything else to standard error. Colours appear on a',
      'terminal only; NO_COLOR=1 turns them off.',
    ].join('\n'),
    examples: [
      ['hearsay demo', 'see gossip at work: five real nodes on this machine, half a minute'],
      ['hearsay agent -bind=127.0.0.1:7946 -node=a', 'run a member'],
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
