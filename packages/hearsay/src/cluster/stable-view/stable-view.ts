import { Timer, type StepClock, type TimerQueue } from '../../util/index.ts';
import { Accusations } from './accusations.ts';
import type { StableViewConfig } from './config.ts';

/** What a {@link StableView} needs to know of membership. */
export interface StableViewHost {
  /** Whether the member is alive or suspect, as far as membership knows. */
  isLive(name: string): boolean;
  liveCount(): number;
  /** How many confirmations a suspicion asks for now. */
  confirmationsMax(): number;
  /** A batch: the view is another one now. */
  onBatch(batch: StableBatch): void;
}

/** Names of members that came and went together. */
export interface StableBatch {
  readonly joined: readonly string[];
  readonly left: readonly string[];
  readonly failed: readonly string[];
  /** The time was up while others were still in doubt. */
  readonly isCapped: boolean;
}

/** How often a batch that waits is looked at. Chosen: a rumor takes about as long to get around. */
const recheckShare = 0.25;
/**
 * How long nothing more may have changed when members only failed and nobody is suspected any more, in parts of
 * `quietMs`. Chosen: who fails together is suspected together, long before the first of them is declared dead.
 */
const certainShare = 0.1;
/** How often old accusations are dropped, and those looked at that are kept out, in parts of `memoryMs`. */
const sweepShare = 1 / 12;
/** With more than this share of all members accused, the network is at fault: Rapid §7.2 tolerates as many. */
const accusedShareMax = 0.25;

/**
 * The membership that an application should act on: it changes seldom, and many changes at once are one.
 *
 * Membership tells of each change when it is known, and a rack that fails is a series of news. Here they wait until no
 * member is in doubt any more, and a member that goes and comes back all the time is left out until it is steady. That is
 * Rapid's multi-process cut detection without its consensus, computed from accusations that members gossip anyway: who
 * hears the same accusations makes the same batches, nearly always, and nothing more is promised.
 *
 * Only the difference to membership's own list is kept.
 */
export class StableView {
  readonly #host: StableViewHost;
  readonly #config: StableViewConfig;
  readonly #clock: StepClock;
  readonly #timers: TimerQueue;
  readonly #accusations: Accusations;
  /** Live members that are not in the view. */
  readonly #outside: Set<string> = new Set();
  /** Members that are gone, and still in the view; and how they went. */
  readonly #lingering: Map<string, 'left' | 'failed'> = new Map();
  /** Those that failed and are not trusted yet, whether they are back or not, and when they were last declared dead. */
  readonly #distrusted: Map<string, number> = new Map();
  /** Members that the next batch puts in or takes out. */
  readonly #pending: Set<string> = new Set();
  /** Suspects, and since when. */
  readonly #suspects: Map<string, number> = new Map();
  readonly #batchTimer: Timer;
  readonly #sweepTimer: Timer;
  #firstPendingAtMs: number = 0;
  #lastChangeAtMs: number = 0;

  constructor(host: StableViewHost, config: StableViewConfig, clock: StepClock, timers: TimerQueue) {
    this.#host = host;
    this.#config = config;
    this.#clock = clock;
    this.#timers = timers;
    this.#accusations = new Accusations(clock, config.highMark, config.memoryMs);
    this.#batchTimer = new Timer('stable view', () => this.#onBatchTimer());
    this.#sweepTimer = new Timer('old accusations', () => this.#sweep());
  }

  /** Live members that are not in the view. */
  get outside(): ReadonlySet<string> {
    return this.#outside;
  }

  /** Members of the view that are gone. */
  get lingering(): ReadonlyMap<string, 'left' | 'failed'> {
    return this.#lingering;
  }

