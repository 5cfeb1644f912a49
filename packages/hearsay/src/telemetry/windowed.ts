import type { Sketch } from './sketch.ts';

/** A summary of the last periods: what is recorded goes into the present one. */
export class Windowed<S extends Sketch<S>> {
  readonly #create: () => S;
  readonly #periodsMax: number;
  readonly #past: S[] = [];
  #current: S;

  constructor(create: () => S, periodsMax: number) {
    this.#create = create;
    this.#periodsMax = periodsMax;
    this.#current = create();
  }

  /** Of the present period, to record into. Another one in the next. */
  get current(): S {
    return this.#current;
  }

  /** What was recorded in the window up to now. */
  summary(): S {
    const window = this.#create();
    for (const period of [...this.#past, this.#current]) if (!period.isEmpty) window.merge(period);
    return window;
  }

  /** The next period begins, and what is too old for its window is gone. */
  endPeriod(): void {
    this.#past.push(this.#current);
    if (this.#past.length >= this.#periodsMax) this.#past.shift();
    this.#current = this.#create();
  }
}
