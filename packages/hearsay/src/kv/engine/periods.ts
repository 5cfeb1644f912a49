import type { Member } from '../../swim/index.ts';
import { formatAddress, randomFloat, randomInt, Timer } from '../../util/index.ts';
import type { KvPeer } from '../exchange/index.ts';
import type { KvGossipConfig } from '../gossip-config.ts';
import type { KvEnv } from '../host.ts';
import type { Roster } from './roster.ts';

/** What {@link Periods} need. */
export interface PeriodsParts {
  readonly config: KvGossipConfig;
  readonly env: Pick<KvEnv, 'clock' | 'timers' | 'rng'>;
  readonly roster: Roster;
  readonly member: (name: string) => Member | undefined;
  /** Begins to compare with a peer, if it may be sent state now. */
  readonly begin: (peer: KvPeer) => void;
  /** Called once in each period. */
  readonly onPeriod: () => void;
}

/** Once in each period, compares with a few peers; the first time after a random part of it. */
export class Periods {
  readonly #parts: PeriodsParts;
  readonly #timer: Timer;
  #nextSeedAtMs: number = 0;

  constructor(parts: PeriodsParts) {
    this.#parts = parts;
    this.#timer = new Timer('state period', () => this.#onPeriod());
  }

  start(): void {
    const { config, env } = this.#parts;
    this.#nextSeedAtMs = env.clock.nowMs + config.seedIntervalMs;
    this.#arm(randomFloat(env.rng));
  }

  stop(): void {
    this.#parts.env.timers.cancel(this.#timer);
  }

  #onPeriod(): void {
    const { config, env, roster, begin, onPeriod } = this.#parts;
    this.#arm(1 + config.periodJitter * (2 * randomFloat(env.rng) - 1));
    const peers = new Set(roster.choose(config.peersPerPeriod));
    const seed = this.#takeSeed();
    if (seed !== undefined) peers.add(seed);
    for (const peer of peers) {
      roster.markAsked(peer);
      begin(peer);
    }
    onPeriod();
  }

  #takeSeed(): KvPeer | undefined {
    const { config, env, roster } = this.#parts;
    const { seeds, seedIntervalMs } = config;
    if (seeds.length === 0 || env.clock.nowMs < this.#nextSeedAtMs) return undefined;
    this.#nextSeedAtMs = env.clock.nowMs + seedIntervalMs;
    const seed = seeds[randomInt(env.rng, seeds.length)]!;
    return roster.get(seed) ?? roster.live.find((peer) => this.#addressOf(peer) === seed);
  }

  #addressOf({ name }: KvPeer): string | undefined {
    const address = this.#parts.member(name)?.address;
    return address && formatAddress(address);
  }

  #arm(periods: number): void {
    const { config, env } = this.#parts;
    env.timers.arm(this.#timer, env.clock.nowMs + periods * config.periodMs);
  }
}
