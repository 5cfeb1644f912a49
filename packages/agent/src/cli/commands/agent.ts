import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type * as AgentDoor from '../../agent/index.ts';
import type { Agent, AgentEnd, AgentLog, AgentSettings, ConfigLayer, SerfAgentConfig } from '../../agent/index.ts';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { InterruptSignal, Io } from '../io.ts';
import { addAgentFlags, type AgentArguments } from './agent-flags.ts';
import { AgentOutput } from './agent-output.ts';

/** `hearsay agent`: runs a member until it is told to leave. */
export function agentCommand({ io, setExitCode }: CommandContext): Command {
  const command = new Command('agent')
    .summary('run a member of a cluster')
    .description(
      'Run a member of a Serf pool until a signal or RPC ends it. Takes the flags, files and signals of `serf agent`.',
    );
  const readArguments = addAgentFlags(command);
  command.action(async () => setExitCode(await run(readArguments(), io)));
  return addHelp(command, {
    notes: NOTES,
    examples: [
      ['hearsay agent -node=a -bind=127.0.0.1:7946', 'the first member, on this machine only'],
      [
        'hearsay agent -node=b -bind=127.0.0.1:7947 -rpc-addr=127.0.0.1:7374 -join=127.0.0.1:7946',
        'a second one on the same machine',
      ],
      ['hearsay agent -config-dir=/etc/serf -snapshot=/var/lib/hearsay/snapshot', 'in place of a Serf agent'],
      ['hearsay agent -tag role=web -event-handler "user:deploy=./deploy.sh"', 'run a script on an event'],
      ['hearsay agent -data-dir=/var/lib/hearsay', 'keep gossiped state over restarts'],
      ['hearsay agent -pool=memberlist -label=mimir -join=10.0.0.7', 'a member of a plain memberlist pool'],
    ],
    exits: [
      [ExitCode.ok, 'left in time, on a signal or over RPC; or its name belongs to another member'],
      [
        ExitCode.failed,
        'bad flag, file, key or address; port in use; -join reached nobody; -retry-join gave up; ended without a leave, or before the leave was over',
      ],
    ],
  });
}

const NOTES = `SIGINT leaves, unless skip_leave_on_interrupt is set; SIGTERM ends the agent without a leave, unless
leave_on_terminate is; a plain pool is left on both. A second signal, or 3 s (-leave-timeout), end a
leave that takes too long. SIGHUP reads all settings again and applies log level, event handlers and
tags. When nobody reads the log any more, the agent goes on without it.

Flags and files have the names and the meaning they have for \`serf agent\`; every setting is in
docs/agent-config.md. -label, -pool, -meta, -leave-timeout, -event-handler-timeout, -log-json,
-prometheus-addr, -rpc-unix-socket, -data-dir and -kv… are ours, and so is -rpc-addr= (empty) for no
RPC by TCP.

The agent keeps gossiped state with the others of its kind (\`hearsay kv\`), and tells so by a tag, gs=1;
-kv=false switches that off. With -data-dir it still has that state after a restart.`;

async function run(args: AgentArguments, io: Io): Promise<ExitCode> {
  const agentDoor = await import('../../agent/index.ts');
  const { AgentLog, createJsonSink, nameOf, parseLogLevel } = agentDoor;
  const { settings, warnings } = readSettings(args, io, agentDoor);
  const { config } = settings;
  const log = new AgentLog(parseLogLevel(config.logLevel) ?? 'info');
  const output = new AgentOutput(io, log, config.logJson);
  log.addSink(config.logJson ? await createJsonSink(nameOf(config), output.writeLine) : output.textSink);
  for (const warning of warnings) output.say(warning);
  const closeSyslog = await openSyslog(config, log, agentDoor);
  const signals = new Signals(io);
  const stopMuting = io.onBrokenOutput(() => output.mute());
  try {
    const agent = await start(settings, log, output, agentDoor.Agent);
    const stopReloading = io.onReload(() => void reload(agent, output, () => readSettings(args, io, agentDoor)));
    const stopDumping = io.onDump(() => io.err(agent.dumpMetrics()));
    try {
      return await serve(agent, settings, output, signals);
    } finally {
      stopReloading();
      stopDumping();
      await agent.shutdown();
    }
  } finally {
    stopMuting();
    signals.stop();
    await closeSyslog();
  }
}

/** Lets the log go to the system's as well, if that is asked for. Returns how to end that. */
async function openSyslog(
  { enableSyslog, syslogFacility }: SerfAgentConfig,
  log: AgentLog,
  { loadSyslog }: typeof AgentDoor,
): Promise<() => Promise<void>> {
  if (!enableSyslog) return () => Promise.resolve();
  const syslog = await loadSyslog(syslogFacility);
  log.addSink(syslog.sink);
  return () => syslog.close();
}

/** All settings, from defaults, files, environment and flags, checked. Read again on SIGHUP. */
function readSettings(
  args: AgentArguments,
  io: Io,
  { checkConfig, checkPlainPool, commandLine, mergeConfig, plainPoolDefaults, readConfigFiles }: typeof AgentDoor,
): { readonly settings: AgentSettings; readonly warnings: readonly string[] } {
  const { configPaths, values, pool, meta, isRpcOff } = args;
  const layers = [...readConfigFiles(configPaths), ...environmentLayer(io), { source: commandLine, values }];
  const merged = pool === 'serf' ? mergeConfig(layers) : mergeConfig(layers, plainPoolDefaults);
  if (pool === 'serf' && meta !== undefined) {
    throw new CliError('-meta needs -pool=memberlist: in a Serf pool the metadata holds the tags');
  }
  if (pool === 'memberlist') checkPlainPool(merged);
  const { config, warnings } = checkConfig(merged);
  const settings = { config: isRpcOff ? { ...config, rpcAddr: '' } : config, pool };
  return { settings: meta === undefined ? settings : { ...settings, meta }, warnings };
}

