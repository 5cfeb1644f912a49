import { hostname } from 'node:os';
import { ClusterError, createCluster, type Address, type Cluster } from 'hearsay';
import { AgentEvents, toScriptEvent } from './agent-events.ts';
import { logState } from './state-log.ts';
import { AgentState } from './agent-state.ts';
import type { AgentLog, LeveledLogger } from './agent-log.ts';
import { ClusterApi } from './cluster-api.ts';
import { nameOf, toClusterOptions, type AgentSettings } from './cluster-options.ts';
import type { SerfAgentConfig } from './config.ts';
import { parseEventHandlers } from './event-filter.ts';
import { countEvent } from './event-metrics.ts';
import { AgentHealth } from './health.ts';
import { Metrics } from './metrics.ts';
import { EventScripts } from './event-scripts.ts';
import { splitAddress } from './listen-address.ts';
import { parseLogLevel } from './log-level.ts';
import type { Mdns } from './mdns.ts';
import { readStored } from './stored-state.ts';
import { writeTagsFile } from './tags-file.ts';
import { watchSerf, type SerfWatch } from './serf-watch.ts';
import { suspicionLog } from './suspicion-log.ts';
import { Telemetry } from './telemetry.ts';
import { retryJoin } from './retry-join.ts';
import { RpcServer } from './rpc-server.ts';

/** Why an agent came to its end by itself. */
export type AgentEnd =
  /** Somebody told it to leave, over RPC. */
  | { readonly cause: 'left' }
  /** Another member has its name in the eyes of the others. */
  | { readonly cause: 'name-lost' }
  /** `retry_join` has had its number of attempts. */
  | { readonly cause: 'retry-join' }
  | { readonly cause: 'failed'; readonly error: unknown };

/** What an {@link Agent} is made of. */
interface AgentParts {
  readonly settings: AgentSettings;
  readonly log: AgentLog;
  readonly cluster: Cluster;
  readonly handlers: EventScripts['handlers'];
  readonly metrics: Metrics;
  readonly watch: SerfWatch;
}

/** How long scripts that still run are waited for at the end. */
const scriptsGraceMs = 1_000;

/**
 * A member of a pool that runs as a process of its own, as `serf agent` does: joins, runs scripts on events, is
 * commanded over RPC, and leaves in good order.
 */
export class Agent {
  readonly cluster: Cluster;
  /** Settles when the agent is over without having been told so here. {@link Agent.shutdown} is still to be called. */
  readonly ended: Promise<AgentEnd>;
  readonly #settings: AgentSettings;
  readonly #log: AgentLog;
  readonly #logger: LeveledLogger;
  readonly #health: AgentHealth;
  readonly #telemetry: Telemetry;
  readonly #scripts: EventScripts;
  readonly #api: ClusterApi;
  readonly #stopping: AbortController = new AbortController();
  #end!: (end: AgentEnd) => void;
  #mdns: Mdns | undefined;
  #rpc: RpcServer | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * Opens everything; nothing is joined yet.
   *
   * @throws `ClusterError` when a file, an address or a setting cannot be used; then nothing is left open
   */
  static async start(settings: AgentSettings, log: AgentLog): Promise<Agent> {
    const logger = log.logger('agent');
    const stored = readStored(settings.config, logger);
    const handlers = parseEventHandlers(settings.config.eventHandlers);
    logger.info({}, 'Serf agent starting');
    const metrics = new Metrics();
    const watch = watchSerf(log.logger('serf'), metrics);
    const cluster = await createCluster({
      ...toClusterOptions(settings),
      ...stored.keyring,
      ...(settings.pool === 'serf' && { tags: stored.tags, serfTrace: watch.trace }),
      logger: log.logger('hearsay'),
      trace: suspicionLog(log.logger('memberlist'), nameOf(settings.config)),
    });
    // Listens at once: no event may be missed.
    const agent = new Agent({ settings, log, cluster, handlers, metrics, watch });
    try {
      await agent.#open();
      return agent;
    } catch (error) {
      await agent.shutdown();
      throw error;
    }
  }

