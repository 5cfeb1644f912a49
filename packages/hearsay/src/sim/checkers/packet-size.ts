import { formatAddress, type Address } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/** Beyond `packetMaxBytes`: the length entry of the first message, and a checksum. See `SwimConfig.packetMaxBytes`. */
const UNCOUNTED_BYTES = 7;

/** No packet is longer than what was configured. */
export class PacketSize implements Checker {
  readonly invariant: string = 'packet-size';
  readonly #maxBytes: number;

  constructor(context: CheckContext) {
    this.#maxBytes = context.config.packetMaxBytes + UNCOUNTED_BYTES;
  }

  onPacketSent(node: SimNode, to: Address, packet: Uint8Array): void {
    if (packet.length <= this.#maxBytes) return;
    throw new InvariantBroken(
      this.invariant,
      `${node.name} sends ${packet.length} bytes to ${formatAddress(to)}, the limit is ${this.#maxBytes}`,
    );
  }
}
