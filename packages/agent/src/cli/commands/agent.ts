import { hostname } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { Agent, AgentConfig, LoggerOptions, LogLevel } from '../../agent/index.ts';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { base64Key, clusterLabel, collect, durationMs } from '../options.ts';

interface AgentFlags {
  readonly bind: string;
  readonly advertise?: string;
  readonly node?: string;
  readonly join?: readonly string[];
  readonly retryJoin?: readonly string[];
  readonly encrypt?: Uint8Array;
  readonly label?: string;
  readonly profile: AgentConfig['profile'];
  readonly logLevel: LogLevel;
  readonly meta?: string;
  readonly serfPool?: boolean;
  readonly leaveTimeout: number;
  readonly json?: boolean;
}

/** `hearsay agent`: runs a member until it is told to leave. */
export function agentCommand({ io, setExitCode }: CommandContext): Command {
  const command = new Command('agent')
    .summary('run a member of a cluster')
    .description('Run a member of a cluster until SIGINT or SIGTERM, and log what happens to the others.')
    .option('--bind <address>', 'where to listen, ip[:port], for UDP and TCP alike', '0.0.0.0:7946')
    .option('--advertise <address>', 'what to tell the others, host[:port]; default: chosen, and explained at start')
    .option('--node <name>', 'name of this member, unique in the cluster; default: the host name')
    .option('--join <address>', 'join at start or fail; may be given several times', collect(String))
    .option(
      '--retry-join <address>',
      'join in the background until it works; may be given several times',
      collect(String),
    )
    .option(
      '--encrypt <key>',
      'encryption key in base64; better in the environment, as HEARSAY_ENCRYPT',
      base64Key('-encrypt'),
    )
    .option('--label <label>', 'only talk to members with the same label', clusterLabel)
    .addOption(
      new Option('--profile <profile>', 'timing for the network').choices(['lan', 'wan', 'local']).default('lan'),
    )
    .option('--log-level <level>', 'trace, debug, info, warn or err', logLevel, 'info')
    .option('--meta <text>', 'what the others see as metadata, at most 512 bytes')
    .option('--serf-pool', 'be a member that Serf agents accept: their protocol versions, no tags')
    .option('--leave-timeout <time>', 'how long a leave may take, like 500ms or 5s', durationMs(0), 5_000)
    .option('--json', 'log one JSON object a line')
    .action(async (flags: AgentFlags) => setExitCode(await run(flags, io)));
  defaultTextOf(command, '--leave-timeout', '5s');
  return addHelp(command, {
    notes: NOTES,
    examples: [
      ['hearsay agent -node=a -bind=127.0.0.1:7946', 'the first member, on this machine only'],
      ['hearsay agent -node=b -bind=127.0.0.1:7947 -join=127.0.0.1:7946', 'a second one'],
      ['HEARSAY_ENCRYPT="$(cat gossip.key)" hearsay agent -retry-join=gossip.internal', 'in production'],
      ['hearsay agent -node=c -serf-pool -join=10.0.0.7', 'a member of a pool of Serf agents'],
    ],
    exits: [
      [ExitCode.ok, 'left in time after SIGINT or SIGTERM'],
      [
        ExitCode.failed,
        'bad flag, key or address; port in use; -join reached nobody; the leave took too long, or a second signal ended it',
      ],
    ],
  });
}

const NOTES = `The first SIGINT or SIGTERM tells the others and leaves; the second ends the process at once.

Flags have the names and the meaning they have for \`serf agent\`, with these differences:
SIGTERM leaves, as with Serf's leave_on_terminate. -advertise without a port takes that of
-bind, not 7946. -retry-join waits 1 s, then 2 s, up to 30 s between attempts, and a host name
is looked up anew each time. -label, -meta, -serf-pool, -leave-timeout and --json are ours.
Tags, events and queries, and the flags that belong to them, are not there yet: -serf-pool joins
as a member without tags.`;

