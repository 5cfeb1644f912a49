import { randomFloat, type Rng } from '../../util/index.ts';

/** Of the logarithm. An eighth: the error of rounding is a thousandth once it is averaged over all. */
const levelsPerLog = 8;
/** Exponential draws are below e^3, but for one of 500 million. */
const topLog = 3;
const levelMax = 255;

/**
 * Measures a sum over all nodes by what is lossless and may come twice: each node draws exponential numbers whose rate is
 * its own part, and of each the least of all nodes spreads. That one is exponential again, and its rate is the sum
 * (Mosk-Aoyama and Shah 2006). One byte holds the logarithm of a draw, the larger the smaller the draw; 0 is none.
 */
export class Extrema {
  readonly levels: Uint8Array;

  constructor(drawCount: number) {
    this.levels = new Uint8Array(drawCount);
  }

  /** Adds this node's part to the sum. Nothing for a part of 0. */
  add(part: number, rng: Rng): void {
    if (!(part > 0)) return;
    for (let index = 0; index < this.levels.length; index += 1) {
      const draw = -Math.log(1 - randomFloat(rng)) / part;
      const level = Math.min(levelMax, Math.max(1, Math.round(levelsPerLog * (topLog - Math.log(draw)))));
      if (level > this.levels[index]!) this.levels[index] = level;
    }
  }

  merge(levels: Uint8Array): void {
    for (let index = 0; index < this.levels.length; index += 1) {
      if (levels[index]! > this.levels[index]!) this.levels[index] = levels[index]!;
    }
  }

  /** The sum, with a standard error of 1 / √draws; 0 when nobody has a part. */
  sum(): number {
    let least = 0;
    for (const level of this.levels) {
      if (level === 0) return 0;
      least += Math.exp(topLog - level / levelsPerLog);
    }
    return (this.levels.length - 1) / least;
  }
}
