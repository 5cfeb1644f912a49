import { clocksNeeded } from './clock-watch.ts';
import type { KvEnv } from '../host.ts';

/** For how long it counts what a member has told, in milliseconds. As refusals in `ClockWatch`. */
const lifeMs = 60_000;
/** A member that tells of it for so long, in milliseconds, is enough. Chosen: who has it tells again in every exchange. */
const patienceMs = 60_000;

/** What an {@link EpochWatch} needs. */
export interface EpochWatchParts {
  readonly env: Pick<KvEnv, 'clock'>;
  /** Live members that take part, without this one. */
  readonly peerCount: () => number;
  /** So many members have stamps of this epoch, or a later one. */
  readonly onAgreed: (epoch: number) => void;
}

/** What a member has told: always that, or later epochs. */
interface Told {
  readonly epoch: number;
  readonly sinceMs: number;
  readonly atMs: number;
}

/**
 * Epochs that are far beyond what this node knows: it is new, or was cut off for very long, or somebody has made them up.
 * One message is enough for that. So three members must have them, or all, where there are fewer; or one for a minute, as
 * nobody else may have come further than this node.
 */
export class EpochWatch {
  readonly #parts: EpochWatchParts;
  readonly #told = new Map<string, Told>();

  constructor(parts: EpochWatchParts) {
    this.#parts = parts;
  }

  /** An answer of the peer has stamps of an epoch that was refused. */
  receive(peer: string, epoch: number): void {
    const { env, peerCount } = this.#parts;
    const { nowMs } = env.clock;
    for (const [name, { atMs }] of this.#told) if (nowMs - atMs >= lifeMs) this.#told.delete(name);
    const before = this.#told.get(peer);
    const told = {
      epoch: Math.min(epoch, before?.epoch ?? epoch),
      sinceMs: before?.sinceMs ?? nowMs,
      atMs: nowMs,
    };
    this.#told.set(peer, told);
    const needed = clocksNeeded(peerCount());
    const epochs = [...this.#told.values()].map((each) => each.epoch).toSorted((a, b) => b - a);
    if (epochs.length >= needed) this.#agree(epochs[needed - 1]!);
    else if (nowMs - told.sinceMs >= patienceMs) this.#agree(told.epoch);
  }

  #agree(epoch: number): void {
    this.#told.clear();
    this.#parts.onAgreed(epoch);
  }
}
