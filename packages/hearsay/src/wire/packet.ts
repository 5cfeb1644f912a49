import { assert, ByteReader, ByteWriter } from '../util/index.ts';
import type { Aead, KeySource } from './aead.ts';
import { PartCursor } from './compound.ts';
import { decompress, tryWriteCompressed } from './compression.ts';
import { crc32 } from './crc32.ts';
import { encodeLabel, labelHeaderBytes, readLabelHeader, writeLabelHeader } from './label.ts';
import { wireLimits } from './limits.ts';
import { LzwDecoder } from './lzw.ts';
import { MessageType } from './messages.ts';
import { openSealed, Sealer, sealOverheadBytes } from './seal.ts';
import type { WireConfig } from './wire-config.ts';
import { newRefusals, type WireFailure } from './wire-failure.ts';

/**
 * Shorter packets are not even tried: pings and acks, nearly all the traffic of a cluster at rest, never get shorter,
 * and the trial costs more than all the rest of their encoding. Compression is the sender's choice (memberlist §6.2).
 */
const COMPRESSION_MIN_BYTES = 128;

/** Gets the messages out of a packet, in order. */
export interface MessageSink {
  /**
   * `reader` stands after the type byte and ends with the message; it and its bytes are valid only during the call.
   * A failure left in it is counted.
   */
  receiveMessage(type: number, reader: ByteReader): void;
}

/** Type byte and checksum. */
const CHECKSUM_HEADER_BYTES = 5;

/**
 * Puts the layers around what goes into a packet and takes them off what comes. From the inside out: compression,
 * checksum, encryption, label; compounds and further compressions lie inside. Bytes that do not fit are counted in
 * {@link stats} and dropped.
 */
export class PacketCodec {
  /** What was refused, by reason. Plain counters: they only grow. */
  readonly stats: Record<WireFailure, number> = newRefusals();
  readonly #config: WireConfig;
  readonly #label: Uint8Array;
  readonly #keys: KeySource | undefined;
  readonly #aead: Aead | undefined;
  readonly #sealer: Sealer | undefined;
  readonly #reader: ByteReader = new ByteReader();
  /** One for each compound or compression that the current message is inside of. */
  readonly #cursors: PartCursor[] = [];
  readonly #decoders: LzwDecoder[] = [];
  readonly #compressed: ByteWriter = new ByteWriter(0);
  readonly #checked: ByteWriter = new ByteWriter(0);
  readonly #packet: ByteWriter = new ByteWriter(0);
  #refusal: WireFailure | undefined;

  /**
   * Packets are encrypted as soon as `keys` holds one; then there must be an `aead`. `fillRandom` makes the nonces and
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
    for (let depth = 0; depth <= wireLimits.wrappingMaxDepth; depth += 1) this.#cursors.push(new PartCursor());
  }

  /** The first thing that was wrong with the last packet; undefined when nothing was. */
  get refusal(): WireFailure | undefined {
    return this.#refusal;
  }

