import type { Instruments } from '../../cluster/index.ts';

/** Counts how often something happens, up to 2^53. The counts of all members are added up. */
export class TelemetryCounter {
  readonly #counter: Instruments['counter'];

  /** @internal */
  constructor(counter: Instruments['counter']) {
    this.#counter = counter;
  }

  /** How often this member has counted. */
  get total(): number {
    return this.#counter.total;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when `count` is negative or no finite number */
  add(count: number = 1): void {
    this.#counter.add(count);
  }
}

/** Shows a value of the moment. Those of all members are added up, averaged, or compared. */
export class TelemetryGauge {
  readonly #gauge: Instruments['gauge'];

  /** @internal */
  constructor(gauge: Instruments['gauge']) {
    this.#gauge = gauge;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when the value is not a finite number */
  set(value: number): void {
    this.#gauge.set(value);
  }
}

/** Records how values are distributed, such as durations. What all members record is one distribution. */
export class TelemetryHistogram {
  readonly #histogram: Instruments['histogram'];

  /** @internal */
  constructor(histogram: Instruments['histogram']) {
    this.#histogram = histogram;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when the value is not a finite number */
  record(value: number): void {
    this.#histogram.current.record(value);
  }
}

/** Counts different texts, such as users. Who is seen by several members counts once. */
export class TelemetryDistinct {
  readonly #distinct: Instruments['distinct'];

  /** @internal */
  constructor(distinct: Instruments['distinct']) {
    this.#distinct = distinct;
  }

  add(text: string): void {
    this.#distinct.current.add(text);
  }
}

/** Finds the keys that come most often. Those of all members are one list. */
export class TelemetryTopK {
  readonly #topK: Instruments['topK'];

  /** @internal */
  constructor(topK: Instruments['topK']) {
    this.#topK = topK;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` for a key of more than 128 bytes, and a count that is no whole number above 0 */
  add(key: string, count: number = 1): void {
    this.#topK.current.add(key, count);
  }
}
