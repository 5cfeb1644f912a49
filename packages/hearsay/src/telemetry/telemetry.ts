import { ClusterError, insistOnConfig, type Rng, type StepClock, type TimerQueue } from '../util/index.ts';
import type { Kv } from '../kv/index.ts';
import { PeriodicTimer } from '../swim/index.ts';
import { checkTelemetryConfig, ttlPeriods, windowPeriodsOf, type TelemetryConfig } from './config.ts';
import { messageMaxBytes } from './estimate/codec.ts';
import { Estimator, type EstimateHost, type EstimateStats } from './estimate/estimator.ts';
import type { Outcome } from './estimate/outcome.ts';
import { slotsOf, valuesOf, type Slot } from './estimate/slots.ts';
import { Folder } from './folder.ts';
import { telemetryLimits } from './limits.ts';
import { packPages, packWhole, pageKey, type PageHead } from './page.ts';
import { decodePollQuestion } from './poll/question.ts';
import { Registry, type Instruments } from './registry.ts';
import type { MetricKind } from './sketch.ts';

/** What telemetry needs of the state layer, in whose lane 2 it publishes. */
export type TelemetryKv = Pick<Kv, 'config' | 'state' | 'setTelemetry' | 'deleteTelemetry'>;

/** What telemetry needs of membership: to estimate, it sends packets of its own. */
export interface TelemetryHost extends EstimateHost {
  /** The longest user message that fits into a packet of its own, in bytes. */
  readonly packetMaxBytes: number;
}

/** What telemetry is born with; as the state layer is. */
export interface TelemetryEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
}

/** What has become of what was measured. */
export interface TelemetryStats {
  /** Samples taken, and published unless {@link TelemetryConfig.publish} is off. */
  readonly published: number;
  /** Bytes of the last one. */
  readonly sampleBytes: number;
  /** Times the state layer refused one. */
  readonly refused: number;
  /** Metrics of the last sample for which there was no room: those that came first are published. */
  readonly leftOut: readonly string[];
  /** Entries and metrics of other members that could not be read. */
  readonly unreadable: number;
  /** Polls of others that were answered. */
  readonly pollsAnswered: number;
  /** Undefined when nothing is estimated. */
  readonly estimates: EstimateStats | undefined;
}

/** What the beacon, and the bookkeeping of a key, may take of the room for telemetry. Chosen. */
const reservedBytes = 64;

/**
 * Metrics of one node, and those of all members as one: each node publishes a summary of what it has measured once a
 * period, by gossip, and reads those of the others from its own memory.
 */
export class Telemetry {
  readonly config: TelemetryConfig;
  readonly folder: Folder;
  readonly #kv: TelemetryKv;
  readonly #registry: Registry;
  readonly #clock: StepClock;
  readonly #timer: PeriodicTimer;
  readonly #generation: number;
  readonly #collectors: Set<() => void> = new Set();
  readonly #slots: ReadonlyMap<string, Slot>;
  /** Undefined when nothing is estimated. */
  readonly #estimator: Estimator | undefined;
  #epoch: number = 0;
  /** When the periods of the window began, the oldest first. */
  readonly #periodsBeganMs: number[] = [];
  #pageCount: number = 0;
  #sampleBytes: number = 0;
  #refusedCount: number = 0;
  #leftOut: readonly string[] = [];
  #pollsAnswered: number = 0;

  /** @throws {@link ClusterError} `ERR_CONFIG` */
  constructor(config: Partial<TelemetryConfig>, kv: TelemetryKv, host: TelemetryHost, env: TelemetryEnv) {
    this.config = checkTelemetryConfig(config);
    this.#kv = kv;
    this.#clock = env.clock;
    this.#generation = env.rng.nextUint32();
    this.#registry = new Registry(windowPeriodsOf(this.config));
    this.folder = new Folder(kv.state.telemetry);
    this.#timer = new PeriodicTimer('telemetry', this.config.periodMs, env, () => this.publish());
    this.#slots = slotsOf(this.config.estimate);
    this.#estimator = this.#slots.size === 0 ? undefined : this.#createEstimator(host, env);
  }

  get stats(): TelemetryStats {
    return {
      published: this.#epoch,
      sampleBytes: this.#sampleBytes,
      refused: this.#refusedCount,
      leftOut: this.#leftOut,
      unreadable: this.folder.unreadableCount,
      pollsAnswered: this.#pollsAnswered,
      estimates: this.#estimator?.stats,
    };
  }

  /** Begins to publish; also again after {@link stop}. */
  start(): void {
    this.#periodsBeganMs.splice(0, Infinity, this.#clock.nowMs);
    this.#timer.start();
    this.#estimator?.start();
  }

  /** Nothing is published any more. What was is believed for three periods. */
  stop(): void {
    this.#timer.stop();
    this.#estimator?.stop();
  }

