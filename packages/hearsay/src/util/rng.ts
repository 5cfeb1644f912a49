/** Where chance comes in. The Node driver seeds it from the system, the simulator from the run's seed. */
export interface Rng {
  /** A uniform unsigned 32-bit integer. */
  nextUint32(): number;
}

/**
 * A small fast seeded generator (sfc32 by Chris Doty-Humphrey, public domain; passes PractRand). Not for keys or
 * nonces: those come from `Env.randomBytes`.
 */
export class SeededRng implements Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** Two generators with the same seed and stream yield the same numbers; different streams are independent. */
  constructor(seed: number, stream: number = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.floor(seed / 2 ** 32) | 0;
    this.#counter = 1;
    for (let i = 0; i < 15; i++) this.nextUint32();
  }

  nextUint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** Uniform in 0 .. `bound` - 1. The bias of the multiplication is below `bound` / 2^32. */
export function randomInt(rng: Rng, bound: number): number {
  return Math.floor((rng.nextUint32() / 2 ** 32) * bound);
}

/** Uniform in [0, 1). */
export function randomFloat(rng: Rng): number {
  return rng.nextUint32() / 2 ** 32;
}

/** True with the given probability. */
export function randomChance(rng: Rng, probability: number): boolean {
  return randomFloat(rng) < probability;
}

/** Fisher-Yates, in place. */
export function shuffle<T>(rng: Rng, items: T[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(rng, i + 1);
    const item = items[i]!;
    items[i] = items[j]!;
    items[j] = item;
  }
}
