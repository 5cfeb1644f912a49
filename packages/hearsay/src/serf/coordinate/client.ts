import type { Rng } from '../../util/index.ts';
import {
  isFiniteCoordinate,
  newCoordinate,
  pulledByGravity,
  pulledByPeer,
  rawDistance,
  vivaldiDefaults,
  type Coordinate,
  type VivaldiConfig,
} from './vivaldi.ts';

/** Why a measurement was not used. */
export type CoordinateFailure = 'dimensions' | 'not-finite' | 'round-trip-range';

/** A longer round trip says nothing about the network (Serf `coordinate.Client`). */
const RTT_MAX_NS = 10e9;
const NS_PER_SECOND = 1e9;

/**
 * This node's own coordinate, moved with every measured round trip, and the last one heard of each peer. What it keeps
 * grows with the peers: {@link forget} those that are gone.
 */
export class CoordinateClient {
  readonly #config: VivaldiConfig;
  readonly #rng: Rng;
  #own: Coordinate;
  readonly #peers: Map<string, Coordinate> = new Map();
  /** The last round trips of each node, in seconds, oldest first. */
  readonly #latencies: Map<string, number[]> = new Map();
  /** By how many seconds the last measurements differed from the vectors, as a ring. */
  readonly #adjustments: number[];
  #adjustmentIndex: number = 0;
  #resetCount: number = 0;

  constructor(rng: Rng, config: VivaldiConfig = vivaldiDefaults, own: Coordinate = newCoordinate(config)) {
    this.#rng = rng;
    this.#config = config;
    this.#own = own;
    this.#adjustments = Array.from({ length: config.adjustmentWindow }, () => 0);
  }

  get coordinate(): Coordinate {
    return this.#own;
  }

  /** How often numbers became too large and the coordinate began anew: only when somebody sent what no correct node sends. */
  get resetCount(): number {
    return this.#resetCount;
  }

  /** What `node` said of itself last. */
  coordinateOf(node: string): Coordinate | undefined {
    return this.#peers.get(node);
  }

  /** Learns from a round trip to `node`, which was at `peer`. Nothing changes when it gives a failure. */
  update(node: string, peer: Coordinate, rttNs: number): CoordinateFailure | undefined {
    if (peer.vec.length !== this.#own.vec.length) return 'dimensions';
    if (!isFiniteCoordinate(peer)) return 'not-finite';
    if (!(rttNs >= 0 && rttNs <= RTT_MAX_NS)) return 'round-trip-range';
    const rttSeconds = this.#filter(node, rttNs / NS_PER_SECOND);
    const pulled = pulledByPeer(this.#own, peer, rttSeconds, this.#config, this.#rng);
    const adjusted = { ...pulled, adjustment: this.#adjust(pulled, peer, rttSeconds) };
    this.#own = pulledByGravity(adjusted, this.#config, this.#rng);
    if (!isFiniteCoordinate(this.#own)) {
      this.#own = newCoordinate(this.#config);
      this.#resetCount += 1;
    }
    this.#peers.set(node, peer);
    return undefined;
  }

  /** Drops what is known of a node that is gone. */
  forget(node: string): void {
    this.#peers.delete(node);
    this.#latencies.delete(node);
  }

  /** The median of the node's last round trips, this one included; of two the larger. */
  #filter(node: string, rttSeconds: number): number {
    const latencies = this.#latencies.get(node) ?? [];
    latencies.push(rttSeconds);
    if (latencies.length > this.#config.latencyFilterSize) latencies.shift();
    this.#latencies.set(node, latencies);
    const sorted = latencies.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!;
  }

  /** The divisor is the whole window's from the start, as if it had been full of zeros. */
  #adjust(own: Coordinate, peer: Coordinate, rttSeconds: number): number {
    const size = this.#config.adjustmentWindow;
    if (size === 0) return own.adjustment;
    this.#adjustments[this.#adjustmentIndex] = rttSeconds - rawDistance(own, peer);
    this.#adjustmentIndex = (this.#adjustmentIndex + 1) % size;
    return this.#adjustments.reduce((sum, sample) => sum + sample, 0) / (2 * size);
  }
}
