import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

/** How late the event loop was within a second, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Node's histogram holds the time from one look to the next. */
const resolutionMs = 20;
const spanMs = 1_000;
/** Nobody who watches looks less often. Chosen. */
const idleMs = 60_000;

/** Measures the delay of the event loop second by second, while somebody looks; it costs nothing when nobody does. */
export class LoopWatch {
  #histogram: IntervalHistogram | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last: LoopDelay | undefined;
  #lookedAtMs: number = 0;

  /** That of the last whole second; undefined in the first. */
  look(): LoopDelay | undefined {
    this.#lookedAtMs = performance.now();
    if (this.#histogram === undefined) this.#start();
    return this.#last;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram?.disable();
    this.#histogram = undefined;
    this.#last = undefined;
  }

  #start(): void {
    this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#endSecond(this.#histogram!), spanMs).unref();
  }

  #endSecond(histogram: IntervalHistogram): void {
    if (performance.now() - this.#lookedAtMs > idleMs) return this.stop();
    const toDelay = (ns: number): number => Math.max(0, Math.round(ns / 1e5 - 10 * resolutionMs) / 10);
    this.#last =
      histogram.count === 0
        ? undefined
        : {
            p50: toDelay(histogram.percentile(50)),
            p99: toDelay(histogram.percentile(99)),
            max: toDelay(histogram.max),
          };
    histogram.reset();
  }
}
