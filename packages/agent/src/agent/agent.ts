import {
  createCluster,
  formatAddress,
  type Cluster,
  type CreateClusterOptions,
  type Logger,
  type MemberView,
} from 'hearsay';
import { announceLeaveToSerf } from './serf-goodbye.ts';

/** What an agent is started with. */
export interface AgentConfig {
  /** This member's name, unique in the cluster. */
  readonly name: string;
  /** `host[:port]`; port 7946 when none is said. */
  readonly bind: string;
  /** What the others are told, `host[:port]`. Default: chosen, and explained. */
  readonly advertise?: string;
  /** Joined once at start; the start fails when nobody answers. */
  readonly join: readonly string[];
  /** Joined in the background, again and again while this node is alone, with host names resolved anew each time. */
  readonly retryJoin: readonly string[];
  /** The first one encrypts, all decrypt. */
  readonly keys: readonly Uint8Array[];
  readonly label?: string;
  readonly profile: 'lan' | 'wan' | 'local';
  readonly meta?: string;
  /** Be a member that Serf agents accept: announces their protocol versions, and no tags. */
  readonly isInSerfPool: boolean;
}

/** What the agents of Serf 0.8 and newer demand of a member (Serf `config.go`, `ProtocolVersionMap`). */
const serfVersions = { delegateMin: 2, delegateMax: 5, delegateCurrent: 5 } as const;
/** An empty map of tags: Serf's mark, then msgpack. */
const noSerfTags = Uint8Array.of(0xff, 0x80);

/** A member that runs as a process of its own: joins, logs what happens to the cluster, leaves in good order. */
export class Agent {
  readonly cluster: Cluster;
  /** Rejects when the cluster had to stop because of a fault of its own; else never settles. */
  readonly failure: Promise<never>;
  readonly #config: AgentConfig;
  readonly #logger: Logger;

  /** Opens the sockets; nothing is joined yet but what `retryJoin` names. */
  static async start(config: AgentConfig, logger: Logger, libraryLogger: Logger): Promise<Agent> {
    return new Agent(await createCluster(toClusterOptions(config, libraryLogger)), config, logger);
  }

  private constructor(cluster: Cluster, config: AgentConfig, logger: Logger) {
    this.cluster = cluster;
    this.#config = config;
    this.#logger = logger;
    this.failure = this.#watchForFailure();
    this.#logMembers();
  }

  /** Joins what `join` names. Rejects with a `ClusterError` when there is something and nobody answers. */
  async join(): Promise<void> {
    const { join } = this.#config;
    if (join.length === 0) return;
    const { joinedCount, failures } = await this.cluster.join(join);
    for (const failure of failures) this.#logger.warn(failure, 'an address could not be joined');
    this.#logger.info({ contacted: joinedCount, members: this.cluster.members.length }, 'joined the cluster');
  }

  /** Says goodbye, for at most `timeoutMs`, and closes. Resolves to whether the goodbye has spread. */
  async leave(timeoutMs: number): Promise<boolean> {
    try {
      if (this.#config.isInSerfPool) await announceLeaveToSerf(this.cluster);
      const { spread } = await this.cluster.leave({ timeoutMs });
      if (spread) this.#logger.info({}, 'left the cluster');
      else this.#logger.warn({ timeoutMs }, 'the goodbye has not spread in time; the others may see a failure');
      return spread;
    } finally {
      await this.cluster.close();
    }
  }

  #logMembers(): void {
    const info = (message: string) => {
      return ({ member }: { readonly member: MemberView }) => this.#logger.info(memberFields(member), message);
    };
    this.cluster
      .on('member-join', info('member joined'))
      .on('member-leave', info('member left'))
      .on('member-failed', info('member failed'))
      .on('member-update', info('member updated'))
      .on('member-reap', info('member forgotten'))
      .on('name-conflict', ({ member, other }) =>
        this.#logger.error(
          { name: member.name, address: addressText(member), other: addressText(other) },
          'two members claim one name',
        ),
      );
  }

  #watchForFailure(): Promise<never> {
    const failure = new Promise<never>((_, reject) => {
      this.cluster.on('error', ({ error, isFatal }) => {
        this.#logger.error({ err: error }, isFatal ? 'the cluster has stopped' : 'a listener failed');
        if (isFatal) reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
    failure.catch(() => {}); // told to whoever waits for it, and to nobody when the agent is left by then
    return failure;
  }
}

function toClusterOptions(config: AgentConfig, logger: Logger): CreateClusterOptions {
  const { name, bind, advertise, retryJoin, keys, label, profile, meta, isInSerfPool } = config;
  return {
    name,
    bind,
    profile,
    logger,
    seeds: retryJoin,
    ...(keys.length > 0 && { keys }),
    ...(advertise !== undefined && { advertise }),
    ...(label !== undefined && { label }),
    ...(meta !== undefined && { meta }),
    pool: 'memberlist',
    ...(isInSerfPool && { versions: serfVersions, meta: noSerfTags }),
  };
}

function memberFields(member: MemberView): object {
  return { name: member.name, address: addressText(member) };
}

function addressText({ address }: MemberView): string {
  return address === undefined ? 'unknown' : formatAddress(address);
}
