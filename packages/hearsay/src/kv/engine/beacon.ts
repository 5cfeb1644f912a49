import { randomFloat, Timer } from '../../util/index.ts';
import type { KvConfig } from '../config.ts';
import type { KvEnv } from '../host.ts';
import type { KvState } from '../kv-state.ts';
import type { OwnedParts } from '../protocol.ts';
import { kvLimits } from '../limits.ts';
import { RecentAges, type AgePercentiles } from './recent-ages.ts';

/** The telemetry key of the beacon. */
export const beaconKey = '~beacon';

/** How often a node of a small pool writes its beacon, in milliseconds (design 3.6). */
const intervalMs = 60_000;
/**
 * From so many members on each writes it less often, so that the whole pool has one beacon in half a minute: to each of a
 * thousand nodes, any change anywhere costs about a kilobyte.
 */
const fullRateCount = 2;

/** What a {@link Beacon} needs. */
export interface BeaconParts {
  readonly state: KvState;
  readonly config: KvConfig;
  readonly env: Pick<KvEnv, 'clock' | 'timers' | 'rng'>;
  /** Live members that take part, this one included. */
  readonly memberCount: () => number;
  /** The beacon was written. */
  readonly onWrite: () => void;
}

/**
 * A telemetry key without a value, written now and then. It has a limited life, so that it tells its age wherever it
 * comes, and that is how long state takes to spread; no clocks need to agree.
 */
export class Beacon {
  readonly #parts: BeaconParts;
  readonly #timer: Timer;
  readonly #ages: RecentAges = new RecentAges();

  constructor(parts: BeaconParts) {
    this.#parts = parts;
    this.#timer = new Timer('beacon', () => this.#write());
  }

  /** How old beacons were when they came here; `undefined` before the first. */
  get propagationMs(): AgePercentiles | undefined {
    return this.#ages.percentiles;
  }

  start(): void {
    this.#arm(randomFloat(this.#parts.env.rng));
  }

  stop(): void {
    this.#parts.env.timers.cancel(this.#timer);
  }

  /** Takes the beacon back, to make room for a key of the user; false when there is none. */
  yieldRoom(): boolean {
    return this.#parts.state.telemetry.delete(beaconKey) !== undefined;
  }

  /** What is about to be merged may hold beacons, some of which are news. */
  receive({ parts }: OwnedParts): void {
    const { telemetry } = this.#parts.state;
    for (const { owner, entries } of parts) {
      const beacon = entries.find(({ key }) => key === beaconKey);
      if (beacon === undefined || beacon.kind === 'del' || beacon.ageMs >= beacon.ttlMs) continue;
      const known = telemetry.get(owner.node, beaconKey);
      // A node that has just come learns of old ones, which says nothing.
      if (known === undefined || known.stream !== beacon.stream || known.version >= beacon.version) continue;
      this.#ages.add(beacon.ageMs);
    }
  }

  #write(): void {
    const { state, config, onWrite } = this.#parts;
    this.#arm(0.9 + 0.2 * randomFloat(this.#parts.env.rng));
    const { keyCount, bytes } = state.telemetry.fill;
    const hasRoom = keyCount < config.telemetryKeysMax && bytes + beaconKey.length <= config.telemetryMaxBytes;
    if (!hasRoom && state.telemetry.get(state.own.node, beaconKey) === undefined) return;
    const ttlMs = Math.min(kvLimits.ttlMaxMs, Math.ceil(3 * this.#everyMs()));
    state.telemetry.set(beaconKey, new Uint8Array(0), { ttlMs, touch: true });
    onWrite();
  }

  #arm(part: number): void {
    const { env } = this.#parts;
    env.timers.arm(this.#timer, env.clock.nowMs + part * this.#everyMs());
  }

  #everyMs(): number {
    return intervalMs * Math.max(1, this.#parts.memberCount() / fullRateCount);
  }
}
