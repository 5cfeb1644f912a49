import { randomFillSync } from 'node:crypto';
import { SeededRng, type Rng } from '../util/index.ts';

/** A generator for the protocol's choices (whom to probe, when), seeded from the system. */
export function createRng(): Rng {
  const seed = new Uint32Array(2);
  randomFillSync(seed);
  return new SeededRng(seed[0]!, seed[1]);
}

/**
 * Fills small arrays, nonces above all, from the system's cryptographic source. A call to that source costs far more
 * than twelve bytes are worth, so it is asked for a pool at a time; no byte of the pool is handed out twice.
 */
export class RandomPool {
  readonly #pool: Uint8Array;
  #usedBytes: number;

  constructor(poolBytes: number = 8 * 1024) {
    this.#pool = new Uint8Array(poolBytes);
    this.#usedBytes = poolBytes;
  }

  readonly take = (target: Uint8Array): void => {
    if (target.length > this.#pool.length) {
      randomFillSync(target);
      return;
    }
    if (this.#usedBytes + target.length > this.#pool.length) {
      randomFillSync(this.#pool);
      this.#usedBytes = 0;
    }
    target.set(this.#pool.subarray(this.#usedBytes, this.#usedBytes + target.length));
    this.#usedBytes += target.length;
  };
}