  /** What the label header adds to every packet. */
  get labelOverheadBytes(): number {
    return labelHeaderBytes(this.#label);
  }

  /** What encryption adds at most while there are keys, whether or not outgoing packets are encrypted. */
  get encryptionOverheadBytes(): number {
    return this.#hasKeys() ? sealOverheadBytes(this.#config.encryptionVersion) : 0;
  }

  /**
   * The packet that carries `content`, a message or compound. It is the codec's own buffer, or `content` itself when
   * no layer comes around it: valid until the next call.
   */
  wrap(content: Uint8Array, withChecksum: boolean): Uint8Array {
    assert(content.length > 0, 'a packet has content: an empty one kills libraries before 0.2.4');
    const inner = this.#config.compression ? this.#compress(content) : content;
    const encrypts = this.#config.verifyOutgoing && this.#hasKeys();
    if (!encrypts && !withChecksum && this.#label.length === 0) return inner;
    const packet = this.#packet;
    packet.reset();
    writeLabelHeader(packet, this.#label);
    if (encrypts) {
      const plaintext = withChecksum ? this.#check(inner) : inner;
      this.#sealer!.seal(packet, this.#keys!.keys[0]!, plaintext, this.#label);
    } else {
      if (withChecksum) writeChecksumHeader(packet, inner);
      packet.write(inner);
    }
    return packet.view();
  }

  #compress(content: Uint8Array): Uint8Array {
    if (content.length < COMPRESSION_MIN_BYTES) return content;
    this.#compressed.reset();
    return tryWriteCompressed(this.#compressed, content) ? this.#compressed.view() : content;
  }

  #check(content: Uint8Array): Uint8Array {
    this.#checked.reset();
    writeChecksumHeader(this.#checked, content);
    this.#checked.write(content);
    return this.#checked.view();
  }

  /** Hands every message in `packet` to `sink`. */
  unwrap(packet: Uint8Array, sink: MessageSink): void {
    const reader = this.#reader;
    this.#refusal = undefined;
    reader.reset(packet);
    readLabelHeader(reader, this.#label, this.#config.skipInboundLabelCheck);
    if (reader.failure !== undefined) return this.#refuse(reader.failure);
    let bytes = packet;
    let start = reader.position;
    if (start === packet.length) return this.#refuse('empty');
    if (this.#hasKeys()) {
      const opened = openSealed(this.#aead!, this.#keys!.keys, packet.subarray(start), this.#label);
      if (typeof opened !== 'string') {
        bytes = opened;
        start = 0;
      } else if (this.#config.verifyIncoming) {
        return this.#refuse(opened);
      }
    }
    if (bytes[start] === MessageType.checksum && bytes.length - start >= CHECKSUM_HEADER_BYTES) {
      reader.reset(bytes, start + 1);
      start += CHECKSUM_HEADER_BYTES;
      if (reader.u32() !== crc32(bytes, start)) return this.#refuse('checksum');
    }
    this.#deliver(bytes, start, sink);
  }

  /** Takes compounds and compressions apart with a stack of its own: thousands could fit into one packet. */
  #deliver(bytes: Uint8Array, start: number, sink: MessageSink): void {
    let depth = 0;
    let partsLeft: number = wireLimits.packetPartsMax;
    let decompressedBytesLeft: number = wireLimits.packetDecompressedMaxBytes;
    this.#cursors[0]!.openSingle(bytes, start, bytes.length);
    while (depth >= 0) {
      const cursor = this.#cursors[depth]!;
      if (!cursor.next()) {
        if (cursor.partsLeft > 0) this.#refuse('truncated');
        depth -= 1;
        continue;
      }
      partsLeft -= 1;
      if (partsLeft < 0) return this.#refuse('too-many-parts');
      if (cursor.start === cursor.end) {
        this.#refuse('empty');
        continue;
      }
      const type = cursor.bytes[cursor.start]!;
      if (type !== MessageType.compound && type !== MessageType.compress) {
        this.#deliverMessage(type, cursor, sink);
      } else if (depth === wireLimits.wrappingMaxDepth) {
        this.#refuse('wrapped-too-deep');
      } else if (type === MessageType.compound) {
        const isWhole = this.#cursors[depth + 1]!.openCompound(cursor.bytes, cursor.start + 1, cursor.end);
        if (isWhole) depth += 1;
        else this.#refuse('truncated');
      } else {
        const content = this.#decompress(cursor, depth, decompressedBytesLeft);
        if (content === undefined) continue;
        decompressedBytesLeft -= content.length;
        depth += 1;
        this.#cursors[depth]!.openSingle(content, 0, content.length);
      }
    }
  }

  #deliverMessage(type: number, cursor: PartCursor, sink: MessageSink): void {
    if (!isPacketMessage(type)) return this.#refuse('unknown-type');
    const reader = this.#reader;
    reader.reset(cursor.bytes, cursor.start + 1, cursor.end);
    sink.receiveMessage(type, reader);
    if (reader.failure !== undefined) this.#refuse(reader.failure);
  }

  /** Each depth has a decoder of its own: the output must last until all that is inside has been delivered. */
  #decompress(cursor: PartCursor, depth: number, outputMaxBytes: number): Uint8Array | undefined {
    const decoder = (this.#decoders[depth] ??= new LzwDecoder());
    this.#reader.reset(cursor.bytes, cursor.start + 1, cursor.end);
    const content = decompress(this.#reader, decoder, outputMaxBytes);
    if (typeof content !== 'string') return content;
    this.#refuse(content);
    return undefined;
  }

  #hasKeys(): boolean {
    if (this.#keys === undefined || this.#keys.keys.length === 0) return false;
    assert(this.#aead !== undefined, 'where there are keys there is an AEAD');
    return true;
  }

  #refuse(reason: string): void {
    this.#refusal ??= reason as WireFailure;
    this.stats[reason as WireFailure] = (this.stats[reason as WireFailure] ?? 0) + 1;
  }
}

function writeChecksumHeader(writer: ByteWriter, content: Uint8Array): void {
  writer.u8(MessageType.checksum);
  writer.u32(crc32(content));
}

/** The types that end in a sink. Compounds and compressions have been taken apart before. */
function isPacketMessage(type: number): boolean {
  return type <= MessageType.dead || type === MessageType.user || type === MessageType.nack;
}
