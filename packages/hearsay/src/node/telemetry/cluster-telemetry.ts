import type { Instruments, KnownMetric, MetricKind, NodeTelemetry, TelemetryStats } from '../../cluster/index.ts';
import type { SerfMember } from '../../serf/index.ts';
import { checkChoice } from '../check-options.ts';
import type { Commands } from '../commands.ts';
import { estimatedNodes, estimatedRate, estimatedValue } from './estimate.ts';
import {
  TelemetryCounter,
  TelemetryDistinct,
  TelemetryGauge,
  TelemetryHistogram,
  TelemetryTopK,
} from './instruments.ts';
import { checkPollOptions, namesWithTags, TelemetryPoll, type TelemetryPollOptions } from './poll.ts';
import {
  checkGaugeFold,
  checkMetric,
  TelemetryReadings,
  type GaugeFold,
  type TelemetryDistribution,
  type TelemetryReading,
  type TelemetryTop,
  type TelemetryValue,
} from './readings.ts';

/** Where a number comes from: the members' newest samples, or what they estimate together. */
export interface ReadOptions {
  /**
   * `fold`: the newest samples of all members, as they are here. `estimate`: what the members have worked out together, of
   * metrics named in the option `telemetry.estimate`. @defaultValue 'fold'
   */
  readonly mode?: 'fold' | 'estimate';
}

/** How {@link ClusterTelemetry.value} reads. */
export interface ValueOptions extends ReadOptions {
  /** Gauges only. @defaultValue 'sum' */
  readonly of?: GaugeFold;
}

const pollTimeoutMs = 3_000;

/**
 * Metrics by gossip: `cluster.telemetry`. Each member publishes a summary of what it has measured every ten seconds, and
 * each has the summaries of all in memory, so reading waits for nothing and asks nobody. Summaries merge, quantiles do
 * not: that is why there are quantiles of all that was recorded, and no means of quantiles.
 */
export class ClusterTelemetry {
  readonly #telemetry: NodeTelemetry;
  readonly #readings: TelemetryReadings;
  readonly #commands: Commands;
  readonly #members: () => readonly SerfMember[];

  /** @internal */
  constructor(telemetry: NodeTelemetry, commands: Commands, members: () => readonly SerfMember[]) {
    this.#telemetry = telemetry;
    this.#readings = new TelemetryReadings(telemetry.folder, (name) => telemetry.kindOf(name));
    this.#commands = commands;
    this.#members = members;
  }

  // Measuring. A name is of one kind; the same name gives the same instrument.

