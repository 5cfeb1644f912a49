import { ByteReader } from '../util/index.ts';
import type { OwnedEntry, OwnedLane } from '../kv/index.ts';
import { Counter } from './counter.ts';
import { CounterLedger } from './counter-ledger.ts';
import { Distinct } from './distinct.ts';
import { Gauge } from './gauge.ts';
import { Histogram } from './histogram.ts';
import { pageKeys, readPage, type EncodedMetric, type Page } from './page.ts';
import type { MetricKind, Sketch } from './sketch.ts';
import { TopK } from './top-k.ts';

/** On what a result stands. */
export interface Sampling {
  /** `fold`: the newest sample of every member that has one here. */
  readonly mode: 'fold' | 'estimate';
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

/** Folds what the members have published into one, from the lane of telemetry as it is here. */
export class Folder {
  readonly #lane: OwnedLane;
  /** Entries are never changed, so each is read once. */
  readonly #pages: WeakMap<OwnedEntry, Page | 'unreadable'> = new WeakMap();
  readonly #ledgers: Map<string, CounterLedger> = new Map();
  readonly #reader: ByteReader = new ByteReader();
  #unreadableCount: number = 0;

  constructor(lane: OwnedLane) {
    this.#lane = lane;
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

  /** From now on what the counter has come to is followed. */
  follow(name: string): CounterLedger {
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) this.#ledgers.set(name, (ledger = new CounterLedger()));
    return ledger;
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
      ledger.receive(node, page.generation, counter.total);
      if (page.windowMs > 0) perSecond += (1_000 * counter.recent) / page.windowMs;
      return true;
    });
    return sampling && { ...sampling, total: ledger.total, perSecond };
  }

  /** Looks at all counters that are followed: restarts between two readings are not missed. */
  tend(): void {
    for (const name of this.#ledgers.keys()) this.foldCounter(name);
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
    return nodes === 0 ? undefined : { mode: 'fold', nodes, oldestMs, spreadMs: oldestMs - newestMs };
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
    for (const key of pageKeys) {
      const entry = this.#lane.get(node, key);
      if (entry === undefined) return;
      const page = this.#pageOf(entry);
      if (page !== 'unreadable') yield { key, page };
    }
  }

  #pageOf(entry: OwnedEntry): Page | 'unreadable' {
    let page = this.#pages.get(entry);
    if (page === undefined) {
      page = readPage(entry.value) ?? 'unreadable';
      if (page === 'unreadable') this.#unreadableCount += 1;
      this.#pages.set(entry, page);
    }
    return page;
  }
}
