import { Command } from 'commander';
import type { RpcClient, RpcMember, RpcMembersFilter } from 'hearsay/client';
import type { CommandContext } from '../context.ts';
import { addHelp } from '../help.ts';
import { collect } from '../options.ts';
import { json, paintFor } from '../output.ts';
import { action, type Call } from '../rpc/action.ts';
import { addAgentFlags, type AgentFlags } from '../rpc/agent-flags.ts';
import { askAgent, inWords } from '../rpc/ask-agent.ts';
import { agentExits } from '../rpc/exits.ts';
import { outputFormat, type OutputFormat } from '../rpc/output-format.ts';
import { SerfError } from '../rpc/serf-error.ts';
import { readTags } from '../rpc/tag-flags.ts';
import { memberDocument, membersJson, membersText } from '../serf/members-text.ts';
import { stockStatuses } from '../top/member-status.ts';
import { wideDocument, wideText, type WideMember } from '../top/wide-members.ts';

interface MembersFlags extends AgentFlags {
  readonly detailed?: boolean;
  readonly format: string;
  readonly name?: string;
  readonly role?: string;
  readonly status?: string;
  readonly tag?: readonly string[];
  readonly wide?: boolean;
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
    .option('--wide', 'state and why it is so, round trip, lag, kind of software; not with -format=json')
    .option('--role <pattern>', 'deprecated: the same as -tag role=pattern');
  addAgentFlags(command).action(action(context, list));
  return addHelp(command, {
    notes: [
      'A pattern is put between ^ and $ as it stands, by the agent: -status=alive|failed matches',
      'whatever begins with alive or ends in failed. The order of the members has no meaning.',
      '',
      'With -wide: RTT is an estimate of a round trip from the agent that is asked. LAG is by how much the',
      'newest telemetry of the member is older than it should be; of the agent itself, for how long nobody has',
      'seen a write of it. WHY is what that agent remembers: `hearsay why` asks the others too. An agent of Serf',
      'tells no suspicions, lag and reasons.',
    ].join('\n'),
    examples: [
      ['hearsay members', 'a line for each member'],
      ['hearsay members -status=failed -tag role=web', 'the web servers that are down'],
      ['hearsay members -wide', 'how each is, and why'],
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
  if (flags.wide === true) return listWide({ flags, io }, filter, format);
  const members = await askAgent({ flags, io }, (client) => listMembers(client, filter));
  if (format === 'text') io.out(membersText(members, flags.detailed === true, paintFor(io)));
  else if (format === 'serf-json') io.out(membersJson(members));
  else io.out(json({ schema: 'hearsay/members/1', members: members.map(memberDocument) }));
}

function listMembers(client: RpcClient, filter: RpcMembersFilter): Promise<readonly RpcMember[]> {
  return inWords('Error retrieving members', client.members(filter));
}

async function listWide(
  call: Pick<Call<MembersFlags>, 'flags' | 'io'>,
  filter: RpcMembersFilter,
  format: OutputFormat,
): Promise<void> {
  if (format === 'serf-json') throw new SerfError('Error: -wide has no form in JSON of `serf`: use --json');
  const members = await readWide(call, filter);
  const { io } = call;
  if (format === 'text') io.out(wideText(members, paintFor(io)));
  else io.out(json({ schema: 'hearsay/members/1', members: members.map(wideDocument) }));
}

/** More than any pool has. */
const membersMax = 1_000_000;

/** An agent of Serf does not know our command, and ends the connection. */
async function readWide(
  call: Pick<Call<MembersFlags>, 'flags' | 'io'>,
  filter: RpcMembersFilter,
): Promise<WideMember[]> {
  const { members, statuses } = await askAgent(call, async (client) => ({
    members: await listMembers(client, filter),
    statuses: await client.status({ membersMax }).then(
      (status) => status.members,
      (error: unknown) => {
        if ((error as { readonly code?: string }).code === 'ERR_UNSUPPORTED') return undefined;
        throw error;
      },
    ),
  }));
  const known =
    statuses ??
    (await askAgent(call, async (client) => {
      const stats = await inWords('Error querying agent', client.stats());
      return stockStatuses(client, stats['agent']?.['name'] ?? '', members);
    }));
  const byName = new Map(known.map((status) => [status.name, status]));
  return members.map((member) => ({ member, status: byName.get(member.name) }));
}

const ROLE_WARNING = "Deprecation warning: 'Role' has been replaced with 'Tags'\n";
