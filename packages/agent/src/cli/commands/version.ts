import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { jsonOption } from '../options.ts';
import { json } from '../output.ts';
import { protocolVersions, serfProtocolVersions, versionLines, versionText } from '../version.ts';

/** `hearsay version`: this program's version and the protocols it speaks. */
export function versionCommand({ io }: CommandContext): Command {
  const command = new Command('version')
    .summary('print the version')
    .description('Print the version of this program and of the agent protocol it speaks.')
    .allowExcessArguments()
    .addOption(jsonOption())
    .action((options: { readonly json?: boolean }) =>
      io.out(options.json === true ? json(document()) : versionLines()),
    );
  return addHelp(command, {
    examples: [
      ['hearsay version', '`hearsay -v` and `hearsay --version` do the same'],
      ['hearsay version --json', "memberlist's protocol and the version of Node.js too"],
    ],
    exits: [ExitCode.ok],
  });
}

function document(): object {
  return {
    schema: 'hearsay/version/1',
    version: versionText(),
    serfProtocol: serfProtocolVersions,
    protocol: protocolVersions,
    node: process.version,
  };
}
