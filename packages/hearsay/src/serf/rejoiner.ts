import { PeriodicTimer } from '../swim/index.ts';
import { randomChance, randomInt, shuffle, Timer, type Address } from '../util/index.ts';
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
  /** Addresses of the former life that are still to be tried. */
  #former: Address[];
  #isConnecting: boolean = false;

  constructor(parts: RejoinerParts) {
    this.#parts = parts;
    const { config, env, host, formerMembers } = parts;
    this.#reconnects = new PeriodicTimer('reconnect', config.reconnectIntervalMs, env, () => this.#reconnect());
    this.#rejoin = new Timer('rejoin', () => this.#tryNextFormer());
    this.#former = [...formerMembers]
      .filter(([name]) => name !== host.name)
      .map(([, address]) => parseAddress(address))
      .filter((address) => address !== undefined);
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
    const address = this.#former.pop();
    if (address === undefined) return;
    const { host, env } = this.#parts;
    host.join([address], ({ joinedCount }) => {
      if (joinedCount > 0) this.#former = [];
      else env.timers.arm(this.#rejoin, env.clock.nowMs);
    });
  }

  /** Tries one failed member, as often as all together try each about once an interval. */
  #reconnect(): void {
    const { members, env, host, counters } = this.#parts;
    if (members.failedCount === 0 || this.#isConnecting) return;
    const healthyCount = members.count - members.departedCount;
    if (!randomChance(env.rng, members.failedCount / Math.max(1, healthyCount))) return;
    const address = this.#pickFailed()?.address;
    if (address === undefined) return;
    counters.reconnectAttempts += 1;
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
