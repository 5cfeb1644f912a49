import type { StepClock } from '../../util/index.ts';

/** Who spends: rumors, comparisons of the shared lane, of the owned lane, of telemetry; and whatever goes over streams. */
export type BudgetShare = 'rumors' | 'shared' | 'owned' | 'telemetry' | 'transfer';

/** What each may spend when all want more (design 3.7). */
const parts = { rumors: 0.4, shared: 0.25, owned: 0.2, telemetry: 0.15 } as const;
type PacketShare = keyof typeof parts;
const packetShares = Object.keys(parts) as PacketShare[];

/** How much, in bytes and bytes a second. */
export interface ByteBudgetConfig {
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  readonly transferBytesPerSecond: number;
}

/**
 * How many bytes of state a node may send: never more than `burstBytes` and what has accrued since.
 *
 * Each share accrues its part of the rate, up to a second of it or its part of half the burst, and what it does not use
 * flows into a pool that is open to all. So a quiet lane costs a busy one nothing, and a busy one cannot starve a quiet one.
 */
export class ByteBudget {
  readonly #clock: StepClock;
  readonly #config: ByteBudgetConfig;
  readonly #own: Record<PacketShare, number>;
  #pool: number;
  #transfer: number;
  #filledAtMs: number;

  constructor(clock: StepClock, config: ByteBudgetConfig) {
    this.#clock = clock;
    this.#config = config;
    this.#filledAtMs = clock.nowMs;
    const own = { rumors: 0, shared: 0, owned: 0, telemetry: 0 };
    for (const share of packetShares) own[share] = this.#capOf(share);
    this.#own = own;
    this.#pool = config.burstBytes - this.#saved();
    this.#transfer = config.transferBytesPerSecond;
  }

  /** What the share could spend now. */
  available(share: BudgetShare): number {
    this.#fill();
    return share === 'transfer' ? this.#transfer : this.#own[share] + this.#pool;
  }

  /** Takes the bytes; false, and nothing is taken, when there are not as many. */
  take(share: BudgetShare, bytes: number): boolean {
    // One that is larger than all that is ever saved must go some time, too: it leaves a debt.
    if (this.available(share) < Math.min(bytes, this.#mostOf(share))) return false;
    if (share === 'transfer') {
      this.#transfer -= bytes;
      return true;
    }
    const fromOwn = Math.min(bytes, this.#own[share]);
    this.#own[share] -= fromOwn;
    this.#pool -= bytes - fromOwn;
    return true;
  }

  #fill(): void {
    const { bytesPerSecond, burstBytes, transferBytesPerSecond } = this.#config;
    const seconds = (this.#clock.nowMs - this.#filledAtMs) / 1_000;
    if (seconds <= 0) return;
    this.#filledAtMs = this.#clock.nowMs;
    for (const share of packetShares) {
      const filled = this.#own[share] + parts[share] * bytesPerSecond * seconds;
      this.#own[share] = Math.min(filled, this.#capOf(share));
      this.#pool += filled - this.#own[share];
    }
    this.#pool = Math.min(this.#pool, burstBytes - this.#saved());
    this.#transfer = Math.min(this.#transfer + transferBytesPerSecond * seconds, transferBytesPerSecond);
  }

  #capOf(share: PacketShare): number {
    return parts[share] * Math.min(this.#config.bytesPerSecond, this.#config.burstBytes / 2);
  }

  #mostOf(share: BudgetShare): number {
    const { burstBytes, transferBytesPerSecond } = this.#config;
    return share === 'transfer' ? transferBytesPerSecond : burstBytes - this.#saved() + this.#own[share];
  }

  #saved(): number {
    return packetShares.reduce((sum, share) => sum + this.#own[share], 0);
  }
}
