import type { Epoch } from './epoch.ts';
import { estimateLimits } from './limits.ts';

const { countDraws, weightRound } = estimateLimits;

/** Two standard errors of the count of nodes, as a part of it: 6.3 %. */
const countErrorBound = 2 / Math.sqrt(countDraws);
/** What is added up in 32-bit floats is off by that. */
const roundingError = 1e-5;

/** What is known of one metric at the end of an epoch. */
export interface Estimate {
  readonly sum: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Of how many nodes. */
  readonly nodes: number;
  /** Of the sum and of the mean, as a part of them, in nineteen cases of twenty. */
  readonly sumErrorBound: number;
  readonly meanErrorBound: number;
}

/** What an epoch came to at this node, or would if it ended now. */
export class Outcome {
  /** How many rounds it has had here. */
  readonly rounds: number;
  /** When it began, by this node's clock: so old are the values. */
  readonly beganMs: number;
  /** How many nodes took part. */
  readonly nodes: number;
  /**
   * Which part of their weight was still there at the end: each packet that is lost takes some with it. 0 before it is
   * measured.
   */
  readonly massLeft: number;
  readonly #epoch: Epoch;
  readonly #weight: number;
  readonly #departures: number;

  /** @param departures - how many members that it began with have gone, or have begun another life, since */
  constructor(epoch: Epoch, departures: number = 0) {
    this.#epoch = epoch;
    this.#departures = departures;
    this.#weight = epoch.mass.weight;
    this.rounds = epoch.round;
    this.beganMs = epoch.beganMs;
    this.nodes = epoch.count.sum();
    const leftThen = this.nodes > 0 ? Math.min(1, epoch.weight.sum() / this.nodes) : 0;
    this.massLeft = leftThen ** (this.rounds / weightRound);
  }

  get nodesErrorBound(): number {
    return countErrorBound;
  }

  /** Undefined when nobody has such a metric. */
  estimate(id: number): Estimate | undefined {
    const part = this.#epoch.mass.parts.get(id);
    if (part === undefined || !(part.holders > 0) || !(this.#weight > 0)) return undefined;
    const { sum, squares, holders, min, max } = part;
    const nodes = (this.nodes * holders) / this.#weight;
    const meanError = this.#errorBound(sum / holders, squares / holders, nodes);
    // Of all that take part, most of whom may have no value.
    const shareError = this.#errorBound(sum / this.#weight, squares / this.#weight, this.nodes);
    return {
      sum: (this.nodes * sum) / this.#weight,
      mean: sum / holders,
      min,
      max,
      nodes,
      meanErrorBound: meanError,
      sumErrorBound: Math.hypot(shareError, countErrorBound),
    };
  }

  /**
   * Of a mean of nodes that differ. A node's value counts a little more or less according to which packets were lost while
   * it was not yet mixed with others: when a part p of all packets is lost, by √(p / 2) of itself, found by trial. 2.4 of
   * these standard errors, for what is measured of the loss is uncertain too; and by how much nodes may differ yet. Who
   * departs takes its own value with it if that is not mixed yet, and a share of those of others that went on sending to it.
   */
  #errorBound(mean: number, meanOfSquares: number, nodes: number): number {
    const variance = Math.max(0, meanOfSquares - mean * mean);
    if (variance <= 1e-6 * meanOfSquares) return roundingError;
    const lossPerRound = 1 - this.massLeft ** (1 / this.rounds);
    // In a round two thirds of the weight are sent: a node sends half of the most that it has had.
    const packetLoss = Math.min(1, 1.5 * lossPerRound);
    const differing = Math.sqrt(variance) / Math.abs(mean);
    const nodesAtLeast = Math.max(1, nodes);
    const weighed = Math.sqrt(packetLoss / 2 / nodesAtLeast + (2 * this.#departures) / nodesAtLeast ** 2);
    return 2.4 * differing * weighed + differing * 2 ** (-this.rounds / 2) * Math.sqrt(nodes) + roundingError;
  }
}
