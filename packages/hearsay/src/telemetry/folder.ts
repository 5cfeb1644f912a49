import { ByteReader } from '../util/index.ts';
import { Counter } from './counter.ts';
import { CounterLedger } from './counter-ledger.ts';
import { Distinct } from './distinct.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { telemetryLimits } from './limits.ts';
import { pageKeys, readPage, type EncodedMetric, type Page } from './page.ts';
import type { MetricKind, Sketch } from './sketch.ts';
import { TopK } from './top-k.ts';

/**
 * Where a result comes from. `fold`: the newest sample of every member that has one here. `poll`: what the members have
 * answered. `estimate`: sums that the members have worked out among themselves, without samples of anybody.
 */
export type TelemetryMode = 'fold' | 'poll' | 'estimate';

/** On what a result stands. */
export interface Sampling {
  readonly mode: TelemetryMode;
  /** Of how many members. */
  readonly nodes: number;
  /** How old the oldest of the samples is, in milliseconds since it was published. */
  readonly oldestMs: number;
  /** By how much it is older than the newest one. */
  readonly spreadMs: number;
}

/** The samples of all members as one. */
export interface Fold<S> extends Sampling {
  readonly sketch: S;
}

/** A counter of all members. */
export interface CounterFold extends Sampling {
  /** Never goes down: also of members that have restarted or gone, as far as this one has heard of them. */
  readonly total: number;
  /** Of those that are there, in the window. */
  readonly perSecond: number;
}

/** A metric that some members have. */
export interface KnownMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly nodes: number;
}

/** What each member has said of its metrics, in entries. */
export interface SampleSource {
  nodes(): Iterable<string>;
  get(node: string, key: string): { readonly value: Uint8Array } | undefined;
  ageMs(node: string, key: string): number;
}

/** Counters that are followed; names are chosen by others. Chosen: all of one node, and what most nodes have, several times. */
const ledgersMax = 1_024;

/** Metrics of one node that are looked at: while all it can have move from one page to another, each is there twice. */
const nodeMetricsMax = 2 * telemetryLimits.metricsMax;

interface Sample {
  readonly node: string;
  readonly page: Page;
  readonly metric: EncodedMetric;
  readonly ageMs: number;
}

interface Sketches {
  readonly gauge: Gauge;
  readonly histogram: Histogram;
  readonly distinct: Distinct;
  readonly topK: TopK;
}

const creators: { readonly [Kind in keyof Sketches]: () => Sketches[Kind] & Sketch<never> } = {
  gauge: () => new Gauge(),
  histogram: () => new Histogram(),
  distinct: () => new Distinct(),
  topK: () => new TopK(),
};

/** Folds what the members have said into one: what they have published, as it is here, or have answered. */
export class Folder {
  readonly #lane: SampleSource;
  readonly #mode: 'fold' | 'poll';
  /** Entries are never changed, so each is read once. */
  readonly #pages: WeakMap<object, Page | 'unreadable'> = new WeakMap();
  /** By name; whose was wanted last is the last. */
  readonly #ledgers: Map<string, CounterLedger> = new Map();
  readonly #reader: ByteReader = new ByteReader();
  #unreadableCount: number = 0;

  constructor(lane: SampleSource, mode: 'fold' | 'poll' = 'fold') {
    this.#lane = lane;
    this.#mode = mode;
  }

  /** Entries and metrics that could not be read. */
  get unreadableCount(): number {
    return this.#unreadableCount;
  }

