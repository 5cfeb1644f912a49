/** Fills a part of a packet: appends messages of at most `limitBytes`, each counted with `overheadBytes`. */
export type FillPacket = (overheadBytes: number, limitBytes: number, out: Uint8Array[]) => void;

/**
 * Two kinds of message on one packet. While both have some waiting, the one that has sent fewer bytes chooses first, with
 * the whole packet before it: so a long message of either finds room in time, and neither can starve the other.
 */
export class PacketShare {
  /** How many bytes the first kind has sent more than the second, since both were waiting. */
  #lead: number = 0;

  fill(first: FillPacket, second: FillPacket, overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    const isFirstsTurn = this.#lead <= 0;
    const [early, late] = isFirstsTurn ? [first, second] : [second, first];
    const earlyBytes = fillAndCount(early, overheadBytes, limitBytes, out);
    const lateBytes = fillAndCount(late, overheadBytes, limitBytes - earlyBytes, out);
    this.#lead += isFirstsTurn ? earlyBytes - lateBytes : lateBytes - earlyBytes;
  }

  /** Only one of them waits: what was before does not count. */
  reset(): void {
    this.#lead = 0;
  }
}

function fillAndCount(fill: FillPacket, overheadBytes: number, limitBytes: number, out: Uint8Array[]): number {
  const countBefore = out.length;
  if (limitBytes > overheadBytes) fill(overheadBytes, limitBytes, out);
  let bytes = 0;
  for (let index = countBefore; index < out.length; index += 1) bytes += overheadBytes + out[index]!.length;
  return bytes;
}
