import { ClusterError, type Rng, type StepClock, type TimerQueue } from '../util/index.ts';
import type { Kv } from '../kv/index.ts';
import { PeriodicTimer } from '../swim/index.ts';
import { checkTelemetryConfig, ttlPeriods, windowPeriodsOf, type TelemetryConfig } from './config.ts';
import { Folder } from './folder.ts';
import { telemetryLimits } from './limits.ts';
import { packPages, pageKey } from './page.ts';
import { Registry, type Instruments } from './registry.ts';
import type { MetricKind } from './sketch.ts';

/** What telemetry needs of the state layer, in whose lane 2 it publishes. */
export type TelemetryKv = Pick<Kv, 'config' | 'state' | 'setTelemetry' | 'deleteTelemetry'>;

/** What telemetry is born with; as the state layer is. */
export interface TelemetryEnv {
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly rng: Rng;
}

/** What has become of what was measured. */
export interface TelemetryStats {
  /** Samples published. */
  readonly published: number;
  /** Bytes of the last one. */
  readonly sampleBytes: number;
  /** Times the state layer refused one. */
  readonly refused: number;
  /** Metrics of the last sample for which there was no room: those that came first are published. */
  readonly leftOut: readonly string[];
  /** Entries and metrics of other members that could not be read. */
  readonly unreadable: number;
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
  #epoch: number = 0;
  /** When the periods of the window began, the oldest first. */
  readonly #periodsBeganMs: number[] = [];
  #pageCount: number = 0;
  #sampleBytes: number = 0;
  #refusedCount: number = 0;
  #leftOut: readonly string[] = [];

  /** @throws {@link ClusterError} `ERR_CONFIG` */
  constructor(config: Partial<TelemetryConfig>, kv: TelemetryKv, env: TelemetryEnv) {
    this.config = checkTelemetryConfig(config);
    this.#kv = kv;
    this.#clock = env.clock;
    this.#generation = env.rng.nextUint32();
    this.#registry = new Registry(windowPeriodsOf(this.config));
    this.folder = new Folder(kv.state.telemetry);
    this.#timer = new PeriodicTimer('telemetry', this.config.periodMs, env, () => this.publish());
  }

  get stats(): TelemetryStats {
    return {
      published: this.#epoch,
      sampleBytes: this.#sampleBytes,
      refused: this.#refusedCount,
      leftOut: this.#leftOut,
      unreadable: this.folder.unreadableCount,
    };
  }

  /** Begins to publish; also again after {@link stop}. */
  start(): void {
    this.#periodsBeganMs.splice(0, Infinity, this.#clock.nowMs);
    this.#timer.start();
  }

  /** Nothing is published any more. What was is believed for three periods. */
  stop(): void {
    this.#timer.stop();
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

  /** Ends the period, and publishes. */
  publish(): void {
    for (const collect of this.#collectors) collect();
    const { nowMs } = this.#clock;
    const windowMs = nowMs - (this.#periodsBeganMs[0] ?? nowMs);
    this.#periodsBeganMs.push(nowMs);
    if (this.#periodsBeganMs.length > windowPeriodsOf(this.config)) this.#periodsBeganMs.shift();
    this.#epoch += 1;
    const head = { generation: this.#generation, epoch: this.#epoch, windowMs };
    const { pages, leftOut } = packPages(head, this.#registry.takeSamples(), this.#pagesMax);
    this.#leftOut = leftOut;
    this.#sampleBytes = pages.reduce((bytes, page) => bytes + page.length, 0);
    pages.forEach((page, index) => this.#set(pageKey(index), page));
    // What has moved to another page must not be found twice.
    for (let index = pages.length; index < this.#pageCount; index += 1) this.#kv.deleteTelemetry(pageKey(index));
    this.#pageCount = pages.length;
    this.folder.tend();
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