  /** Also after {@link stop}: what was not told then waits for a batch again. */
  start(): void {
    for (const name of this.#outside) this.#review(name);
    for (const name of this.#lingering.keys()) this.#review(name);
  }

  /** Nothing is told any more, and nobody is distrusted. Who is there and who is in the view stays known. */
  stop(): void {
    this.#timers.cancel(this.#batchTimer);
    this.#timers.cancel(this.#sweepTimer);
    this.#accusations.clear();
    this.#suspects.clear();
    this.#distrusted.clear();
    this.#pending.clear();
  }

  /** A member is there, or is back. */
  onJoin(name: string): void {
    if (!this.#lingering.delete(name)) this.#outside.add(name);
    this.#review(name);
  }

  /** A member is gone. */
  onGone(name: string, how: 'left' | 'failed'): void {
    this.#suspects.delete(name);
    if (how === 'failed' && this.#distrusted.has(name)) this.#distrusted.set(name, this.#clock.nowMs);
    if (!this.#outside.delete(name)) this.#lingering.set(name, how);
    this.#review(name);
  }

  onAccused(name: string, accuser: string): void {
    if (!this.#suspects.has(name)) this.#suspects.set(name, this.#clock.nowMs);
    if (!this.#isCredible(accuser)) return;
    this.#accusations.add(name, accuser);
    this.#armSweep();
    if (this.#outside.has(name) || this.#accusations.countOf(name) < this.#config.highMark) return;
    if (this.#isNetworkAtFault()) return;
    this.#distrusted.set(name, -Infinity);
    this.#review(name);
  }

  /** A suspect has denied it. */
  onCleared(name: string): void {
    this.#suspects.delete(name);
  }

  get #lowMark(): number {
    return Math.min(this.#config.lowMark, 1 + this.#host.confirmationsMax());
  }

  /** Who is accused itself may be the one that is cut off: a member that cannot hear accuses everybody. */
  #isCredible(accuser: string): boolean {
    return (
      this.#host.isLive(accuser) &&
      !this.#outside.has(accuser) &&
      this.#accusations.countOf(accuser) < Math.max(2, this.#config.lowMark)
    );
  }

  #isNetworkAtFault(): boolean {
    const accusedMax = accusedShareMax * this.#host.liveCount();
    return this.#accusations.subjectCountWith(this.#lowMark) > accusedMax;
  }

  /** Puts the member into the next batch, or takes it out again, as it is now. */
  #review(name: string): void {
    const isLive = this.#host.isLive(name);
    const isInView = isLive ? !this.#outside.has(name) : this.#lingering.has(name);
    const belongsInView = isLive && !this.#distrusted.has(name);
    const nowMs = this.#clock.nowMs;
    if (isInView === belongsInView) {
      if (!this.#pending.delete(name)) return;
    } else {
      if (this.#pending.has(name)) return;
      if (this.#pending.size === 0) this.#firstPendingAtMs = nowMs;
      this.#pending.add(name);
    }
    this.#lastChangeAtMs = nowMs;
    if (this.#pending.size === 0) this.#timers.cancel(this.#batchTimer);
    else this.#armBatch();
  }

  #armBatch(): void {
    const atMs = this.#quietAtMs;
    if (!this.#batchTimer.isArmed || atMs < this.#batchTimer.deadlineMs) this.#timers.arm(this.#batchTimer, atMs);
  }

  get #quietAtMs(): number {
    const share = this.#isCertain() ? certainShare : 1;
    return Math.min(this.#lastChangeAtMs + share * this.#config.quietMs, this.#capAtMs);
  }

  /** Nobody is suspected, and those that wait for the batch have all failed. */
  #isCertain(): boolean {
    if (this.#suspects.size > 0) return false;
    for (const name of this.#pending) if (this.#lingering.get(name) !== 'failed') return false;
    return true;
  }

  get #capAtMs(): number {
    return this.#firstPendingAtMs + this.#config.capMs;
  }

  #onBatchTimer(): void {
    const nowMs = this.#clock.nowMs;
    if (nowMs < this.#quietAtMs) return this.#timers.arm(this.#batchTimer, this.#quietAtMs);
    const isInDoubt = this.#isAnyInDoubt();
    if (!isInDoubt || nowMs >= this.#capAtMs) return this.#deliver(isInDoubt);
    this.#timers.arm(this.#batchTimer, Math.min(nowMs + recheckShare * this.#config.quietMs, this.#capAtMs));
  }

  #isAnyInDoubt(): boolean {
    const lowMark = this.#lowMark;
    for (const [name, sinceMs] of this.#suspects) {
      if (!this.#outside.has(name) && this.#accusations.countOf(name, sinceMs) >= lowMark) return true;
    }
    return false;
  }

  #deliver(isCapped: boolean): void {
    if (this.#isNetworkAtFault()) this.#acquitAccused();
    if (this.#pending.size === 0) return;
    const batch = { joined: new Array<string>(), left: new Array<string>(), failed: new Array<string>(), isCapped };
    for (const name of this.#pending) {
      if (this.#outside.delete(name)) {
        batch.joined.push(name);
        continue;
      }
      const how = this.#lingering.get(name) ?? 'failed';
      batch[how].push(name);
      if (!this.#lingering.delete(name)) this.#outside.add(name);
      if (how === 'failed') this.#distrusted.set(name, this.#clock.nowMs);
    }
    this.#pending.clear();
    if (this.#distrusted.size > 0) this.#armSweep();
    this.#host.onBatch(batch);
  }

  /** Takes out of the batch who was accused and is live. */
  #acquitAccused(): void {
    for (const name of this.#pending) {
      if (!this.#host.isLive(name) || this.#outside.has(name)) continue;
      this.#distrusted.delete(name);
      this.#pending.delete(name);
    }
  }

  #armSweep(): void {
    if (this.#sweepTimer.isArmed) return;
    this.#timers.arm(this.#sweepTimer, this.#clock.nowMs + sweepShare * this.#config.memoryMs);
  }

  #sweep(): void {
    this.#accusations.forgetOld();
    const longAgoMs = this.#clock.nowMs - this.#config.memoryMs;
    for (const [name, failedAtMs] of this.#distrusted) {
      if (this.#pending.has(name) || failedAtMs > longAgoMs) continue;
      if (this.#accusations.countOf(name) >= this.#lowMark) continue;
      this.#distrusted.delete(name);
      if (this.#host.isLive(name)) this.#review(name);
    }
    if (!this.#accusations.isEmpty || this.#distrusted.size > 0) this.#armSweep();
  }
}
