import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { packetDecodeCommand } from './packet-decode.ts';

/** `hearsay packet`: groups what is done with recorded packets. */
export function packetCommand(context: CommandContext): Command {
  const command = new Command('packet')
    .summary('look into recorded packets and streams')
    .description('Look into recorded packets and streams.')
    .helpCommand(false)
    .addCommand(packetDecodeCommand(context));
  return addHelp(command, {
    examples: [['hearsay packet decode --file packet.bin', 'show what is in a packet']],
    exits: [ExitCode.ok, ExitCode.noCommand],
  });
}
