import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ClusterNode, type ClusterOptions, type Env, type SerfLayerOptions } from '../cluster/index.ts';
import { replaySnapshot, serfDefaults } from '../serf/index.ts';
import { swimPresets } from '../swim/index.ts';
import { ClusterError, type Address } from '../util/index.ts';
import { chooseAdvertised, logAdvertised } from './advertise.ts';
import { nodeAead } from './aead.ts';
import { bindTransports } from './bind.ts';
import { unlessAborted } from './calls.ts';
import { checkChoice, checkOptionKinds } from './check-options.ts';
import { Cluster } from './cluster.ts';
import { containLogger, silentLogger, type Logger } from './logger.ts';
import { checkKvOptions, toCoreOptions } from './kv/options.ts';
import { StoredState } from './kv/stored-state.ts';
import { toBytes, toKey, type CreateClusterOptions } from './options.ts';
import { createRng, RandomPool } from './random.ts';
import { canonicalHost, defaultPort, parseSeed, resolveFirst, systemLookup, type Lookup, type Seed } from './seeds.ts';
import { SnapshotFile } from './snapshot-file.ts';
import type { TcpLimits } from './tcp-transport.ts';
import { checkTelemetryOptions, toTelemetryConfig } from './telemetry/options.ts';

/** One for all clusters of the process: none of its bytes is handed out twice. */
const nonces = new RandomPool();

/**
 * Starts a member: opens its sockets, chooses the address to tell others, and begins to look for its seeds. It resolves
 * when the node listens; `waitForMembers` waits for company.
 *
 * @throws {@link ClusterError} `ERR_BIND`, `ERR_ADDRESS`, `ERR_CONFIG`, `ERR_KEY_LENGTH`, `ERR_TAGS_TOO_LARGE`, `ERR_FILE`,
 *   `ERR_META_TOO_LARGE`
 */
export async function createCluster(options: CreateClusterOptions = {}): Promise<Cluster> {
  checkOptionKinds(options);
  checkPool(options);
  const kv = checkKvOptions(options);
  const telemetry = checkTelemetryOptions(options.telemetry, kv !== undefined);
  const { signal, lookup = systemLookup, pool = 'serf', saveKeys } = options;
  const logger = containLogger(options.logger ?? silentLogger);
  signal?.throwIfAborted();
  // A resolver may take half a minute to give up: a start that is aborted does not wait for it.
  const unlessEnded = <Result>(step: Promise<Result>): Promise<Result> =>
    signal === undefined ? step : unlessAborted(step, signal);
  const wanted = await unlessEnded(resolveBind(options.bind ?? `0.0.0.0:${defaultPort}`, lookup));
  const seedPort = wanted.port === 0 ? defaultPort : wanted.port;
  const transports = await bindTransports(wanted, logger, toStreamLimits(options));
  let snapshot: SnapshotFile | undefined;
  let storedState: StoredState | undefined;
  try {
    const serfTrace = options.serfTrace && contained(options.serfTrace, logger);
    snapshot = await openSnapshot(options, logger, serfTrace);
    storedState = await StoredState.open(kv, logger);
    const { address } = transports;
    const advertised = await unlessEnded(chooseAdvertised(options.advertise, address, lookup));
    logAdvertised(advertised, logger);
    const rng = createRng();
    const seeds = (options.seeds ?? []).map((text) => parseSeed(text, seedPort));
    const nodeOptions = {
      ...toNodeOptions(options, advertised.address, address, seeds),
      ...(pool === 'serf' && { serf: toSerfOptions(options, snapshot, logger) }),
      ...(kv !== undefined && { kv: toCoreOptions(kv, storedState?.store) }),
      ...(telemetry !== undefined && { telemetry: toTelemetryConfig(telemetry) }),
    };
    const env: Env = {
      rng,
      aead: nodeAead,
      fillRandom: nonces.take,
      wallMs: Date.now,
      ...(options.trace !== undefined && { trace: contained(options.trace, logger) }),
      ...(serfTrace !== undefined && { serfTrace }),
      ...(saveKeys !== undefined && { saveKeys: (keys) => errorTextOf(() => saveKeys(copiesOf(keys))) }),
    };
    return new Cluster({
      transports,
      advertised,
      seeds,
      seedPort,
      lookup,
      rng,
      logger,
      signal,
      pool,
      snapshot,
      bridge: kv?.bridge,
      storedState,
      saveKeys,
      measuresProcess: telemetry?.process ?? true,
      createNode: (effects) => new ClusterNode(nodeOptions, env, effects),
    });
  } catch (error) {
    await Promise.all([transports.udp.close(), transports.tcp.close(), snapshot?.close(), storedState?.close(true)]);
    throw error;
  }
}

