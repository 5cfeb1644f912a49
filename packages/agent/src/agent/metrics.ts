/** What a sink of {@link Metrics} is told: an addition to a counter, a level, or one measurement (`timer` in ms). */
export type MetricKind = 'counter' | 'gauge' | 'timer' | 'sample';

/** Sums of the measurements of one interval, or since the start. */
export interface MetricSum {
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly min: number;
  readonly max: number;
  /** Milliseconds since 1970. */
  readonly updatedAtMs: number;
}

/** Ten seconds of metrics. */
export interface MetricInterval {
  readonly startedAtMs: number;
  readonly gauges: ReadonlyMap<string, number>;
  readonly counters: ReadonlyMap<string, MetricSum>;
  /** Timers and samples. */
  readonly samples: ReadonlyMap<string, MetricSum>;
}

interface OpenInterval {
  readonly startedAtMs: number;
  readonly gauges: Map<string, number>;
  readonly counters: Map<string, MetricSum>;
  readonly samples: Map<string, MetricSum>;
}

/** Takes what is counted, as it is counted; must not throw. Names have no prefix yet. */
export type MetricSink = (kind: MetricKind, name: string, value: number) => void;

const intervalMs = 10_000;
const keptIntervals = 6;
/** Distinct names; what comes later is counted under {@link overflowName}. */
const maxNames = 1_024;
/** Distinct last parts of names that others choose, like those of events, for each first part. */
const maxNamesOfOthers = 128;
/** Where names end up for which there is no room. */
const overflowName = 'other';

/**
 * Counts what an agent does, under Serf's names: for a minute in intervals of ten seconds, in sums since the start for
 * those who come to look, and for sinks as it happens. The number of names is bounded, whoever chooses them.
 */
export class Metrics {
  readonly #counters = new Map<string, MetricSum>();
  readonly #samples = new Map<string, MetricSum>();
  readonly #gauges = new Map<string, number>();
  readonly #now: () => number;
  readonly #sinks: MetricSink[] = [];
  readonly #names = new Set<string>();
  readonly #namesOfOthers = new Map<string, Set<string>>();
  readonly #lastTotals = new Map<string, number>();
  #intervals: OpenInterval[] = [];

  /** `now` in milliseconds since 1970. */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  addSink(sink: MetricSink): void {
    this.#sinks.push(sink);
  }

  /** Adds to a counter. */
  count(name: string, increment: number = 1): void {
    this.#record('counter', name, increment);
  }

  /** Counts under `prefix` and under a name that others chose: `serf.events.deploy`. */
  countNamed(prefix: string, name: string, increment: number = 1): void {
    this.count(this.#bounded(prefix, name), increment);
  }

  /** Counts what has come on top since the last call; for counters that are kept elsewhere. */
  countTotal(name: string, total: number): void {
    const increment = total - (this.#lastTotals.get(name) ?? 0);
    if (increment <= 0) return;
    this.#lastTotals.set(name, total);
    this.count(name, increment);
  }

  /** One measurement. */
  sample(name: string, value: number): void {
    this.#record('sample', name, value);
  }

  /** How long something took. */
  time(name: string, durationMs: number): void {
    this.#record('timer', name, durationMs);
  }

  /** How long something took, under `prefix` and a name that is not ours, like that of a script. */
  timeNamed(prefix: string, name: string, durationMs: number): void {
    this.#record('timer', this.#bounded(prefix, name), durationMs);
  }

  /** How high something is now. */
  gauge(name: string, value: number): void {
    this.#record('gauge', name, value);
  }

  /** Sums since the start, and gauges as they are. */
  get totals(): Omit<MetricInterval, 'startedAtMs'> {
    return { counters: this.#counters, samples: this.#samples, gauges: this.#gauges };
  }

  /** The last minute, the oldest interval first; the last one is not over yet. */
  get intervals(): readonly MetricInterval[] {
    return this.#intervals;
  }

  #record(kind: MetricKind, rawName: string, value: number): void {
    if (!Number.isFinite(value)) return;
    const name = this.#known(cleanName(rawName));
    const nowMs = this.#now();
    const interval = this.#intervalAt(nowMs);
    if (kind === 'gauge') {
      this.#gauges.set(name, value);
      interval.gauges.set(name, value);
    } else if (kind === 'counter') {
      addTo(this.#counters, name, value, nowMs);
      addTo(interval.counters, name, value, nowMs);
    } else {
      addTo(this.#samples, name, value, nowMs);
      addTo(interval.samples, name, value, nowMs);
    }
    for (const sink of this.#sinks) sink(kind, name, value);
  }

  #known(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= maxNames) return overflowName;
    this.#names.add(name);
    return name;
  }

  #bounded(prefix: string, name: string): string {
    let names = this.#namesOfOthers.get(prefix);
    if (names === undefined) this.#namesOfOthers.set(prefix, (names = new Set()));
    const short = cleanName(name);
    if (!names.has(short)) {
      if (names.size >= maxNamesOfOthers) return `${prefix}.${overflowName}`;
      names.add(short);
    }
    return `${prefix}.${short}`;
  }

  #intervalAt(nowMs: number): OpenInterval {
    const startedAtMs = Math.floor(nowMs / intervalMs) * intervalMs;
    const last = this.#intervals.at(-1);
    if (last?.startedAtMs === startedAtMs) return last;
    const next = { startedAtMs, gauges: new Map(), counters: new Map(), samples: new Map() };
    this.#intervals = [...this.#intervals, next].slice(-keptIntervals);
    return next;
  }
}

/** A name no sink can misread: no separators of theirs, no white space, at most 128 characters. */
function cleanName(name: string): string {
  return name.slice(0, 128).replaceAll(/[^\w.-]/g, '_');
}

function addTo(sums: Map<string, MetricSum>, name: string, value: number, nowMs: number): void {
  const before = sums.get(name);
  sums.set(name, {
    count: (before?.count ?? 0) + 1,
    sum: (before?.sum ?? 0) + value,
    sumOfSquares: (before?.sumOfSquares ?? 0) + value * value,
    min: Math.min(before?.min ?? value, value),
    max: Math.max(before?.max ?? value, value),
    updatedAtMs: nowMs,
  });
}