  /** @throws `ClusterError` `ERR_CONFIG` for a name of another kind, or none that is allowed; as the others */
  counter(name: string): TelemetryCounter {
    return new TelemetryCounter(this.#instrument('counter', name));
  }

  gauge(name: string): TelemetryGauge {
    return new TelemetryGauge(this.#instrument('gauge', name));
  }

  histogram(name: string): TelemetryHistogram {
    return new TelemetryHistogram(this.#instrument('histogram', name));
  }

  distinct(name: string): TelemetryDistinct {
    return new TelemetryDistinct(this.#instrument('distinct', name));
  }

  topK(name: string): TelemetryTopK {
    return new TelemetryTopK(this.#instrument('topK', name));
  }

  /** This member no longer publishes the metric. False when it did not. */
  remove(name: string): boolean {
    checkMetric(name);
    return this.#telemetry.remove(name);
  }

  // Reading. All members, this one included, as of their last sample.

  /** What is published anywhere, by name. */
  metrics(): readonly KnownMetric[] {
    return this.#readings.metrics();
  }

  /** What kind it is here, else on most members that publish it; undefined when nobody does. */
  kindOf(name: string): MetricKind | undefined {
    checkMetric(name);
    return this.#readings.kindOf(name);
  }

  /**
   * A number for a counter (its total), a gauge (their sum, unless `of` says something else) or a count of different texts.
   * Undefined when no member has published such a metric. An estimate is of counters and gauges; that of a counter is of
   * the processes that run, so it is less when one has ended.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a histogram and for most frequent keys, which are no number, and for an
   *   estimate of what is not in the option `telemetry.estimate`
   */
  value(name: string, options: ValueOptions = {}): TelemetryValue | undefined {
    const { of = 'sum', mode = 'fold' } = options;
    checkMetric(name);
    checkGaugeFold(of);
    checkMode(mode);
    if (mode === 'estimate') return estimatedValue(this.#telemetry, name, of);
    return this.#readings.value(name, of);
  }

  /**
   * All there is to tell of a metric as one of that kind, in one look at the samples: for who tells all of
   * {@link ClusterTelemetry.metrics} to somebody else. Undefined when there is no sample, and for most frequent keys.
   */
  read({ name, kind }: Pick<KnownMetric, 'name' | 'kind'>): TelemetryReading | undefined {
    checkMetric(name);
    return this.#readings.read(name, kind);
  }

  /** By how much a counter grows in a second, over the last minute, on those members that are there. */
  rate(name: string, options: ReadOptions = {}): TelemetryValue | undefined {
    const { mode = 'fold' } = options;
    checkMetric(name);
    checkMode(mode);
    return mode === 'estimate' ? estimatedRate(this.#telemetry, name) : this.#readings.rate(name);
  }

  /**
   * The value below which that part of all that was recorded lies, over the last minute; `q` is from 0 to 1. Undefined when
   * nothing was recorded.
   *
   * @throws `ClusterError` `ERR_CONFIG` when `q` is out of bounds
   */
  quantile(name: string, q: number): TelemetryValue | undefined {
    checkMetric(name);
    return this.#readings.quantile(name, q);
  }

  /** All that was recorded over the last minute. Undefined when nothing was. */
  distribution(name: string): TelemetryDistribution | undefined {
    checkMetric(name);
    return this.#readings.distribution(name);
  }

  /** The most frequent keys over the last minute. */
  top(name: string, count: number = 10): TelemetryTop | undefined {
    checkMetric(name);
    return this.#readings.top(name, count);
  }

  /** Names of what this member estimates together with the others: the option `telemetry.estimate`. */
  get estimated(): readonly string[] {
    return this.#telemetry.config.estimate;
  }

  /** How many members take part in estimates, by estimate. Undefined before an epoch is over, and when nothing is estimated. */
  estimatedNodes(): TelemetryValue | undefined {
    return estimatedNodes(this.#telemetry);
  }

  /**
   * Asks members for what they have measured up to now, published or not, and waits until all have answered or the time is
   * up. `names` are those of the metrics; all when there are none. Each question and answer is a packet, or a stream when it
   * is too long for one: for what is wanted now and then.
   *
   * @throws `ClusterError` `ERR_CONFIG`, `ERR_STATE`
   */
  async poll(names: string | readonly string[] = [], options: TelemetryPollOptions = {}): Promise<TelemetryPoll> {
    const list = typeof names === 'string' ? [names] : [...names];
    checkPollOptions(list, options);
    const { signal, tags, timeoutMs = pollTimeoutMs } = options;
    const to = tags && { to: namesWithTags(this.#members(), tags) };
    const done = await this.#commands.call('poll', signal === undefined ? {} : { signal }, (callSignal) =>
      this.#commands.result<'telemetry-polled'>(callSignal, (node, nowMs) =>
        node.pollTelemetry(nowMs, { names: list, timeoutMs, ...to }),
      ),
    );
    return new TelemetryPoll(done.result);
  }

  /** What has become of what this member measures: among others, for which metrics there was no room. */
  get stats(): TelemetryStats {
    return this.#telemetry.stats;
  }

  #instrument<Kind extends MetricKind>(kind: Kind, name: string): Instruments[Kind] {
    checkMetric(name);
    return this.#telemetry.instrument(kind, name);
  }
}

function checkMode(mode: unknown): void {
  checkChoice('mode', mode, ['fold', 'estimate']);
}
