import { ClusterError } from '../../util/index.ts';
import type { KvEnv } from '../host.ts';

/** Refusals by this many members say that it is our clock that is wrong (design 3.3). */
const accusersMin = 3;
/** For how long a refusal counts, in milliseconds (design 3.3). */
const accusationLifeMs = 60_000;
/** Members whose clocks are remembered. Chosen: a few more than are asked. */
const clocksMax = 16;
/** For how long a clock that was told counts, in milliseconds. Chosen: some periods. */
const clockLifeMs = 10_000;

/** Of how many others what they say of a clock must be the same: of all, where there are fewer than three. */
export function clocksNeeded(peerCount: number): number {
  return Math.max(1, Math.min(accusersMin, peerCount));
}

/** What a {@link ClockWatch} needs. */
export interface ClockWatchParts {
  readonly env: Pick<KvEnv, 'clock' | 'wallMs'>;
  readonly maxAheadMs: number;
  /** Live members that take part, without this one: of fewer than three, all must agree. */
  readonly peerCount: () => number;
  readonly onWrong: (aheadMs: number, refusedBy: readonly string[]) => void;
  /** Others' clocks agree with ours: what they have refused may be written anew. */
  readonly onRight: () => void;
}

/**
 * Whether this node's clock is ahead of everybody's: several members refuse its writes as stamped in the future. Then it
 * must not write until its clock agrees with those that others tell in their summaries.
 */
export class ClockWatch {
  readonly #parts: ClockWatchParts;
  readonly #accusers = new Map<string, { readonly atMs: number; readonly aheadMs: number }>();
  /** What the clocks of others said, and when that came. */
  readonly #clocks = new Map<string, { readonly atMs: number; readonly clockMs: number }>();
  #isWrong: boolean = false;

  constructor(parts: ClockWatchParts) {
    this.#parts = parts;
  }

  /** Members that have refused our writes within the last minute. */
  get accuserCount(): number {
    this.#forgetOld();
    return this.#accusers.size;
  }

  /** Whether the last few clocks that others told and ours all say the same. */
  get isAgreed(): boolean {
    const { maxAheadMs } = this.#parts;
    const leadsMs = this.#leadsMs();
    return leadsMs.length >= this.#needed() && leadsMs.every((leadMs) => Math.abs(leadMs) <= maxAheadMs);
  }

  /** @throws {@link ClusterError} `ERR_KV_CLOCK_AHEAD` while the clock is known to be wrong */
  assertRight(): void {
    this.check();
    if (!this.#isWrong) return;
    const aheadMs = Math.max(0, ...[...this.#accusers.values()].map((accuser) => accuser.aheadMs));
    const { maxAheadMs } = this.#parts;
    throw new ClusterError(
      'ERR_KV_CLOCK_AHEAD',
      `other members say that this node's clock is ${aheadMs} ms ahead, the limit is ${maxAheadMs} ms`,
    );
  }

  /** A member has refused a write of ours whose stamp is so far ahead of its clock. */
  receiveRefusal(peer: string, aheadMs: number): void {
    const { nowMs } = this.#parts.env.clock;
    this.#accusers.delete(peer);
    this.#accusers.set(peer, { atMs: nowMs, aheadMs });
    this.#forgetOld();
    if (this.#isWrong || this.#accusers.size < this.#needed()) return;
    if (this.#isConfirmedRight()) {
      // It was wrong in a former life, and what was written then is still refused.
      this.#accusers.clear();
      this.#parts.onRight();
      return;
    }
    this.#isWrong = true;
    this.#parts.onWrong(aheadMs, [...this.#accusers.keys()].toSorted());
  }

  /** A member has told its clock. */
  receiveClock(peer: string, clockMs: number): void {
    this.#clocks.delete(peer);
    this.#clocks.set(peer, { atMs: this.#parts.env.clock.nowMs, clockMs });
    if (this.#clocks.size > clocksMax) this.#clocks.delete(this.#clocks.keys().next().value!);
    this.check();
  }

  /** Whether a clock that was wrong has become right. */
  check(): void {
    if (!this.#isWrong || !this.#isConfirmedRight()) return;
    this.#isWrong = false;
    this.#accusers.clear();
    this.#parts.onRight();
  }

  /** Of the last few clocks that others told, none is too far behind ours, and not all ahead. */
  #isConfirmedRight(): boolean {
    const { maxAheadMs } = this.#parts;
    const leadsMs = this.#leadsMs();
    return (
      leadsMs.length >= this.#needed() &&
      leadsMs.every((leadMs) => leadMs <= maxAheadMs) &&
      leadsMs.some((leadMs) => leadMs >= -maxAheadMs)
    );
  }

  /** How far our clock is ahead of the last few that others told, moved on by the time since. */
  #leadsMs(): number[] {
    const { env } = this.#parts;
    const { nowMs } = env.clock;
    const wallMs = env.wallMs();
    const latest = [...this.#clocks.values()].filter(({ atMs }) => nowMs - atMs < clockLifeMs).slice(-this.#needed());
    return latest.map(({ atMs, clockMs }) => wallMs - (clockMs + nowMs - atMs));
  }

  #needed(): number {
    return clocksNeeded(this.#parts.peerCount());
  }

  #forgetOld(): void {
    const { nowMs } = this.#parts.env.clock;
    for (const [peer, { atMs }] of this.#accusers) if (nowMs - atMs >= accusationLifeMs) this.#accusers.delete(peer);
  }
}
