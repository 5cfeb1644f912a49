import { kvLimits } from '../limits.ts';

const kib = 1_024;

/** What an exchange may take of time, memory and the network. Tests make it smaller. */
export interface ExchangeLimits {
  /** An exchange in which nothing happens is forgotten after this time, in milliseconds. */
  readonly sessionMs: number;
  /** The same while a transfer runs. */
  readonly transferMs: number;
  /** Exchanges begun by others that are open at once. */
  readonly answeredMax: number;
  /** Packets with rows of an owned lane in one exchange; shared rows must all be sent. */
  readonly digestPacketsMax: number;
  /** Up to this many bytes of shared rows or entries go in packets, more over streams. */
  readonly packetsMaxBytes: number;
  /** The same for owned entries, each stream of which stands for itself. */
  readonly ownedPacketsMaxBytes: number;
  /** A message on a stream; a single large entry may make it larger. Small, as who is busy says so at the first. */
  readonly frameMaxBytes: number;
  /** Transfers to others that run at once. */
  readonly transfersMax: number;
  /** What came and cannot be applied yet, of all exchanges together. */
  readonly heldMaxBytes: number;
}

/** As the design has them; sizes that it leaves open are chosen here. */
export const exchangeLimits: ExchangeLimits = {
  sessionMs: 5_000,
  transferMs: 30_000,
  answeredMax: 64,
  digestPacketsMax: 4,
  packetsMaxBytes: 8 * kib,
  ownedPacketsMaxBytes: 32 * kib,
  frameMaxBytes: 64 * kib,
  transfersMax: 2,
  // The largest map there may be, with 64 bytes for each entry, and the rows of as many streams as are remembered.
  heldMaxBytes:
    kvLimits.sharedMaxBytes +
    64 * (kvLimits.sharedKeysMax + kvLimits.sharedTombstonesMax) +
    128 * (kvLimits.streamsMax + kvLimits.retiredMax),
};

/** Memory for what came and waits, of all exchanges together. */
export class HeldBytes {
  readonly #maxBytes: number;
  #bytes: number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How much is held now. */
  get bytes(): number {
    return this.#bytes;
  }

  tryTake(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
