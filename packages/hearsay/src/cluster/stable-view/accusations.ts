import type { StepClock } from '../../util/index.ts';

interface Accusation {
  readonly accuser: string;
  atMs: number;
}

/**
 * Who has accused whom of late. Of each subject only the latest few accusers are kept, and nothing for longer than
 * `memoryMs`.
 */
export class Accusations {
  readonly #clock: StepClock;
  readonly #accusersMax: number;
  readonly #memoryMs: number;
  readonly #bySubject: Map<string, Accusation[]> = new Map();

  constructor(clock: StepClock, accusersMax: number, memoryMs: number) {
    this.#clock = clock;
    this.#accusersMax = accusersMax;
    this.#memoryMs = memoryMs;
  }

  get isEmpty(): boolean {
    return this.#bySubject.size === 0;
  }

  add(subject: string, accuser: string): void {
    const atMs = this.#clock.nowMs;
    const known = this.#bySubject.get(subject);
    if (known === undefined) {
      this.#bySubject.set(subject, [{ accuser, atMs }]);
      return;
    }
    const same = known.find((accusation) => accusation.accuser === accuser);
    if (same !== undefined) same.atMs = atMs;
    else if (known.length < this.#accusersMax) known.push({ accuser, atMs });
    else known[oldestOf(known)] = { accuser, atMs };
  }

  /** How many different members have accused `subject` since then, and not too long ago. */
  countOf(subject: string, sinceMs: number = -Infinity): number {
    const known = this.#bySubject.get(subject);
    if (known === undefined) return 0;
    const fromMs = Math.max(sinceMs, this.#clock.nowMs - this.#memoryMs);
    return known.reduce((count, { atMs }) => (atMs >= fromMs ? count + 1 : count), 0);
  }

  /** How many subjects have at least `count` accusers. */
  subjectCountWith(count: number): number {
    let subjects = 0;
    for (const subject of this.#bySubject.keys()) if (this.countOf(subject) >= count) subjects += 1;
    return subjects;
  }

  /** Drops what does not count any more. */
  forgetOld(): void {
    for (const subject of this.#bySubject.keys()) if (this.countOf(subject) === 0) this.#bySubject.delete(subject);
  }

  clear(): void {
    this.#bySubject.clear();
  }
}

function oldestOf(accusations: readonly Accusation[]): number {
  let oldest = 0;
  accusations.forEach(({ atMs }, index) => {
    if (atMs < accusations[oldest]!.atMs) oldest = index;
  });
  return oldest;
}
