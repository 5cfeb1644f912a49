import type { ByteReader } from '../util/index.ts';
import {
  decodeDead,
  decodePing,
  MessageType,
  PacketCodec,
  type Dead,
  type Ping,
  type WireConfig,
} from '../wire/index.ts';

/** What a {@link WireTap} finds in a packet. */
export interface TappedMessages {
  readonly pings: Ping[];
  readonly deads: Dead[];
}

const CONFIG: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: false,
  verifyOutgoing: false,
  skipInboundLabelCheck: false,
};

/** Reads packets for checkers. Sees nothing in labelled or encrypted ones. */
export class WireTap {
  readonly #codec: PacketCodec = new PacketCodec(CONFIG, undefined, undefined, () => undefined);
  readonly #found: TappedMessages = { pings: [], deads: [] };

  /** The result is valid until the next call. */
  read(packet: Uint8Array): TappedMessages {
    this.#found.pings.length = 0;
    this.#found.deads.length = 0;
    this.#codec.unwrap(packet, this);
    return this.#found;
  }

  receiveMessage(type: number, reader: ByteReader): void {
    if (type === MessageType.ping) this.#found.pings.push(decodePing(reader));
    if (type === MessageType.dead) this.#found.deads.push(decodeDead(reader));
  }
}
