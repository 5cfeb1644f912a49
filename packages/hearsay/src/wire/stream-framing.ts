import { assert, ByteWriter } from '../util/index.ts';
import type { Aead, KeySource } from './aead.ts';
import { writeCompressed } from './compression.ts';
import { encodeLabel, writeLabelHeader } from './label.ts';
import { MessageType } from './messages.ts';
import { sealedBytes, Sealer } from './seal.ts';
import { StreamReader, type StreamSide } from './stream-reader.ts';
import type { WireConfig } from './wire-config.ts';

/**
 * Puts the layers around the messages of streams, and makes the readers that take them off. From the inside out:
 * compression (always when configured, even when it makes the message longer), encrypted frame, and in front of
 * everything the label, which only the side that opened the stream writes.
 */
export class StreamCodec {
  readonly #config: WireConfig;
  readonly #label: Uint8Array;
  readonly #keys: KeySource | undefined;
  readonly #aead: Aead | undefined;
  readonly #sealer: Sealer | undefined;

  /**
   * Streams are encrypted as soon as `keys` holds one; then there must be an `aead`. `fillRandom` makes the nonces and
   * must be a cryptographic source.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` when the label has more than 255 bytes
   */
  constructor(
    config: WireConfig,
    keys: KeySource | undefined,
    aead: Aead | undefined,
    fillRandom: (target: Uint8Array) => void,
  ) {
    this.#config = config;
    this.#label = encodeLabel(config.label);
    this.#keys = keys;
    this.#aead = aead;
    this.#sealer = aead === undefined ? undefined : new Sealer(aead, config.encryptionVersion, fillRandom);
  }

  /** The bytes that `side` writes for `message`, type byte included. A buffer of the caller's own. */
  encode(message: Uint8Array, side: StreamSide): Uint8Array {
    assert(message.length > 0, 'a stream carries a message: nothing at all kills older libraries');
    // Compressed it is mostly far shorter, and the writer grows to what it is.
    const stream = new ByteWriter(this.#config.compression ? 512 : message.length + 512);
    if (side === 'initiator') writeLabelHeader(stream, this.#label);
    const key = this.#config.verifyOutgoing ? this.#keys?.keys[0] : undefined;
    if (key !== undefined) this.#writeFrame(stream, key, this.#config.compression ? compressed(message) : message);
    else if (this.#config.compression) writeCompressed(stream, message);
    else stream.write(message);
    return stream.view();
  }

  /** For what comes in on one stream; `side` is our side of it. */
  newReader(side: StreamSide): StreamReader {
    return new StreamReader(this.#config, this.#label, this.#keys, this.#aead, side);
  }

  /** The frame's header is authenticated too, and so is the label, on both sides. */
  #writeFrame(stream: ByteWriter, key: Uint8Array, message: Uint8Array): void {
    assert(this.#sealer !== undefined, 'where there are keys there is an AEAD');
    const header = new ByteWriter(5 + this.#label.length);
    header.u8(MessageType.encrypt);
    header.u32(sealedBytes(this.#config.encryptionVersion, message.length));
    stream.write(header.view());
    header.write(this.#label);
    this.#sealer.seal(stream, key, message, header.view());
  }
}

function compressed(message: Uint8Array): Uint8Array {
  const writer = new ByteWriter(0);
  writeCompressed(writer, message);
  return writer.view();
}
