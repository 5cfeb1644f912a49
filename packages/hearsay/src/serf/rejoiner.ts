import { PeriodicTimer } from '../swim/index.ts';
import { formatAddress, randomChance, randomInt, shuffle, Timer, type Address } from '../util/index.ts';
import { parseIp, toAddress } from '../wire/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import type { MemberRecord, MemberTable } from './member-table.ts';
import type { SerfCounters } from './stats.ts';

/** What a {@link Rejoiner} is made of. */
export interface RejoinerParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly members: MemberTable;
  readonly counters: SerfCounters;
  /** Members of the former life, name to `ip:port`. */
  readonly formerMembers: ReadonlyMap<string, string>;
}

/**
 * Finds lost members again: at start those that the snapshot knows, later those that failed. No intent goes with it, for
 * nobody has left (Serf `handleRejoin` and `reconnect`).
 */
export class Rejoiner {
  readonly #parts: RejoinerParts;
  readonly #reconnects: PeriodicTimer;
  readonly #rejoin: Timer;
  /** Members of the former life that are still to be tried. */
  #former: { readonly node: string; readonly address: Address }[];
  #isConnecting: boolean = false;

  constructor(parts: RejoinerParts) {
    this.#parts = parts;
    const { config, env, host, formerMembers } = parts;
    this.#reconnects = new PeriodicTimer('reconnect', config.reconnectIntervalMs, env, () => this.#reconnect());
    this.#rejoin = new Timer('rejoin', () => this.#tryNextFormer());
    this.#former = [...formerMembers]
      .filter(([name]) => name !== host.name)
      .map(([node, text]) => ({ node, address: parseAddress(text) }))
      .filter((member): member is { node: string; address: Address } => member.address !== undefined);
  }

  start(): void {
    const { env } = this.#parts;
    this.#isConnecting = false;
    shuffle(env.rng, this.#former);
    this.#reconnects.start();
    if (this.#former.length > 0) env.timers.arm(this.#rejoin, env.clock.nowMs);
  }

  /** For good as far as the former life goes: a node that comes back later begins with what it knows by then. */
  stop(): void {
    this.#former = [];
    this.#reconnects.stop();
    this.#parts.env.timers.cancel(this.#rejoin);
  }

  /** One after the other, until one answers. */
  #tryNextFormer(): void {
    const member = this.#former.pop();
    if (member === undefined) return;
    const { host, env } = this.#parts;
    const facts = { node: member.node, address: formatAddress(member.address) };
    env.trace?.({ type: 'rejoin-attempt', ...facts });
    host.join([member.address], ({ joinedCount }) => {
      if (joinedCount > 0) {
        this.#former = [];
        env.trace?.({ type: 'rejoined', ...facts });
      } else if (this.#former.length > 0) env.timers.arm(this.#rejoin, env.clock.nowMs);
      else env.trace?.({ type: 'rejoin-failed' });
    });
  }

  /** Tries one failed member, as often as all together try each about once an interval. */
  #reconnect(): void {
    const { members, env, host, counters } = this.#parts;
    if (members.failedCount === 0 || this.#isConnecting) return;
    const healthyCount = members.count - members.departedCount;
    if (!randomChance(env.rng, members.failedCount / Math.max(1, healthyCount))) return;
    const failed = this.#pickFailed();
    if (failed?.address === undefined) return;
    const { name: node, address } = failed;
    counters.reconnectAttempts += 1;
    env.trace?.({ type: 'reconnect-attempt', node, address: formatAddress(address) });
    this.#isConnecting = true;
    host.join([address], () => {
      this.#isConnecting = false;
    });
  }

  #pickFailed(): MemberRecord | undefined {
    const failed = [...this.#parts.members.departed()].filter((record) => record.status === 'failed');
    return failed[randomInt(this.#parts.env.rng, failed.length)];
  }
}

/** Undefined for what is no `ip:port`. */
function parseAddress(text: string): Address | undefined {
  const portAt = text.lastIndexOf(':') + 1;
  const port = text.slice(portAt);
  if (portAt === 0 || !/^\d{1,5}$/.test(port) || Number(port) > 65_535) return undefined;
  const addr = parseIp(text.slice(0, portAt - 1).replace(/^\[(.*)\]$/, '$1'));
  return addr && toAddress(addr, Number(port));
}
