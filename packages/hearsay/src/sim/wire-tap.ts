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
  /** Of messages of the state layer, without the headers around them. */
  stateBytes: number;
}

/** What every message of the state layer begins with. */
export const stateHead: Uint8Array = Uint8Array.of(0xe7, 0x47, 0x53);

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
  readonly #found: TappedMessages = { pings: [], deads: [], stateBytes: 0 };

  /** The result is valid until the next call. */
  read(packet: Uint8Array): TappedMessages {
    this.#found.pings.length = 0;
    this.#found.deads.length = 0;
    this.#found.stateBytes = 0;
    this.#codec.unwrap(packet, this);
    return this.#found;
  }

  receiveMessage(type: number, reader: ByteReader): void {
    if (type === MessageType.ping) this.#found.pings.push(decodePing(reader));
    if (type === MessageType.dead) this.#found.deads.push(decodeDead(reader));
    if (type !== MessageType.user) return;
    const message = reader.view(reader.remaining);
    if (stateHead.every((byte, index) => message[index] === byte)) this.#found.stateBytes += message.length;
  }
}
