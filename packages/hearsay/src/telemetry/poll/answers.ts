import type { SampleSource } from '../folder.ts';
import { telemetryLimits } from '../limits.ts';
import { pageKey } from '../page.ts';

interface Answer {
  readonly value: Uint8Array;
  readonly atMs: number;
}

const { metricMaxBytes, metricsMax, nameMaxBytes, pollHeldMaxBytes } = telemetryLimits;
/** Of an answer, beside its metrics. */
const headMaxBytes = 32;

/** What members have answered when they were asked for their metrics, each with one entry. */
export class PollAnswers implements SampleSource {
  readonly #answers: Map<string, Answer> = new Map();
  readonly #answerMaxBytes: number;
  #heldBytes: number = 0;
  #newestMs: number = 0;

  /** `metricCount` is of how many metrics was asked; 0 is for all. */
  constructor(metricCount: number) {
    // A name, a body and three bytes beside them.
    this.#answerMaxBytes = headMaxBytes + (metricCount || metricsMax) * (nameMaxBytes + metricMaxBytes + 4);
  }

  /** False when it is longer than an answer can be, or all together would be too much. */
  add(node: string, value: Uint8Array, atMs: number): boolean {
    if (value.length > this.#answerMaxBytes || this.#heldBytes + value.length > pollHeldMaxBytes) return false;
    this.#heldBytes += value.length;
    this.#answers.set(node, { value, atMs });
    this.#newestMs = Math.max(this.#newestMs, atMs);
    return true;
  }

  nodes(): Iterable<string> {
    return this.#answers.keys();
  }

  get(node: string, key: string): Answer | undefined {
    return key === pageKey(0) ? this.#answers.get(node) : undefined;
  }

  /** When the last answer came. */
  ageMs(node: string): number {
    return this.#newestMs - (this.#answers.get(node)?.atMs ?? this.#newestMs);
  }
}
