import type { Cluster } from 'hearsay';
import type { SerfAgentConfig } from './config.ts';

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in words. */
  readonly message: string;
}

type Settings = Pick<SerfAgentConfig, 'startJoin' | 'retryJoin' | 'discover'>;

/**
 * Whether an agent lives, and whether it is ready to be counted on. Both look at this node alone: that others are ill is
 * no reason to restart it or to send no work to it.
 */
export class AgentHealth {
  readonly #cluster: Cluster;
  readonly #isToJoin: boolean;
  #isStarted: boolean = false;
  #isEnding: boolean = false;
  #hasSeenOthers: boolean = false;
  #fatal: string | undefined;

  constructor(cluster: Cluster, { startJoin, retryJoin, discover }: Settings) {
    this.#cluster = cluster;
    this.#isToJoin = startJoin.length > 0 || retryJoin.length > 0 || discover !== '';
    cluster.on('error', ({ error, isFatal }) => {
      if (isFatal) this.#fatal = error instanceof Error ? error.message : String(error);
    });
    cluster.on('member-join', ({ members }) => {
      this.#hasSeenOthers ||= members.some(({ name }) => name !== cluster.name);
    });
  }

  /** The agent has opened all that it serves. */
  markStarted(): void {
    this.#isStarted = true;
  }

  /** The agent leaves, or shuts down: from now on nothing new should come to it. */
  markEnding(): void {
    this.#isEnding = true;
  }

  /** For `/healthz`: what only a new start would mend. */
  liveness(): readonly HealthCheck[] {
    const fatal = this.#fatal;
    return [{ name: 'cluster', ok: fatal === undefined, message: fatal ?? 'the node runs' }];
  }

  /** For `/readyz`: all of {@link AgentHealth.liveness}, and what comes with time. */
  readiness(): readonly HealthCheck[] {
    const ofAgent = [this.#startCheck(), this.#endCheck(), this.#joinCheck(), this.#memberCheck()];
    return [...this.liveness(), ...ofAgent, ...this.#stateChecks()];
  }

  #startCheck(): HealthCheck {
    const ok = this.#isStarted;
    return { name: 'start', ok, message: ok ? 'all that is to be served is served' : 'the agent starts' };
  }

  #endCheck(): HealthCheck {
    const ok = !this.#isEnding;
    return { name: 'end', ok, message: ok ? 'the agent is to go on' : 'the agent ends' };
  }

  /** Once another member has been seen this stays true: whoever is the last one left can still be counted on. */
  #joinCheck(): HealthCheck {
    const name = 'join';
    if (!this.#isToJoin) return { name, ok: true, message: 'no address to join is set' };
    const ok = this.#hasSeenOthers || this.#cluster.members.length > 1;
    this.#hasSeenOthers = ok;
    return { name, ok, message: ok ? 'other members have been seen' : 'no other member has been seen yet' };
  }

  #memberCheck(): HealthCheck {
    const { status } = this.#cluster.localMember;
    return { name: 'member', ok: status === 'alive', message: `this member is ${status}` };
  }

  /** Nothing when no state is gossiped. */
  #stateChecks(): readonly HealthCheck[] {
    const { core, kvStore } = this.#cluster.stats();
    if (core.kv === undefined) return [];
    const { capableCount, sharedSyncs } = core.kv;
    const hasState = sharedSyncs > 0 || capableCount <= 1;
    const isStored = kvStore?.failingSinceMs === undefined;
    return [
      {
        name: 'state',
        ok: hasState,
        message: hasState ? 'gossiped state is here' : 'gossiped state has not come from another member yet',
      },
      { name: 'store', ok: isStored, message: isStored ? 'nothing is refused' : 'the store refuses gossiped state' },
    ];
  }
}

/** Checks as text: the verdict with the names of those that failed, then a line for each. */
export function formatChecks(checks: readonly HealthCheck[]): string {
  const failing = failingOf(checks);
  const lines = checks.map(({ name, ok, message }) => `[${ok ? '+' : '-'}] ${name}: ${message}`);
  return `${[failing.length === 0 ? 'ok' : `failing: ${failing.join(', ')}`, ...lines].join('\n')}\n`;
}

/** The same as JSON. */
export function formatChecksJson(checks: readonly HealthCheck[]): string {
  const failing = failingOf(checks);
  return `${JSON.stringify({ ok: failing.length === 0, failing, checks })}\n`;
}

function failingOf(checks: readonly HealthCheck[]): readonly string[] {
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
}
