import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { collect } from '../options.ts';
import { json, paintFor } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { outputFormat } from '../rpc/output-format.ts';
import { readTags } from '../rpc/tag-flags.ts';
import { memberDocument, membersJson, membersText } from '../serf/members-text.ts';

interface MembersFlags extends AgentFlags {
  readonly detailed?: boolean;
  readonly format: string;
  readonly name?: string;
  readonly role?: string;
  readonly status?: string;
  readonly tag?: readonly string[];
}

/** `hearsay members`: who is in the pool. */
export function membersCommand(context: CommandContext): Command {
  const command = new Command('members')
    .summary('list the members of the pool')
    .description('List the members that an agent knows, with their addresses, statuses and tags.')
    .allowExcessArguments()
    .option('--detailed', 'protocol versions as well; in text only')
    .option('--format <format>', 'text, or json as `serf` writes it', 'text')
    .option('--name <pattern>', 'only members whose whole name matches the regular expression')
    .option('--status <pattern>', 'only members whose status matches: alive, leaving, left, failed')
    .option('--tag <key=pattern>', 'only members whose tag matches; may be given several times', collect(String))
    .option('--role <pattern>', 'deprecated: the same as -tag role=pattern');
  addAgentFlags(command).action(action(context, list));
  return addHelp(command, {
    notes: [
      'A pattern is put between ^ and $ as it stands, by the agent: -status=alive|failed matches',
      'whatever begins with alive or ends in failed. The order of the members has no meaning.',
    ].join('\n'),
    examples: [
      ['hearsay members', 'a line for each member'],
      ['hearsay members -status=failed -tag role=web', 'the web servers that are down'],
      ['hearsay members --json', 'the same for programs'],
    ],
    exits: agentExits,
  });
}

async function list({ flags, io }: Call<MembersFlags>): Promise<void> {
  const format = outputFormat(flags);
  const tags = readTags(flags.tag);
  const { name = '', status = '', role } = flags;
  if (role !== undefined) {
    // Where `serf` writes it: before the list, on standard output.
    if (format === 'document') io.err(ROLE_WARNING);
    else io.out(ROLE_WARNING);
  }
  const filter = { name, status, tags: role === undefined ? tags : { ...tags, role } };
  const members = await askAgent({ flags, io }, (client) =>
    inWords('Error retrieving members', client.members(filter)),
  );
  if (format === 'text') io.out(membersText(members, flags.detailed === true, paintFor(io)));
  else if (format === 'serf-json') io.out(membersJson(members));
  else io.out(json({ schema: 'hearsay/members/1', members: members.map(memberDocument) }));
}

const ROLE_WARNING = "Deprecation warning: 'Role' has been replaced with 'Tags'\n";
