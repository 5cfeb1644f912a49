import type { Address } from '../util/index.ts';

const SIZE_CLASSES = [64, 128, 256, 512, 1_024, 2_048, 65_536];

/** A copy of a packet on its way. Used again after delivery. */
export interface FlyingPacket {
  readonly index: number;
  bytes: Uint8Array;
  length: number;
  from: Address;
  fromNode: number;
}

const NOWHERE: Address = { host: '0.0.0.0', port: 0 };

/** Keeps the copies of packets in flight and their buffers for the next ones, by size. */
export class PacketPool {
  readonly #packets: FlyingPacket[] = [];
  readonly #freePackets: number[] = [];
  readonly #freeBuffers: Uint8Array[][] = SIZE_CLASSES.map(() => []);

  take(from: Address, fromNode: number, content: Uint8Array): FlyingPacket {
    const packet = this.#takePacket();
    packet.bytes = this.#takeBuffer(content.length);
    packet.bytes.set(content);
    packet.length = content.length;
    packet.from = from;
    packet.fromNode = fromNode;
    return packet;
  }

  at(index: number): FlyingPacket {
    return this.#packets[index]!;
  }

  /** Gives the packet back. Its bytes are overwritten, so that whoever kept a view of them is found out. */
  release(packet: FlyingPacket): void {
    packet.bytes.fill(0xdb, 0, packet.length);
    this.#freeBuffers[sizeClass(packet.bytes.length)]!.push(packet.bytes);
    this.#freePackets.push(packet.index);
  }

  get inUseCount(): number {
    return this.#packets.length - this.#freePackets.length;
  }

  #takePacket(): FlyingPacket {
    const free = this.#freePackets.pop();
    if (free !== undefined) return this.#packets[free]!;
    const bytes = new Uint8Array(0);
    const packet = { index: this.#packets.length, bytes, length: 0, from: NOWHERE, fromNode: 0 };
    this.#packets.push(packet);
    return packet;
  }

  #takeBuffer(length: number): Uint8Array {
    const index = sizeClass(length);
    return this.#freeBuffers[index]!.pop() ?? new Uint8Array(SIZE_CLASSES[index]!);
  }
}

function sizeClass(length: number): number {
  let index = 0;
  while (SIZE_CLASSES[index]! < length) index += 1;
  return index;
}
