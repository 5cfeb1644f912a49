import { isIP } from 'node:net';
import { formatAddress, randomFloat, type Address, type Rng } from '../util/index.ts';
import type { Logger } from './logger.ts';
import { resolveSeeds, type Lookup, type Seed } from './seeds.ts';

/** What a seed keeper needs of the cluster it works for. */
export interface SeedKeeperParts {
  readonly seeds: readonly Seed[];
  readonly lookup: Lookup;
  readonly rng: Rng;
  readonly logger: Logger;
  /** Addresses of this node and of members that are there: no reason to join them. */
  readonly knownAddresses: () => readonly Address[];
  /** Whether no other member is known. */
  readonly isAlone: () => boolean;
  /** Settles when the attempt is over. */
  readonly join: (addresses: readonly Address[]) => Promise<{ readonly joinedCount: number }>;
}

/** The first wait between attempts while alone; it doubles from one to the next. */
const retryMinMs = 1_000;
/** The longest wait between attempts while alone. */
const retryMaxMs = 30_000;
/** How often host names are resolved again once other members are known. */
const resolveAgainMs = 60_000;

/**
 * Joins the seeds, and tries again for as long as this node is alone. Host names are resolved anew each time, and now
 * and then for as long as the cluster runs: so the other half of a split, or a cluster that has moved, is found again
 * behind a name all of whose addresses have changed. (Seeds that are addresses are healed by the core itself.)
 */
export class SeedKeeper {
  readonly #parts: SeedKeeperParts;
  readonly #hasNames: boolean;
  #retryMs: number = retryMinMs;
  #timer: NodeJS.Timeout | undefined;
  #isStopped: boolean = false;

  constructor(parts: SeedKeeperParts) {
    this.#parts = parts;
    this.#hasNames = parts.seeds.some(({ host }) => isIP(host) === 0);
  }

  start(): void {
    if (this.#parts.seeds.length > 0) void this.#attempt();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #attempt(): Promise<void> {
    const { seeds, lookup, logger, knownAddresses } = this.#parts;
    const { addresses, failures } = await resolveSeeds(seeds, lookup);
    if (this.#isStopped) return;
    for (const failure of failures) logger.warn(failure, 'a seed could not be resolved');
    const known = new Set(knownAddresses().map(formatAddress));
    const unknown = addresses.filter((address) => !known.has(formatAddress(address)));
    if (unknown.length > 0) await this.#join(unknown);
    if (!this.#isStopped) this.#planNext();
  }

  async #join(addresses: readonly Address[]): Promise<void> {
    const { logger, join } = this.#parts;
    const seeds = addresses.map(formatAddress);
    try {
      const { joinedCount } = await join(addresses);
      logger.debug({ seeds, joinedCount }, 'seeds contacted');
    } catch (error) {
      logger.warn({ err: error, seeds }, 'no seed could be joined; it will be tried again');
    }
  }

  #planNext(): void {
    if (this.#parts.isAlone()) {
      this.#wait(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, retryMaxMs);
      return;
    }
    this.#retryMs = retryMinMs;
    if (this.#hasNames) this.#wait(resolveAgainMs);
  }

  /** Half to one and a half times as long, so that nodes started together do not come back together. */
  #wait(meanMs: number): void {
    this.#timer = setTimeout(() => void this.#attempt(), meanMs * (0.5 + randomFloat(this.#parts.rng)));
    this.#timer.unref();
  }
}
