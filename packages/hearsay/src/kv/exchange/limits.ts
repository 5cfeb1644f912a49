/** What an exchange may take of time, memory and the network: as the design has it; sizes that it leaves open are chosen. */
export const exchangeLimits = {
  /** A session in which nothing happens is forgotten after this time. */
  sessionMs: 5_000,
  /** The same while a transfer runs. */
  transferMs: 30_000,
  /** Sessions begun by others that are open at once. */
  answeredMax: 64,
  /** Packets with rows of an owned lane in one session. Shared rows must all be sent. */
  digestPacketsMax: 4,
  /** Up to this many bytes of shared rows or entries go in packets, more over streams. */
  packetsMaxBytes: 8_192,
  /** The same for owned entries, each stream of which stands for itself. Chosen: some twenty packets. */
  ownedPacketsMaxBytes: 32_768,
  /** A message on a stream, unless a single entry is larger. Chosen: small, as who is busy says so at the first. */
  frameMaxBytes: 65_536,
  /** Transfers to others that run at once. */
  transfersMax: 2,
  /**
   * What came and cannot be applied yet, of all sessions together. Chosen: the largest map there may be, with 64 bytes for
   * each entry, and as many rows as streams are remembered, with 128 each.
   */
  heldMaxBytes: 93_757_440,
};

/** {@link exchangeLimits}, which tests make smaller. */
export type ExchangeLimits = Readonly<typeof exchangeLimits>;

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
