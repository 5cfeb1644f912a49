import { randomFloat, type Rng } from '../../util/index.ts';

// The arithmetic of Vivaldi network coordinates (Dabek et al. 2004, with height and, after Lee et al. 2010, the
// adjustment), operation by operation as Serf does it: the vectors of the real library are reproduced bit for bit.

/** Where a member is in the space of round trips: the distance of two is the round trip between them. */
export interface Coordinate {
  /** Seconds in each dimension. */
  readonly vec: readonly number[];
  /** How far this is to be trusted: 0 fully, 1.5 at first. No unit. */
  readonly error: number;
  /** Seconds that measurements differ from what the vectors alone say. */
  readonly adjustment: number;
  /** Seconds for the way out of this node's own network. */
  readonly height: number;
}

/** Serf's numbers (`coordinate/config.go`). */
export interface VivaldiConfig {
  /** @defaultValue 8 */
  readonly dimensionCount: number;
  /** @defaultValue 1.5 */
  readonly errorMax: number;
  /** How fast the error follows. @defaultValue 0.25 */
  readonly errorGain: number;
  /** How fast the coordinate follows. @defaultValue 0.25 */
  readonly forceGain: number;
  /** Updates that the adjustment remembers; 0: none. @defaultValue 20 */
  readonly adjustmentWindow: number;
  /** Seconds. @defaultValue 10e-6 */
  readonly heightMin: number;
  /** Round trips of one node of which the median counts. @defaultValue 3 */
  readonly latencyFilterSize: number;
  /** The larger, the weaker the pull to the origin. @defaultValue 150 */
  readonly gravityRho: number;
}

/** Serf's defaults. */
export const vivaldiDefaults: VivaldiConfig = Object.freeze({
  dimensionCount: 8,
  errorMax: 1.5,
  errorGain: 0.25,
  forceGain: 0.25,
  adjustmentWindow: 20,
  heightMin: 10e-6,
  latencyFilterSize: 3,
  gravityRho: 150,
});

const ZERO_THRESHOLD = 1e-6;
const NS_PER_SECOND = 1e9;

/** The coordinate of a node that has measured nothing. */
export function newCoordinate(config: VivaldiConfig): Coordinate {
  return {
    vec: Array.from({ length: config.dimensionCount }, () => 0),
    error: config.errorMax,
    adjustment: 0,
    height: config.heightMin,
  };
}

/** Whether every component is a number that can be reckoned with. */
export function isFiniteCoordinate(coordinate: Coordinate): boolean {
  const { vec, error, adjustment, height } = coordinate;
  return [...vec, error, adjustment, height].every(Number.isFinite);
}

/** The estimated round trip between two nodes whose coordinates have equally many dimensions, in whole nanoseconds. */
export function distanceNs(a: Coordinate, b: Coordinate): number {
  const raw = rawDistance(a, b);
  const adjusted = raw + a.adjustment + b.adjustment;
  return Math.trunc((adjusted > 0 ? adjusted : raw) * NS_PER_SECOND);
}

/** As {@link distanceNs}, in seconds. */
function distance(a: Coordinate, b: Coordinate): number {
  const ns = distanceNs(a, b);
  return Math.trunc(ns / NS_PER_SECOND) + (ns % NS_PER_SECOND) / NS_PER_SECOND;
}

/** Seconds, from vectors and heights alone. */
export function rawDistance(a: Coordinate, b: Coordinate): number {
  return lengthOf(difference(a.vec, b.vec)) + a.height + b.height;
}

/** `own` after a round trip of `rttSeconds` to `peer`, without adjustment and gravity. */
export function pulledByPeer(
  own: Coordinate,
  peer: Coordinate,
  rttSeconds: number,
  config: VivaldiConfig,
  rng: Rng,
): Coordinate {
  const expected = distance(own, peer);
  const measured = Math.max(rttSeconds, ZERO_THRESHOLD);
  const wrongness = Math.abs(expected - measured) / measured;
  const weight = own.error / Math.max(own.error + peer.error, ZERO_THRESHOLD);
  const gain = config.errorGain * weight;
  const error = Math.min(gain * wrongness + own.error * (1 - gain), config.errorMax);
  const force = config.forceGain * weight * (measured - expected);
  return { ...pushed(own, peer, force, config, rng), error };
}

/** `own` a little nearer to the origin, so that the cluster as a whole does not drift. */
export function pulledByGravity(own: Coordinate, config: VivaldiConfig, rng: Rng): Coordinate {
  const origin = newCoordinate(config);
  const share = distance(origin, own) / config.gravityRho;
  return pushed(own, origin, -(share * share), config, rng);
}

/** `own` moved by `force` seconds away from `other`; towards it when `force` is negative. */
export function pushed(own: Coordinate, other: Coordinate, force: number, config: VivaldiConfig, rng: Rng): Coordinate {
  const between = difference(own.vec, other.vec);
  const length = lengthOf(between);
  const isApart = length > ZERO_THRESHOLD;
  const direction = isApart ? scaled(between, 1 / length) : randomDirection(between.length, rng);
  const vec = own.vec.map((component, index) => component + direction[index]! * force);
  if (!isApart) return { ...own, vec };
  const height = ((own.height + other.height) * force) / length + own.height;
  return { ...own, vec, height: Math.max(height, config.heightMin) };
}

/** Two nodes in the same place have to part somehow. */
function randomDirection(dimensionCount: number, rng: Rng): readonly number[] {
  const random = Array.from({ length: dimensionCount }, () => randomFloat(rng) - 0.5);
  const length = lengthOf(random);
  return length > ZERO_THRESHOLD ? scaled(random, 1 / length) : random.map((_, index) => (index === 0 ? 1 : 0));
}

function difference(a: readonly number[], b: readonly number[]): readonly number[] {
  return a.map((component, index) => component - b[index]!);
}

function scaled(vec: readonly number[], factor: number): readonly number[] {
  return vec.map((component) => component * factor);
}

function lengthOf(vec: readonly number[]): number {
  return Math.sqrt(vec.reduce((sum, component) => sum + component * component, 0));
}
