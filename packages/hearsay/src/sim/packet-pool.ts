import type { Address } from '../util/index.ts';

const SIZE_CLASSES = [64, 128, 256, 512, 1_024, 2_048, 65_536];

/** Up to here a loop is faster than the call that `set` costs. */
const LOOP_COPY_MAX_BYTES = 128;

/** A copy of a packet on its way. Used again after delivery. */
export interface FlyingPacket {
  readonly index: number;
  readonly buffer: Uint8Array;
  /** The part of the buffer that the packet takes. */
  bytes: Uint8Array;
  from: Address;
}

/** Keeps the copies of packets in flight and their buffers for the next ones, by size. */
export class PacketPool {
  readonly #packets: FlyingPacket[] = [];
  readonly #free: FlyingPacket[][] = SIZE_CLASSES.map(() => []);
  #inUseCount: number = 0;

  take(from: Address, content: Uint8Array): FlyingPacket {
    const { length } = content;
    const size = sizeClass(length);
    const packet = this.#free[size]!.pop() ?? this.#add(SIZE_CLASSES[size]!, from);
    // Most packets of a size are as long as the one before, and a view costs more than a short packet's bytes.
    if (packet.bytes.length !== length) packet.bytes = packet.buffer.subarray(0, length);
    if (length > LOOP_COPY_MAX_BYTES) packet.bytes.set(content);
    else for (let index = 0; index < length; index++) packet.buffer[index] = content[index]!;
    packet.from = from;
    this.#inUseCount += 1;
    return packet;
  }

  at(index: number): FlyingPacket {
    return this.#packets[index]!;
  }

  /** Gives the packet back. Its bytes are overwritten, so that whoever kept a view of them is found out. */
  release(packet: FlyingPacket): void {
    packet.bytes.fill(0xdb);
    this.#free[sizeClass(packet.buffer.length)]!.push(packet);
    this.#inUseCount -= 1;
  }

  get inUseCount(): number {
    return this.#inUseCount;
  }

  #add(sizeBytes: number, from: Address): FlyingPacket {
    const buffer = new Uint8Array(sizeBytes);
    const packet = { index: this.#packets.length, buffer, bytes: buffer, from };
    this.#packets.push(packet);
    return packet;
  }
}

function sizeClass(length: number): number {
  let index = 0;
  while (SIZE_CLASSES[index]! < length) index += 1;
  return index;
}