  private constructor({ settings, log, cluster, handlers, metrics, watch }: AgentParts) {
    const { config, pool } = settings;
    this.cluster = cluster;
    this.#health = new AgentHealth(cluster, config);
    this.#telemetry = new Telemetry(cluster, metrics, this.#health);
    this.#settings = settings;
    this.#log = log;
    this.#logger = log.logger('agent');
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#scripts = new EventScripts({
      handlers,
      self: () => ({ name: cluster.name, tags: cluster.tags }),
      logger: this.#logger,
      timeoutMs: config.eventHandlerTimeoutMs,
      onRun: (script, durationMs) => metrics.timeNamed('agent.invoke', script, durationMs),
    });
    const events = new AgentEvents(
      cluster,
      { agent: this.#logger, serf: log.logger('serf') },
      pool === 'serf' ? undefined : watch.member,
    );
    events.subscribe((event) => {
      const scriptEvent = toScriptEvent(event);
      countEvent(metrics, scriptEvent);
      this.#scripts.handle(scriptEvent);
    });
    this.#api = new ClusterApi({
      cluster,
      events,
      log,
      broadcastTimeoutMs: config.broadcastTimeoutMs,
      handlers: () => this.#scripts.handlers,
      saveTags: config.tagsFile === '' ? undefined : (tags) => writeTagsFile(config.tagsFile, tags),
      kv: config.kv ? new AgentState(cluster) : undefined,
      onLeave: () => this.#health.markEnding(),
      shutdown: () => this.#end({ cause: 'left' }),
    });
    logState(cluster, log.logger('agent.kv'));
    this.#watchCluster();
  }

  /** Where RPC is served by TCP; undefined when it is not. */
  get rpcAddress(): Address | undefined {
    return this.#rpc?.address;
  }

  /** Joins what `start_join` names, all at once. Returns how many answered, and why if none did. */
  async startJoin(): Promise<{ readonly joinedCount: number; readonly error?: string }> {
    const { startJoin, replayOnJoin } = this.#settings.config;
    return this.#api.join(startJoin, replayOnJoin);
  }

  /** Joins what `retry_join` names, again and again in the background. In a plain pool the cluster does it by itself. */
  retryJoin(): void {
    const { config, pool } = this.#settings;
    const { retryJoin: addresses, retryIntervalMs, retryMaxAttempts, replayOnJoin } = config;
    if (pool === 'memberlist' || addresses.length === 0) return;
    const options = {
      attempt: async () => (await this.#api.join(addresses, replayOnJoin)).error,
      replay: replayOnJoin,
      intervalMs: retryIntervalMs,
      maxAttempts: retryMaxAttempts,
      logger: this.#logger,
    };
    retryJoin(options, this.#stopping.signal).then(
      (isJoined) => {
        if (!isJoined) this.#end({ cause: 'retry-join' });
      },
      () => {}, // the agent stops
    );
  }

  /** Takes over what can change while it runs: the log level, the handlers and the tags. */
  async reload(config: SerfAgentConfig): Promise<void> {
    this.#log.level = parseLogLevel(config.logLevel) ?? this.#log.level;
    this.#scripts.handlers = parseEventHandlers(config.eventHandlers);
    // Those of a tags file are changed through RPC alone, and the configuration has none.
    if (this.#settings.pool === 'serf' && config.tagsFile === '') await this.#api.replaceTags(config.tags);
  }

  /** What was counted in the last minute, as text. */
  dumpMetrics(): string {
    return this.#telemetry.dump();
  }

  /** Says goodbye to the others. {@link Agent.shutdown} is still to be called. */
  async leave(): Promise<void> {
    await this.#api.leave();
  }

  /**
   * Ends everything, in this order: nothing new is taken; the cluster hands on the last events and closes its sockets;
   * scripts finish, for a second at most; clients of RPC get what was written to them. Idempotent.
   */
  shutdown(): Promise<void> {
    this.#stopped ??= this.#shutdown();
    return this.#stopped;
  }

  async #shutdown(): Promise<void> {
    this.#health.markEnding();
    this.#logger.info({}, 'requesting serf shutdown');
    this.#stopping.abort();
    this.#mdns?.stop();
    this.#rpc?.stopListening();
    await this.cluster.close();
    await this.#scripts.stop(scriptsGraceMs);
    await this.#rpc?.close();
    await this.#telemetry.close();
    this.#logger.info({}, 'shutdown complete');
  }

  /** What others find this agent by comes last. */
  async #open(): Promise<void> {
    await this.#telemetry.open(this.#settings.config, this.#logger);
    this.#mdns = await this.#discover();
    this.#rpc = await this.#serveRpc();
    this.#health.markStarted();
  }

  /** Loaded only when it is asked for. */
  async #discover(): Promise<Mdns | undefined> {
    const { discover, mdns, replayOnJoin } = this.#settings.config;
    if (discover === '') return undefined;
    const { Mdns: MdnsClass } = await import('./mdns.ts');
    const { host, port } = this.cluster.advertised.address;
    return MdnsClass.start({
      service: { cluster: discover, instance: this.cluster.name, hostName: hostname(), host, port },
      config: mdns,
      logger: this.#log.logger('agent.mdns'),
      join: async (addresses) => {
        const { error } = await this.#api.join(addresses, replayOnJoin);
        if (error !== undefined) throw new ClusterError('ERR_JOIN', error);
      },
    });
  }

  async #serveRpc(): Promise<RpcServer> {
    const { rpcAddr, rpcUnixSocket, rpcAuth } = this.#settings.config;
    const address = splitAddress(rpcAddr);
    return RpcServer.start({
      api: this.#api,
      address: rpcAddr === '' || !address.ok ? undefined : { host: address.host || '0.0.0.0', port: address.port },
      unixPath: rpcUnixSocket === '' ? undefined : rpcUnixSocket,
      authKey: rpcAuth,
      logger: this.#log.logger('agent.ipc'),
      count: (what) => this.#telemetry.metrics.count(`agent.ipc.${what}`),
    });
  }

  #watchCluster(): void {
    this.cluster.on('error', ({ error, isFatal }) => {
      if (!isFatal) return this.#logger.error({ err: error }, 'a listener failed');
      const isNameLost = (error as { readonly code?: string }).code === 'ERR_NAME';
      this.#logger.warn({ err: error }, 'Serf shutdown detected, quitting');
      this.#end(isNameLost ? { cause: 'name-lost' } : { cause: 'failed', error });
    });
  }
}
