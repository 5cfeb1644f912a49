import type { Rng } from '../../util/index.ts';
import { Extrema } from './extrema.ts';
import { estimateLimits } from './limits.ts';
import { Mass } from './mass.ts';

const { countDraws, weightDraws, weightRound, epochRounds } = estimateLimits;

/** One epoch, as it is at one node. */
export class Epoch {
  readonly number: number;
  /** When it began, by this node's clock. */
  readonly beganMs: number;
  /** With whom it began: members by name, with their incarnations. */
  readonly peers: ReadonlyMap<string, number>;
  round: number;
  /** Whether values of this node are in it. */
  takesPart: boolean = false;
  readonly mass: Mass = new Mass();
  /** How many nodes take part. */
  readonly count: Extrema = new Extrema(countDraws);
  /** How much weight there was in round {@link estimateLimits.weightRound}. */
  readonly weight: Extrema = new Extrema(weightDraws);

  constructor(number: number, round: number, beganMs: number, peers: ReadonlyMap<string, number> = new Map()) {
    this.number = number;
    this.round = round;
    this.beganMs = beganMs;
    this.peers = peers;
  }

  get isOver(): boolean {
    return this.round >= epochRounds;
  }

  /** This node takes part, with these values. Without it it passes on what the others have. */
  contribute(values: Iterable<readonly [id: number, value: number]>, rng: Rng): void {
    this.takesPart = true;
    this.mass.weight += 1;
    this.count.add(1, rng);
    for (const [id, value] of values) this.mass.addValue(id, value);
  }

  /** Ends the round, after half of the mass was sent. */
  advance(rng: Rng): void {
    this.round += 1;
    // Twice as much a moment ago, and it grows again until the next round: the mean of both, for nodes have their rounds
    // at different times, and what is on its way counts as well.
    if (this.round === weightRound) this.weight.add(1.5 * this.mass.weight, rng);
  }
}
