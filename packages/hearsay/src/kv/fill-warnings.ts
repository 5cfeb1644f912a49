import type { Fill } from './check-write.ts';
import type { KvEvent } from './events.ts';
import type { Lane } from './stream.ts';

const names = { keyCount: 'keys', bytes: 'bytes', tombstoneCount: 'deleted keys' } as const;
const parts = ['keyCount', 'bytes', 'tombstoneCount'] as const;

/** Says once when a lane reaches 60 and 80 per cent of what it may hold, and again only after it was below. */
export class FillWarnings {
  readonly #lane: Lane;
  readonly #max: Fill;
  readonly #emit: (event: KvEvent) => void;
  readonly #reached: Record<keyof Fill, 0 | 60 | 80> = { keyCount: 0, bytes: 0, tombstoneCount: 0 };

  constructor(lane: Lane, max: Fill, emit: (event: KvEvent) => void) {
    this.#lane = lane;
    this.#max = max;
    this.#emit = emit;
  }

  check(fill: Fill): void {
    for (const part of parts) {
      const share = fill[part] / this.#max[part];
      const reached = share >= 0.8 ? 80 : share >= 0.6 ? 60 : 0;
      const before = this.#reached[part];
      this.#reached[part] = reached;
      if (reached === 0 || reached <= before) continue;
      this.#emit({ type: 'filling', lane: this.#lane, percent: reached, what: names[part] });
    }
  }
}