  /** The instrument of that name. Throws as {@link Registry.get}. */
  instrument<Kind extends MetricKind>(kind: Kind, name: string): Instruments[Kind] {
    const instrument = this.#registry.get(kind, name);
    if (kind === 'counter') this.folder.follow(name);
    return instrument;
  }

  /** The metric of this node is no longer published; false when there is none. */
  remove(name: string): boolean {
    return this.#registry.delete(name);
  }

  kindOf(name: string): MetricKind | undefined {
    return this.#registry.kindOf(name);
  }

  /** Calls back before each sample is taken, so that what is not recorded all the time can be. It must not throw. */
  onSample(collect: () => void): void {
    this.#collectors.add(collect);
  }

  /** What members have estimated together, of the last epoch that is over; undefined before, and when nothing is. */
  get outcome(): Outcome | undefined {
    return this.#estimator?.outcome;
  }

  /** The same of those epochs that are not over, the older first: to watch how they settle. */
  get outcomesUnderWay(): readonly Outcome[] {
    return this.#estimator?.underWay ?? [];
  }

  /** How old the values are that {@link outcome} stands for. */
  get outcomeAgeMs(): number {
    return this.#clock.nowMs - (this.outcome?.beganMs ?? this.#clock.nowMs);
  }

  /** What numbers a metric has in the {@link outcome}; undefined when it is not estimated. */
  slotOf(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  /** A user message by which members estimate: see `isEstimate`. */
  receiveEstimate(bytes: Uint8Array): void {
    this.#estimator?.receive(bytes);
  }

  /** What this node has measured up to now, for one that asks with {@link encodePollQuestion}. */
  answerPoll(question: Uint8Array): Uint8Array {
    const names = decodePollQuestion(question);
    if (names === undefined) return new Uint8Array(0);
    this.#pollsAnswered += 1;
    return this.samplesOf(names);
  }

  /** Those of that name, or all when there are none. */
  samplesOf(names: readonly string[]): Uint8Array {
    return packWhole(this.#head, this.#registry.samples(names.length === 0 ? undefined : new Set(names)));
  }

  /** Ends the period, and publishes. */
  publish(): void {
    for (const collect of this.#collectors) collect();
    this.#epoch += 1;
    const samples = this.config.publish ? this.#registry.samples() : [];
    const { pages, leftOut } = packPages(this.#head, samples, this.#pagesMax);
    this.#registry.endPeriod();
    this.#periodsBeganMs.push(this.#clock.nowMs);
    if (this.#periodsBeganMs.length > windowPeriodsOf(this.config)) this.#periodsBeganMs.shift();
    this.#leftOut = leftOut;
    this.#sampleBytes = pages.reduce((bytes, page) => bytes + page.length, 0);
    pages.forEach((page, index) => this.#set(pageKey(index), page));
    // What has moved to another page must not be found twice.
    for (let index = pages.length; index < this.#pageCount; index += 1) this.#kv.deleteTelemetry(pageKey(index));
    this.#pageCount = pages.length;
    this.folder.tend();
  }

  get #windowMs(): number {
    const { nowMs } = this.#clock;
    return nowMs - (this.#periodsBeganMs[0] ?? nowMs);
  }

  get #head(): PageHead {
    return { generation: this.#generation, epoch: this.#epoch, windowMs: this.#windowMs };
  }

  #createEstimator(host: TelemetryHost, env: TelemetryEnv): Estimator {
    const slots = [...this.#slots.values()];
    insistOnConfig(
      host.packetMaxBytes >= messageMaxBytes,
      `a packet holds a message of ${host.packetMaxBytes} bytes, and estimates need ${messageMaxBytes}`,
    );
    return new Estimator({
      host,
      env,
      roundMs: this.config.estimateRoundMs,
      ids: new Set(slots.flatMap(({ value, rate }) => [value, rate])),
      values: () => valuesOf(slots, this.#registry, this.#windowMs),
    });
  }

  get #pagesMax(): number {
    const { telemetryKeysMax, telemetryMaxBytes } = this.#kv.config;
    const { entriesMax, entryMaxBytes } = telemetryLimits;
    const byBytes = Math.floor((telemetryMaxBytes - reservedBytes) / (entryMaxBytes + pageKey(1).length));
    return Math.min(entriesMax, Math.max(1, telemetryKeysMax - 1), Math.max(0, byBytes));
  }

  #set(key: string, page: Uint8Array): void {
    try {
      this.#kv.setTelemetry(key, page, { ttlMs: ttlPeriods * this.config.periodMs, touch: true });
    } catch (error) {
      // The user's own telemetry may have taken the room.
      if (!(error instanceof ClusterError) || error.code !== 'ERR_KV_TELEMETRY_FULL') throw error;
      this.#refusedCount += 1;
    }
  }
}
