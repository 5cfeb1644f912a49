import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { jsonOption } from '../options.ts';
import { json } from '../output.ts';
import { protocolVersions, versionText } from '../version.ts';

/** `hearsay version`: this program's version and the protocols it speaks. */
export function versionCommand({ io }: CommandContext): Command {
  const command = new Command('version')
    .summary('print the version')
    .description('Print the version of this program and of the gossip protocol it speaks.')
    .addOption(jsonOption())
    .action((options: { readonly json?: boolean }) => {
      const { min, max, current } = protocolVersions;
      io.out(
        options.json
          ? json({
              schema: 'hearsay/version/1',
              version: versionText(),
              protocol: protocolVersions,
              node: process.version,
            })
          : `hearsay ${versionText()}\nmemberlist protocol ${current} (understands ${min} to ${max}), Node.js ${process.version}\n`,
      );
    });
  return addHelp(command, {
    examples: [['hearsay version', 'for people; `hearsay --version` does the same']],
    exits: [ExitCode.ok],
  });
}
