import { agentDefaults, configKeys, formatDuration, type ConfigKey } from '../agent/index.ts';
import { markdownTable } from './markdown.ts';

/** docs/agent-config.md, made from the table of keys that files and flags are read by. */
export function renderConfigDocs(): string {
  const serf = configKeys.filter(({ isOurs }) => isOurs !== true);
  const ours = configKeys.filter(({ isOurs }) => isOurs === true);
  return `${HEAD}${keyTable(serf)}\n\n${OURS}${keyTable(ours)}\n\n${TAIL}`;
}

function keyTable(keys: readonly ConfigKey[]): string {
  const rows = keys.map((entry) => [
    `\`${entry.key}\``,
    entry.flag === undefined ? '' : `\`-${entry.flag}\``,
    TYPES[entry.kind],
    defaultOf(entry),
    `${entry.what}${entry.isReloaded === true ? ' _Read again on SIGHUP._' : ''}`,
  ]);
  return markdownTable(['key', 'flag', 'type', 'default', 'meaning'], rows);
}

const TYPES: Readonly<Record<ConfigKey['kind'], string>> = {
  text: 'text',
  number: 'number',
  boolean: 'boolean',
  time: 'time',
  texts: 'list of texts',
  tags: 'map to texts',
  mdns: 'object',
};

function defaultOf({ field, kind }: ConfigKey): string {
  const value = agentDefaults[field];
  if (kind === 'time') return `\`"${formatDuration(value as number)}"\``;
  const isNothing = value === '' || (typeof value === 'object' && (kind === 'mdns' || Object.keys(value).length === 0));
  return isNothing ? '' : `\`${JSON.stringify(value)}\``;
}

const HEAD = `# Settings of the agent

<!-- Written by \`npm run docs\` from the table of keys (packages/agent/src/agent/config-keys.ts). Change that, not this page. -->

\`hearsay agent\` takes the configuration files and flags of \`serf agent\` as they are. What is said later wins: defaults, then
files and directories in the order of \`-config-file\` and \`-config-dir\`, then \`HEARSAY_ENCRYPT\` from the environment, then flags.

A file holds one JSON object; what follows it is ignored. A directory gives its files that end in \`.json\`, in the order of their
names, without its folders.

\`\`\`json
{
  "node_name": "web-1",
  "bind": "10.0.0.7",
  "tags": { "role": "web", "zone": "a" },
  "retry_join": ["gossip.internal"],
  "keyring_file": "/var/lib/hearsay/keyring.json",
  "snapshot_path": "/var/lib/hearsay/snapshot",
  "event_handlers": ["user:deploy=/etc/hearsay/deploy.sh"]
}
\`\`\`

Keys are the same in upper and lower case. A **time** is a text with units, like \`"10s"\`, \`"1m30s"\` or \`"500ms"\`, of \`ns\`, \`us\`,
\`ms\`, \`s\`, \`m\` and \`h\`; a bare number is an error. \`null\` says nothing.

When several files say something, a later text that is not empty, a number that is not 0 and \`true\` replace what was said before;
**\`false\`, 0 and \`""\` never do**, save for \`enable_compression\` and \`kv\`. Tags are merged key by key, lists are appended.

## Keys of Serf

`;

const OURS = `## Keys of ours

Serf refuses files that have these.

`;

const TAIL = `## Errors

A key that does not exist, a value of the wrong type, a file that cannot be read and settings that exclude each other end the
start with status 1. The message names the file, the key, the value and what to do, a line for each problem. Keys of encryption
and \`rpc_auth\` are never shown.

    Error decoding 'agent.json': unknown key node_nmae with the value "web-1"; did you mean node_name?
    Error decoding 'agent.json': key retry_interval is 30; it must be a time in double quotes with its unit, like "10s", "1m30s" or "500ms"
    Unknown profile: moon (profile is "moon" in 'agent.json'; it must be lan, wan or local)

On SIGHUP the same is printed, and the agent goes on as it was.

## Files the agent keeps

- \`tags_file\`: a JSON object of texts. When it exists at start it provides the tags; it is written when they are changed by
  \`hearsay tags\`.
- \`keyring_file\`: a JSON list of base64 keys, the first of which encrypts. It must be there and hold at least one key. It is written
  when keys are installed, used or removed.
- \`data_dir\`: gossiped state, in files of our own format. Safe against a crash at any moment; see docs/state.md.
- \`snapshot_path\`: lines in the format of Serf's snapshot. An agent of either kind goes on with the file of the other.

Tags and keys are written to a new file that takes the place of the old one, so a crash leaves one or the other, whole. New files
have mode 600; an existing one keeps its mode. The folder must be writable for that: mount the folder into a container, not the
file.

## Where it differs from Serf

- \`enable_compression\`, \`disable_coordinates\` and \`validate_node_names\` do what they say.
- A key that stands twice in one file, in different case, is an error; so are numbers with a fraction and negative ones.
- Ports are numbers; names of services like \`:http\` are not known.
- One path for two of \`tags_file\`, \`keyring_file\`, \`snapshot_path\`, \`rpc_unix_socket\` and \`data_dir\` is an error.
- Event handlers run beside the protocol: up to 1,024 events wait for them, more are dropped, counted and logged. At the end
  scripts have a second to finish.
- Names of events in metrics are limited to 128 for each kind; the rest is counted as \`other\`.
`;