  /** All metrics that there are samples of, by name. Where members disagree about the kind, a name comes more than once. */
  metrics(): KnownMetric[] {
    const nodes = new Map<string, { name: string; kind: MetricKind; nodes: number }>();
    for (const node of this.#lane.nodes()) {
      for (const { name, kind } of this.#newest(node).values()) {
        const id = `${name} ${kind}`;
        const known = nodes.get(id);
        if (known === undefined) nodes.set(id, { name, kind, nodes: 1 });
        else known.nodes += 1;
      }
    }
    return [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : b.nodes - a.nodes));
  }

  /** What kind it is on most members that have it; undefined when none has. */
  kindOf(name: string): MetricKind | undefined {
    const nodes = new Map<MetricKind, number>();
    for (const node of this.#lane.nodes()) {
      let kind: MetricKind | undefined;
      for (const { page } of this.#pagesOf(node))
        kind = page.metrics.findLast((each) => each.name === name)?.kind ?? kind;
      if (kind !== undefined) nodes.set(kind, (nodes.get(kind) ?? 0) + 1);
    }
    return [...nodes].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  /** All samples of that name and kind as one; undefined when there is none. */
  fold<Kind extends keyof Sketches>(kind: Kind, name: string): Fold<Sketches[Kind]> | undefined {
    const sketch = creators[kind]();
    const sampling = this.#each(kind, name, ({ metric }) => {
      this.#reader.reset(metric.body);
      sketch.mergeEncoded(this.#reader);
      return this.#reader.failure === undefined;
    });
    return sampling && { ...sampling, sketch };
  }

  /** What one member last published of a metric; undefined when it publishes none of that name and kind. */
  ofMember<Kind extends keyof Sketches>(
    node: string,
    kind: Kind,
    name: string,
  ): { readonly sketch: Sketches[Kind]; readonly ageMs: number } | undefined {
    const sample = this.#sample(node, kind, name);
    if (sample === undefined) return undefined;
    const sketch = creators[kind]();
    this.#reader.reset(sample.metric.body);
    sketch.mergeEncoded(this.#reader);
    return this.#reader.failure === undefined ? { sketch, ageMs: sample.ageMs } : undefined;
  }

  /** From now on what the counter has come to is followed, unless 1,024 others are wanted after that. */
  follow(name: string): CounterLedger {
    const ledger = this.#ledgers.get(name) ?? new CounterLedger();
    this.#ledgers.delete(name);
    this.#ledgers.set(name, ledger);
    const [oldest] = this.#ledgers.keys();
    if (this.#ledgers.size > ledgersMax) this.#ledgers.delete(oldest!);
    return ledger;
  }

  /** Counters that are followed. */
  get followedCount(): number {
    return this.#ledgers.size;
  }

  /** The counter of that name, of all members; undefined when none has one. */
  foldCounter(name: string): CounterFold | undefined {
    const ledger = this.follow(name);
    let perSecond = 0;
    const sampling = this.#each('counter', name, ({ node, page, metric }) => {
      const counter = new Counter();
      this.#reader.reset(metric.body);
      counter.mergeEncoded(this.#reader);
      if (this.#reader.failure !== undefined) return false;
      if (!ledger.receive(node, page.generation, counter.total)) return false;
      if (page.windowMs > 0) perSecond += (1_000 * counter.recent) / page.windowMs;
      return true;
    });
    return sampling && { ...sampling, total: ledger.total, perSecond };
  }

  /** Looks at all counters that are followed: restarts between two readings are not missed. */
  tend(): void {
    for (const name of [...this.#ledgers.keys()]) this.foldCounter(name);
  }

  #each(kind: MetricKind, name: string, take: (sample: Sample) => boolean): Sampling | undefined {
    let nodes = 0;
    let oldestMs = 0;
    let newestMs = Infinity;
    for (const node of this.#lane.nodes()) {
      const sample = this.#sample(node, kind, name);
      if (sample === undefined) continue;
      if (!take(sample)) {
        this.#unreadableCount += 1;
        continue;
      }
      nodes += 1;
      oldestMs = Math.max(oldestMs, sample.ageMs);
      newestMs = Math.min(newestMs, sample.ageMs);
    }
    return nodes === 0 ? undefined : { mode: this.#mode, nodes, oldestMs, spreadMs: oldestMs - newestMs };
  }

  /** While a metric moves from one page to another it may be in both: then the newer page counts. */
  #sample(node: string, kind: MetricKind, name: string): Sample | undefined {
    let found: { page: Page; metric: EncodedMetric; key: string } | undefined;
    for (const { key, page } of this.#pagesOf(node)) {
      const metric = page.metrics.find((candidate) => candidate.name === name && candidate.kind === kind);
      if (metric === undefined || (found !== undefined && found.page.epoch >= page.epoch)) continue;
      found = { page, metric, key };
    }
    return found && { node, page: found.page, metric: found.metric, ageMs: this.#lane.ageMs(node, found.key) };
  }

  #newest(node: string): Map<string, EncodedMetric> {
    const metrics = new Map<string, EncodedMetric>();
    for (const { page } of this.#pagesOf(node)) for (const metric of page.metrics) metrics.set(metric.name, metric);
    return metrics;
  }

  *#pagesOf(node: string): Generator<{ readonly key: string; readonly page: Page }> {
    let metricCount = 0;
    for (const key of pageKeys) {
      const entry = this.#lane.get(node, key);
      if (entry === undefined) return;
      const page = this.#pageOf(entry);
      if (page === 'unreadable') continue;
      metricCount += page.metrics.length;
      if (metricCount > nodeMetricsMax) return;
      yield { key, page };
    }
  }

  #pageOf(entry: { readonly value: Uint8Array }): Page | 'unreadable' {
    let page = this.#pages.get(entry);
    if (page === undefined) {
      page = readPage(entry.value) ?? 'unreadable';
      if (page === 'unreadable') this.#unreadableCount += 1;
      this.#pages.set(entry, page);
    }
    return page;
  }
}
