import type { Kv } from '../kv/index.ts';
import { ClusterError, randomFloat, Timer, type Rng, type StepClock, type TimerQueue } from '../util/index.ts';
import { encodeDigest, type ViewDigest } from './digest.ts';
import { minIntervalMs, refreshIntervalMs, ttlRefreshes } from './timing.ts';

/** The telemetry key of a node's digest. */
export const viewKey = '~v';

/** What views are born with; as the state layer is. */
export interface ViewsEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
}

/** What a {@link Publisher} is made of. */
export interface PublisherParts {
  readonly kv: Pick<Kv, 'setTelemetry'>;
  readonly env: ViewsEnv;
  readonly digest: (sequence: number) => ViewDigest;
  readonly memberCount: () => number;
}

/** Publishes this node's digest: soon after it changed, but not too often, and again before it is too old. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #timer: Timer;
  #published: ViewDigest | undefined;
  #publishedAtMs: number = -Infinity;
  #sequence: number = 0;
  #refusedCount: number = 0;
  #isRunning: boolean = false;
  /** Whether the timer is for a change, not for a refresh. */
  #isChangeDue: boolean = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#timer = new Timer('view digest', () => this.#onTimer());
  }

  /** How often a digest was published, and refused because the user's own telemetry had taken the room. */
  get publishedCount(): number {
    return this.#sequence;
  }

  get refusedCount(): number {
    return this.#refusedCount;
  }

  start(): void {
    this.#isRunning = true;
    this.#published = undefined;
    this.noteChange();
  }

  stop(): void {
    this.#isRunning = false;
    this.#isChangeDue = false;
    this.#parts.env.timers.cancel(this.#timer);
  }

  /** Who is live may have changed. What changes together is published together, a while after the first. */
  noteChange(): void {
    if (!this.#isRunning || this.#isChangeDue) return;
    this.#isChangeDue = true;
    const { env, memberCount } = this.#parts;
    const intervalMs = minIntervalMs(memberCount());
    const soonMs = env.clock.nowMs + (0.25 + 0.25 * randomFloat(env.rng)) * intervalMs;
    env.timers.arm(this.#timer, Math.max(soonMs, this.#publishedAtMs + intervalMs));
  }

  #onTimer(): void {
    const digest = this.#parts.digest(this.#sequence);
    const isNews = !this.#isChangeDue || this.#published === undefined || !isSame(digest, this.#published);
    this.#isChangeDue = false;
    if (isNews) this.#publish(digest);
    this.#armRefresh();
    // Nobody is told when a suspicion begins, as most end soon; but what was published of one must not stay.
    if (this.#published !== undefined && this.#published.counts.suspect > 0) this.noteChange();
  }

  #publish(digest: ViewDigest): void {
    const { kv, env, memberCount } = this.#parts;
    this.#publishedAtMs = env.clock.nowMs;
    try {
      const ttlMs = Math.ceil(ttlRefreshes * refreshIntervalMs(memberCount()));
      kv.setTelemetry(viewKey, encodeDigest(digest), { ttlMs, touch: true });
    } catch (error) {
      // The user's own telemetry may have taken the room.
      if (!(error instanceof ClusterError) || error.code !== 'ERR_KV_TELEMETRY_FULL') throw error;
      this.#refusedCount += 1;
      return;
    }
    this.#published = digest;
    this.#sequence += 1;
  }

  #armRefresh(): void {
    const { env, memberCount } = this.#parts;
    const intervalMs = (0.9 + 0.2 * randomFloat(env.rng)) * refreshIntervalMs(memberCount());
    env.timers.arm(this.#timer, Math.max(env.clock.nowMs, this.#publishedAtMs + intervalMs));
  }
}

function isSame(a: ViewDigest, b: ViewDigest): boolean {
  return a.live === b.live && a.all === b.all && a.counts.suspect === b.counts.suspect;
}