/** A key that shows up in no list of processes. */
function environmentLayer({ env }: Io): ConfigLayer[] {
  const encryptKey = env['HEARSAY_ENCRYPT'];
  return encryptKey === undefined ? [] : [{ source: 'the environment, as HEARSAY_ENCRYPT', values: { encryptKey } }];
}

async function start(
  settings: AgentSettings,
  log: AgentLog,
  output: AgentOutput,
  AgentClass: typeof Agent,
): Promise<Agent> {
  output.say('Starting Serf agent...');
  const agent = await AgentClass.start(settings, log);
  if (agent.rpcAddress !== undefined) output.say('Starting Serf agent RPC...');
  output.say('Serf agent running!');
  output.facts(await factsOf(agent, settings));
  return agent;
}

/** Serf's lines, then those it does not have. */
async function factsOf(
  { cluster, rpcAddress }: Agent,
  { config, pool }: AgentSettings,
): Promise<(readonly [string, string])[]> {
  const { formatAddress } = await import('hearsay');
  const { address, advertised } = cluster;
  const advertise = formatAddress(advertised.address);
  return [
    ['Node name', `'${cluster.name}'`],
    ['Bind addr', `'${formatAddress(address)}'`],
    ['RPC addr', `'${rpcAddress === undefined ? '' : formatAddress(rpcAddress)}'`],
    ['Encrypted', String(cluster.keyring.list().length > 0)],
    ['Snapshot', String(config.snapshotPath !== '')],
    ['Profile', config.profile],
    ...(config.rules === 'sharp' ? [] : [['Rules', config.rules] as const]),
    ['Message Compression Enabled', String(config.enableCompression)],
    ['Advertise addr', `'${advertise}' (${advertised.explain})`],
    ...(config.rpcUnixSocket === '' ? [] : [['RPC socket', `'${config.rpcUnixSocket}'`] as const]),
    ...(config.label === '' ? [] : [['Label', `'${config.label}'`] as const]),
    ...(pool === 'serf' ? [] : [['Pool', pool] as const]),
    ['Gossiped state', stateFact(config)],
  ];
}

function stateFact({ dataDir, kv }: SerfAgentConfig): string {
  if (!kv) return 'off';
  return dataDir === '' ? 'in memory' : `in '${dataDir}'`;
}

/** From the first join to the end; the agent is still to be shut down. */
async function serve(agent: Agent, settings: AgentSettings, output: AgentOutput, signals: Signals): Promise<ExitCode> {
  const { config } = settings;
  if (config.startJoin.length > 0) {
    output.say(`Joining cluster...(replay: ${config.replayOnJoin})`);
    const joining = agent.startJoin();
    const joined = await Promise.race([joining, signals.first]);
    // Who is just being told of this member must be told of its leave as well.
    if (typeof joined === 'string')
      return endOnSignal(joined, settings, output, () => joining.then(() => agent.leave()));
    if (joined.error !== undefined) throw new CliError(joined.error);
    output.say(`Join completed. Synced with ${joined.joinedCount} initial agents`);
  }
  output.release();
  agent.retryJoin();
  const end = await Promise.race([agent.ended, signals.first]);
  return typeof end === 'string' ? endOnSignal(end, settings, output, () => agent.leave()) : exitCodeOf(end);
}

function exitCodeOf({ cause }: AgentEnd): ExitCode {
  return cause === 'left' || cause === 'name-lost' ? ExitCode.ok : ExitCode.failed;
}

const SIGNAL_NAMES = { SIGINT: 'interrupt', SIGTERM: 'terminated' } as const;

async function endOnSignal(
  signal: InterruptSignal,
  { config, pool }: AgentSettings,
  output: AgentOutput,
  leavePool: () => Promise<void>,
): Promise<ExitCode> {
  output.say(`Caught signal: ${SIGNAL_NAMES[signal]}`);
  const isGraceful =
    pool === 'memberlist' || (signal === 'SIGINT' ? !config.skipLeaveOnInterrupt : config.leaveOnTerminate);
  if (!isGraceful) return ExitCode.failed;
  output.say('Gracefully shutting down agent...');
  const deadline = new AbortController();
  const leave = leavePool().then(
    () => ExitCode.ok,
    () => ExitCode.failed,
  );
  const timeout = delay(config.leaveTimeoutMs, ExitCode.failed, { signal: deadline.signal });
  timeout.catch(() => {}); // the leave was faster
  try {
    return await Promise.race([leave, timeout]);
  } finally {
    deadline.abort();
  }
}

async function reload(
  agent: Agent,
  output: AgentOutput,
  read: () => { readonly settings: AgentSettings },
): Promise<void> {
  output.say('Caught signal: hangup');
  output.say('Reloading configuration...');
  try {
    await agent.reload(read().settings.config);
  } catch (error) {
    output.say((error as Error).message);
    output.say('Failed to reload configs');
  }
}

/** The first signal is a promise; the second ends the process. */
class Signals {
  readonly first: Promise<InterruptSignal>;
  /** No more signals are wanted. */
  readonly stop: () => void;

  constructor(io: Io) {
    let isFirst = true;
    let resolveFirst: (signal: InterruptSignal) => void;
    this.first = new Promise((resolve) => (resolveFirst = resolve));
    this.stop = io.onInterrupt((signal) => {
      if (!isFirst) io.exit(ExitCode.failed);
      isFirst = false;
      resolveFirst(signal);
    });
  }
}
