import { clocksNeeded, type ClockWatch } from './clock-watch.ts';
import type { KvEnv } from '../host.ts';
import type { SharedLane } from '../shared-lane.ts';

/** A node that has been alone for so long, in milliseconds, does not wait for others. Chosen: as `Absence` waits for one. */
const patienceMs = 60_000;

/** What {@link StampsAhead} need. */
export interface StampsAheadParts {
  readonly shared: SharedLane;
  readonly clockWatch: ClockWatch;
  readonly env: Pick<KvEnv, 'clock'>;
  /** Live members that take part, without this one. */
  readonly peerCount: () => number;
  /** How often all that another has of the shared map was here. */
  readonly syncCount: () => number;
  /** What is ahead must be written anew. */
  readonly onOver: () => void;
}

/**
 * Sees to stamps that are ahead of this node's clock, though the clock is right: those of all were ahead, or of a node that
 * was alone, and were set right. Nobody refuses such stamps, as all have them; but whoever is new would, and nothing could
 * be written until their time has come.
 */
export class StampsAhead {
  readonly #parts: StampsAheadParts;
  /** How often this node had synced when it saw that all clocks agree, and stamps are ahead of them. */
  #syncedBefore: number | undefined;
  #aloneSinceMs: number | undefined;

  constructor(parts: StampsAheadParts) {
    this.#parts = parts;
    this.#watchPeers();
  }

  /** To be called once in a period. */
  check(): void {
    const { shared, clockWatch, peerCount, syncCount, onOver } = this.#parts;
    this.#watchPeers();
    if (!shared.hasSeenAhead || !clockWatch.isAgreed) {
      this.#syncedBefore = undefined;
      return;
    }
    this.#syncedBefore ??= syncCount();
    // What others have written since over an entry of ours must be here first: written anew, the entry would beat it.
    if (syncCount() - this.#syncedBefore < clocksNeeded(peerCount())) return;
    this.#syncedBefore = undefined;
    onOver();
  }

  /**
   * Before a write: a node that is alone has nobody to ask whether its clock is right now or was before. What its user
   * writes is later than all it has in either case. Nothing else is written anew: if it is only cut off, with a clock that is
   * wrong now, its old entries would beat what others have put in their place.
   */
  beforeWrite(): void {
    this.#watchPeers();
    const { env, shared } = this.#parts;
    if (this.#aloneSinceMs === undefined || env.clock.nowMs - this.#aloneSinceMs < patienceMs) return;
    shared.passAhead();
  }

  #watchPeers(): void {
    const { env, peerCount } = this.#parts;
    if (peerCount() > 0) this.#aloneSinceMs = undefined;
    else this.#aloneSinceMs ??= env.clock.nowMs;
  }
}
