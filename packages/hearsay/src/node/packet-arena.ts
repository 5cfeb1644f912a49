/** Takes the longest datagram. */
const arenaBytes = 64 * 1024;

/**
 * Where outgoing packets lie until the system has taken them, side by side and without an allocation each.
 *
 * It starts over whenever nothing is in flight: almost always, as the system takes most packets at once. When it does
 * not and the arena is full, the old buffer is left to the packets that lie in it and a new one is begun.
 */
export class PacketArena {
  #bytes: Uint8Array = new Uint8Array(arenaBytes);
  #usedBytes: number = 0;
  #inFlightCount: number = 0;

  /** A copy of `packet` that stays as it is until it is {@link release}d. */
  copy(packet: Uint8Array): Uint8Array {
    if (this.#inFlightCount === 0) {
      this.#usedBytes = 0;
    } else if (this.#usedBytes + packet.length > arenaBytes) {
      this.#bytes = new Uint8Array(arenaBytes);
      this.#usedBytes = 0;
    }
    this.#inFlightCount += 1;
    const start = this.#usedBytes;
    this.#usedBytes = start + packet.length;
    this.#bytes.set(packet, start);
    return this.#bytes.subarray(start, this.#usedBytes);
  }

  /** The system has taken one of the copies, or refused it. */
  release(): void {
    this.#inFlightCount -= 1;
  }
}