async function run(flags: AgentFlags, io: Io): Promise<ExitCode> {
  const { Agent, createJsonLogger, createTextLogger } = await import('../../agent/index.ts');
  const config = toConfig(flags, io);
  const lines = new HeldLines(io);
  const options: LoggerOptions = { level: flags.logLevel, write: (line) => lines.write(line) };
  const json = flags.json === true ? await createJsonLogger(config.name, options) : undefined;
  const logger = json ?? createTextLogger('agent', options);
  const interrupt = nextInterrupt(io);
  try {
    const agent = await Agent.start(config, logger, json ?? createTextLogger('hearsay', options));
    const facts = factsOf(agent, config);
    if (json === undefined) io.out(banner(config.name, facts));
    else json.info(facts, 'agent running');
    lines.release();
    try {
      await Promise.race([agent.join(), interrupt.signal]);
      const signal = await Promise.race([interrupt.signal, agent.failure]);
      logger.info({ signal }, 'leaving; a second signal ends at once');
      return (await agent.leave(flags.leaveTimeout)) ? ExitCode.ok : ExitCode.failed;
    } finally {
      await agent.cluster.close();
    }
  } finally {
    interrupt.stop();
  }
}

/** Log lines wait until the banner stands above them. A start that fails shows its error alone. */
class HeldLines {
  readonly #io: Io;
  #held: string[] | undefined = [];

  constructor(io: Io) {
    this.#io = io;
  }

  write(line: string): void {
    if (this.#held === undefined) this.#io.out(line);
    else this.#held.push(line);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#io.out(line);
  }
}

function toConfig(flags: AgentFlags, io: Io): AgentConfig {
  const { bind, advertise, node, join = [], retryJoin = [], label, profile, meta } = flags;
  const isInSerfPool = flags.serfPool === true;
  if (isInSerfPool && meta !== undefined) {
    throw new CliError('-meta and -serf-pool exclude each other: in a pool of Serf agents the metadata holds tags');
  }
  const fromEnvironment = io.env['HEARSAY_ENCRYPT'];
  const key =
    flags.encrypt ?? (fromEnvironment === undefined ? undefined : base64Key('HEARSAY_ENCRYPT')(fromEnvironment));
  return {
    name: node ?? hostname(),
    bind,
    join,
    retryJoin,
    keys: key === undefined ? [] : [key],
    profile,
    isInSerfPool,
    ...(advertise !== undefined && { advertise }),
    ...(label !== undefined && { label }),
    ...(meta !== undefined && { meta }),
  };
}

/** What an operator asks first: who am I, where, and why there. */
interface AgentFacts {
  readonly bind: string;
  readonly advertise: string;
  readonly because: string;
  readonly encrypted: boolean;
  readonly label: string;
  readonly profile: string;
}

function factsOf({ cluster }: Agent, config: AgentConfig): AgentFacts {
  const { address, advertised } = cluster;
  return {
    bind: addressText(address),
    advertise: addressText(advertised.address),
    because: advertised.explain,
    encrypted: config.keys.length > 0,
    label: config.label ?? '',
    profile: config.profile,
  };
}

function addressText({ host, port }: Agent['cluster']['address']): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function banner(name: string, facts: AgentFacts): string {
  const rows = [
    ['Node name', name],
    ['Bind addr', facts.bind],
    ['Advertise addr', `${facts.advertise} (${facts.because})`],
    ['Encrypted', facts.encrypted ? 'yes' : 'no'],
    ['Label', facts.label === '' ? 'none' : facts.label],
    ['Profile', facts.profile],
  ] as const;
  const lines = rows.map(([what, value]) => `${what.padStart(20)}: ${value}\n`);
  return `==> hearsay agent running\n${lines.join('')}\n==> Log data will now stream in as it occurs:\n\n`;
}

/** The first signal as a promise; the second ends the process. */
function nextInterrupt(io: Io): { readonly signal: Promise<string>; readonly stop: () => void } {
  let stop = (): void => {};
  let isFirst = true;
  const signal = new Promise<string>((resolve) => {
    stop = io.onInterrupt((name) => {
      if (!isFirst) io.exit(ExitCode.failed);
      isFirst = false;
      resolve(name);
    });
  });
  return { signal, stop };
}

function logLevel(text: string): LogLevel {
  const level = text.toLowerCase();
  if (level === 'trace' || level === 'debug' || level === 'info' || level === 'warn' || level === 'err') return level;
  throw new InvalidArgumentError('It must be trace, debug, info, warn or err.');
}

/** How `--help` shows a default that is kept in another unit. */
function defaultTextOf(command: Command, flag: string, text: string): void {
  const option = command.options.find(({ long }) => long === flag);
  if (option !== undefined) option.defaultValueDescription = text;
}