const onlyInSerfPools = ['tags', 'serf', 'snapshotPath', 'saveKeys', 'serfTrace'] as const;
const onlyInPlainPools = ['meta', 'versions', 'delegate'] as const;

function checkPool(options: CreateClusterOptions): void {
  const { pool = 'serf' } = options;
  checkChoice('pool', pool, ['serf', 'memberlist']);
  const foreign = pool === 'serf' ? onlyInPlainPools : onlyInSerfPools;
  const name = foreign.find((option) => options[option] !== undefined);
  if (name === undefined) return;
  const other = pool === 'serf' ? 'memberlist' : 'serf';
  throw new ClusterError('ERR_CONFIG', `${name} is an option of pools of the kind "${other}", and pool is "${pool}"`);
}

async function openSnapshot(
  { snapshotPath: path }: CreateClusterOptions,
  logger: Logger,
  trace: CreateClusterOptions['serfTrace'],
): Promise<SnapshotFile | undefined> {
  if (path === undefined) return undefined;
  return SnapshotFile.open({
    path,
    onError: (error) => logger.error({ err: error }, 'the snapshot is incomplete'),
    ...(trace !== undefined && { trace }),
  });
}

function toSerfOptions(
  { tags, serf }: CreateClusterOptions,
  file: SnapshotFile | undefined,
  logger: Logger,
): SerfLayerOptions {
  const rejoinAfterLeave = serf?.rejoinAfterLeave ?? serfDefaults.rejoinAfterLeave;
  const snapshot = file && replaySnapshot(file.text, { rejoinAfterLeave });
  for (const warning of snapshot?.warnings ?? []) logger.warn({ warning }, 'the snapshot has a line that is none');
  return {
    ...(tags !== undefined && { tags: { ...tags } }),
    ...(serf !== undefined && { config: serf }),
    ...(snapshot !== undefined && { snapshot }),
  };
}

function copiesOf(keys: readonly Uint8Array[]): readonly Uint8Array[] {
  return keys.map((key) => Uint8Array.from(key));
}

function errorTextOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function resolveBind(bind: string, lookup: Lookup): Promise<Address> {
  const place = parseSeed(bind, defaultPort);
  return { host: await resolveFirst('bind', place, lookup), port: place.port };
}

function toNodeOptions(
  options: CreateClusterOptions,
  advertise: Address,
  bound: Address,
  seeds: readonly Seed[],
): ClusterOptions {
  const { name = `${hostname()}-${bound.port}`, meta, keys, profile, swim, rules, label, allowedNetworks } = options;
  const { versions, delegate, evidence, stableView = true } = options;
  return {
    name,
    advertise,
    bindHost: bound.host,
    bindPort: bound.port,
    // Those that are names are looked up again and again by the seed keeper; the core could not.
    seeds: seeds.filter(({ host }) => isIP(host) !== 0).map(({ host, port }) => ({ host: canonicalHost(host), port })),
    ...(profile !== undefined && { profile }),
    ...(meta !== undefined && { meta: toBytes(meta) }),
    ...(keys !== undefined && { keys: keys.map(toKey) }),
    ...(label !== undefined && { label }),
    ...(swim !== undefined && { swim }),
    ...(rules !== undefined && { rules }),
    ...(allowedNetworks !== undefined && { allowedNetworks }),
    ...(stableView !== false && { stableView: stableView === true ? {} : stableView }),
    ...(evidence !== undefined && { evidence }),
    ...(versions !== undefined && { versions }),
    ...(delegate !== undefined && { delegate }),
  };
}

/** The core cuts a phase of a stream after its timeout; an exchange has four of them, with the opening. */
function toStreamLimits({ swim, profile = 'lan' }: CreateClusterOptions): Partial<TcpLimits> {
  if (!Object.hasOwn(swimPresets, profile))
    throw new ClusterError('ERR_CONFIG', `profile is "${profile}", not lan, wan or local`);
  const streamTimeoutMs = swim?.streamTimeoutMs ?? swimPresets[profile].streamTimeoutMs;
  return {
    connectTimeoutMs: streamTimeoutMs,
    flushTimeoutMs: streamTimeoutMs,
    streamMaxAgeMs: 4 * streamTimeoutMs,
  };
}

/** A trace of the user's that throws must not stop the protocol. */
function contained<Event extends { readonly type: string }>(
  trace: (event: Event) => void,
  logger: Logger,
): (event: Event) => void {
  return (event) => {
    try {
      trace(event);
    } catch (error) {
      logger.error({ err: error, event: event.type }, 'the trace function threw');
    }
  };
}
