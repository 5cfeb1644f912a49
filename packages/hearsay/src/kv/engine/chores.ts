import { PeriodicTimer } from '../../swim/index.ts';
import { Timer } from '../../util/index.ts';
import { Census } from './census.ts';
import type { KvConfig } from '../config.ts';
import type { PeerRows } from '../exchange/index.ts';
import type { KvEnv } from '../host.ts';
import type { KvState } from '../kv-state.ts';
import type { Roster } from './roster.ts';

/** How often deletions and dead streams are looked after, in milliseconds. Chosen: far below every duration that matters. */
const tendIntervalMs = 60_000;
/** From this part of the tombstones that may be kept, those that all have seen go early. As `SharedLane.collect`. */
const pressureShare = 0.8;

/** What {@link Chores} need. */
export interface ChoresParts {
  readonly state: KvState;
  readonly config: KvConfig;
  readonly roster: Roster;
  readonly env: Pick<KvEnv, 'clock' | 'timers' | 'rng'>;
  /** All members that were not reaped. */
  readonly knownNames: () => ReadonlySet<string>;
}

/** What must be done from time to time for the state to stay small. Nothing of it looks at all streams more than once a minute. */
export class Chores {
  readonly #parts: ChoresParts;
  readonly #census: Census = new Census();
  /** Nodes that own keys and are no members: since when. */
  readonly #strangersSinceMs = new Map<string, number>();
  readonly #tendTimer: PeriodicTimer;
  readonly #expiryTimer: Timer;
  #isRunning: boolean = false;

  constructor(parts: ChoresParts) {
    this.#parts = parts;
    this.#tendTimer = new PeriodicTimer('state chores', tendIntervalMs, parts.env, () => this.#tend());
    this.#expiryTimer = new Timer('state expiry', () => {
      parts.state.expire();
      this.armExpiry();
    });
  }

  start(): void {
    this.#isRunning = true;
    this.#tendTimer.start();
    this.armExpiry();
  }

  stop(): void {
    this.#isRunning = false;
    this.#tendTimer.stop();
    this.#parts.env.timers.cancel(this.#expiryTimer);
    this.#census.end();
  }

  /** To be called after every step that may have brought an entry with a limited life. */
  armExpiry(): void {
    const { state, env } = this.#parts;
    const nextMs = state.nextExpiryMs;
    if (!this.#isRunning || nextMs === this.#expiryTimer.deadlineMs) return;
    if (nextMs === Infinity) env.timers.cancel(this.#expiryTimer);
    else env.timers.arm(this.#expiryTimer, Math.max(nextMs, env.clock.nowMs));
  }

  /** What a peer has of the shared map has become known. */
  receiveSharedRows(peer: string, rows: PeerRows): void {
    if (!this.#census.isRunning) return;
    this.#census.receiveRows(peer, rows);
    if (!this.#census.isSeenBy(this.#parts.roster.live)) return;
    this.#parts.state.shared.collect((dot) => this.#census.covers(dot));
    this.#census.end();
  }

  #tend(): void {
    const { state, config, roster, knownNames } = this.#parts;
    state.collect();
    const isUnderPressure = state.shared.fill.tombstoneCount > config.sharedTombstonesMax * pressureShare;
    if (isUnderPressure && !this.#census.isRunning) this.#census.begin(state.shared.digest().rows);
    if (!isUnderPressure) this.#census.end();
    const members = knownNames();
    state.tendDeadStreams(members, new Set(roster.view.names));
    this.#forgetStrangers(members);
  }

  /**
   * Members were reaped while this node was down, or before it came: nobody will tell it. It gives itself time to hear of
   * members that it does not know yet.
   */
  #forgetStrangers(members: ReadonlySet<string>): void {
    const { state, config, env } = this.#parts;
    const { nowMs } = env.clock;
    for (const node of this.#strangersSinceMs.keys()) if (members.has(node)) this.#strangersSinceMs.delete(node);
    for (const node of new Set([...state.owned.nodes(), ...state.telemetry.nodes()])) {
      if (members.has(node) || node === state.own.node) continue;
      const sinceMs = this.#strangersSinceMs.get(node) ?? nowMs;
      this.#strangersSinceMs.set(node, sinceMs);
      if (nowMs - sinceMs < config.adoptAfterMs) continue;
      this.#strangersSinceMs.delete(node);
      state.forgetMember(node);
    }
  }
}
