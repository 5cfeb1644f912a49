import { ByteReader } from '../util/index.ts';
import type { Aead } from './aead.ts';
import { PartCursor } from './compound.ts';
import { crc32 } from './crc32.ts';
import { dissectStruct, messageTypeName, type DissectedStruct } from './dissect-message.ts';
import {
  dissectionFailures,
  type CompoundLayer,
  type CompressionLayer,
  type DissectFailure,
  type Dissection,
  type EncryptionLayer,
  type MessageLayer,
  type UnreadableLayer,
} from './dissection.ts';
import { encodeLabel, readLabelHeader } from './label.ts';
import { wireLimits } from './limits.ts';
import { LzwDecoder } from './lzw.ts';
import { decodeCompressed } from './message-codec.ts';
import { MessageType } from './messages.ts';
import { openSealed, sealOverheadBytes } from './seal.ts';
import { decodeUtf8 } from './utf8.ts';
import type { WireFailure } from './wire-failure.ts';

/** What a {@link dissectPacket} or {@link dissectStream} is given besides the bytes. */
export interface DissectOptions {
  /** Tried in order on what may be encrypted. */
  readonly keys?: readonly Uint8Array[];
  /** Needed when there are keys. */
  readonly aead?: Aead;
  /** The label that is expected. Undefined: whatever comes is taken. */
  readonly label?: string;
}

/** Takes a datagram apart, layer by layer, as far as it can be read. For people: the hot path is `PacketCodec`. */
export function dissectPacket(packet: Uint8Array, options: DissectOptions = {}): Dissection {
  return new Dissector(options, 'packet').label(packet);
}

/**
 * Takes apart what one side of a TCP connection sent. An answering side writes no label header: pass its label, which
 * is authenticated all the same.
 */
export function dissectStream(bytes: Uint8Array, options: DissectOptions = {}): Dissection {
  return new Dissector(options, 'stream').label(bytes);
}

/** The message types a stream carries. */
const streamTypes: readonly number[] = [
  MessageType.ping,
  MessageType.ack,
  MessageType.pushPull,
  MessageType.user,
  MessageType.error,
];

/** The message types a packet carries, besides compound and compress. */
const packetTypes: readonly number[] = [
  MessageType.ping,
  MessageType.indirectPing,
  MessageType.ack,
  MessageType.suspect,
  MessageType.alive,
  MessageType.dead,
  MessageType.user,
  MessageType.nack,
];

const CHECKSUM_HEADER_BYTES = 5;
const FRAME_HEADER_BYTES = 5;

class Dissector {
  readonly #options: DissectOptions;
  readonly #channel: 'packet' | 'stream';
  #additionalData: Uint8Array;
  #partsLeft: number = wireLimits.packetPartsMax;
  #decompressedBytesLeft: number;

  constructor(options: DissectOptions, channel: 'packet' | 'stream') {
    this.#options = options;
    this.#channel = channel;
    this.#additionalData = encodeLabel(options.label ?? '');
    this.#decompressedBytesLeft =
      channel === 'packet' ? wireLimits.packetDecompressedMaxBytes : wireLimits.streamDecompressedMaxBytes;
  }

  label(bytes: Uint8Array): Dissection {
    if (bytes[0] !== MessageType.label) return this.#missingLabel(bytes);
    const label = bytes.subarray(2, 2 + (bytes[1] ?? 0));
    const reader = new ByteReader();
    reader.reset(bytes);
    readLabelHeader(reader, label, false);
    const text = decodeUtf8(label, 0, label.length);
    const span = { offset: 0, lengthBytes: Math.min(bytes.length, 2 + label.length) };
    if (reader.failure !== undefined) {
      return { layer: 'label', ...span, label: text, failure: failed('label-malformed', 0) };
    }
    const { label: expected } = this.#options;
    this.#additionalData = label;
    const content = this.#outer(bytes, reader.position);
    if (expected === undefined || expected === text) return { layer: 'label', ...span, label: text, content };
    return { layer: 'label', ...span, label: text, expected, failure: failed('label-mismatch', 0), content };
  }

  /** A side that opens a stream, or sends a packet, writes its label; a side that answers does not. */
  #missingLabel(bytes: Uint8Array): Dissection {
    const { label } = this.#options;
    const content = this.#outer(bytes, 0);
    if (label === undefined || label === '' || this.#channel === 'stream') return content;
    const failure = failed('label-mismatch', 0);
    return { layer: 'label', offset: 0, lengthBytes: 0, label: '', expected: label, failure, content };
  }

  #outer(bytes: Uint8Array, start: number): Dissection {
    if (start >= bytes.length) return unreadable(bytes, start, 'empty');
    if (this.#channel === 'stream') {
      return bytes[start] === MessageType.encrypt
        ? this.#frame(bytes, start)
        : this.#message(bytes, start, bytes.length, 0);
    }
    if ((this.#options.keys ?? []).length === 0) return this.#checksum(bytes, start);
    const sealed = this.#sealed(bytes, start, bytes.subarray(start), this.#additionalData);
    if (sealed.failure === undefined || sealed.keyIndex !== undefined) return sealed;
    // A node that does not insist on encryption takes what no key opens as it is: so do we, if it makes sense.
    const plain = this.#checksum(bytes, start);
    return dissectionFailures(plain).length === 0 ? plain : sealed;
  }

  /** The encrypted frame of a stream: type, length, then as in a packet, the first five bytes authenticated too. */
  #frame(bytes: Uint8Array, start: number): Dissection {
    const reader = new ByteReader();
    reader.reset(bytes, start + 1);
    const frameBytes = reader.u32();
    const body = bytes.subarray(reader.position, reader.position + frameBytes);
    const header = bytes.subarray(start, start + FRAME_HEADER_BYTES);
    if (reader.failure !== undefined) return unreadable(bytes, start, 'truncated');
    if (frameBytes > wireLimits.streamFrameMaxBytes) return unreadable(bytes, start, 'too-large');
    if (body.length < frameBytes) return unreadable(bytes, start, 'truncated');
    const additionalData = new Uint8Array(header.length + this.#additionalData.length);
    additionalData.set(header);
    additionalData.set(this.#additionalData, header.length);
    return this.#sealed(bytes, start, body, additionalData);
  }

  #sealed(bytes: Uint8Array, start: number, sealed: Uint8Array, additionalData: Uint8Array): EncryptionLayer {
    const { keys = [], aead } = this.#options;
    const layer = {
      layer: 'encryption' as const,
      offset: start,
      lengthBytes: sealed.byteOffset + sealed.length - bytes.byteOffset - start,
      version: sealed[0] ?? 0,
      nonce: sealed.slice(1, 13),
    };
    for (const [keyIndex, key] of keys.entries()) {
      const opened = aead === undefined ? 'encryption-key' : openSealed(aead, [key], sealed, additionalData);
      if (opened === 'encryption-key') continue;
      if (typeof opened !== 'string') return { ...layer, keyIndex, ...this.#opened(opened, sealed) };
      // Wrong padding means that the key was right: the tag fitted.
      const isOpen = opened === 'encryption-padding';
      return { ...layer, ...(isOpen ? { keyIndex } : {}), failure: failed(opened, start) };
    }
    return { ...layer, failure: failed(keys.length === 0 ? 'encryption-unexpected' : 'encryption-key', start) };
  }

  #opened(
    plaintext: Uint8Array,
    sealed: Uint8Array,
  ): Pick<EncryptionLayer, 'plaintextBytes' | 'paddingBytes' | 'content'> {
    const paddingBytes = sealed.length - sealOverheadBytes(1) - plaintext.length;
    const content =
      this.#channel === 'packet' ? this.#checksum(plaintext, 0) : this.#message(plaintext, 0, plaintext.length, 0);
    return { plaintextBytes: plaintext.length, ...(paddingBytes > 0 ? { paddingBytes } : {}), content };
  }

  #checksum(bytes: Uint8Array, start: number): Dissection {
    const isChecksum = bytes[start] === MessageType.checksum && bytes.length - start >= CHECKSUM_HEADER_BYTES;
    if (!isChecksum) return this.#message(bytes, start, bytes.length, 0);
    const reader = new ByteReader();
    reader.reset(bytes, start + 1);
    const stated = reader.u32();
    const computed = crc32(bytes, reader.position);
    const content = this.#message(bytes, reader.position, bytes.length, 0);
    const layer = { layer: 'checksum' as const, offset: start, lengthBytes: CHECKSUM_HEADER_BYTES, stated, computed };
    return stated === computed ? { ...layer, content } : { ...layer, failure: failed('checksum', start), content };
  }

  /** What has a type byte: a compound, a compressed message, a message. */
  #message(bytes: Uint8Array, start: number, end: number, depth: number): Dissection {
    const type = start < end ? bytes[start]! : undefined;
    if (type === undefined) return unreadable(bytes, start, 'empty');
    // A stream is unwrapped once, a packet a few times.
    const maxDepth = this.#channel === 'stream' ? 1 : wireLimits.wrappingMaxDepth;
    const isWrapped = type === MessageType.compress || (type === MessageType.compound && this.#channel === 'packet');
    if (isWrapped && depth >= maxDepth) {
      return unreadable(bytes, start, this.#channel === 'stream' ? 'unknown-type' : 'wrapped-too-deep', end);
    }
    if (type === MessageType.compress) return this.#compressed(bytes, start, end, depth);
    if (isWrapped) return this.#compound(bytes, start, end, depth);
    const carried = this.#channel === 'stream' ? streamTypes : packetTypes;
    if (!carried.includes(type)) return unreadable(bytes, start, 'unknown-type', end);
    if (type === MessageType.pushPull) return this.#pushPull(bytes, start, end);
    if (type === MessageType.user) return this.#user(bytes, start, end);
    return structMessage(bytes.subarray(0, end), start);
  }

  #compressed(bytes: Uint8Array, start: number, end: number, depth: number): CompressionLayer {
    const reader = new ByteReader();
    reader.reset(bytes, start + 1, end);
    const { algo, buf } = decodeCompressed(reader);
    const compressed = buf ?? new Uint8Array(0);
    const layer = {
      layer: 'compression' as const,
      offset: start,
      lengthBytes: end - start,
      algorithm: algo,
      compressedBytes: compressed.length,
    };
    if (reader.failure !== undefined) return { ...layer, failure: failed(reader.failure as WireFailure, start) };
    if (algo !== 0) return { ...layer, failure: failed('compression-algorithm', start) };
    const output = new LzwDecoder().decode(compressed, this.#decompressedBytesLeft);
    if (typeof output === 'string') return { ...layer, failure: failed(output, start) };
    this.#decompressedBytesLeft -= output.length;
    const content = this.#message(output, 0, output.length, depth + 1);
    return { ...layer, decompressedBytes: output.length, content };
  }

  #compound(bytes: Uint8Array, start: number, end: number, depth: number): CompoundLayer {
    const announcedParts = bytes[start + 1] ?? 0;
    const layer = { layer: 'compound' as const, offset: start, lengthBytes: end - start, announcedParts };
    const cursor = new PartCursor();
    if (!cursor.openCompound(bytes, start + 1, end))
      return { ...layer, parts: [], failure: failed('truncated', start) };
    const parts: Dissection[] = [];
    while (cursor.next()) {
      if (this.#partsLeft === 0) return { ...layer, parts, failure: failed('too-many-parts', cursor.start) };
      this.#partsLeft -= 1;
      parts.push(this.#message(bytes, cursor.start, cursor.end, depth + 1));
    }
    return cursor.partsLeft === 0 ? { ...layer, parts } : { ...layer, parts, failure: failed('truncated', cursor.end) };
  }

  #user(bytes: Uint8Array, start: number, end: number): MessageLayer {
    const layer = {
      layer: 'message' as const,
      type: MessageType.user,
      name: 'user',
      offset: start,
      lengthBytes: end - start,
    };
    if (this.#channel === 'packet') {
      return { ...layer, payload: payloadAt(bytes, start + 1, end - start - 1) };
    }
    const struct = dissectStruct(bytes, start + 1, MessageType.user);
    if (struct.failure !== undefined) return { ...layer, struct, failure: struct.failure };
    const at = struct.offset + struct.lengthBytes;
    return {
      ...layer,
      struct,
      ...tail(bytes, at, end, numberOf(struct, 'UserMsgLen'), wireLimits.streamUserMessageMaxBytes),
    };
  }

  #pushPull(bytes: Uint8Array, start: number, end: number): MessageLayer {
    const layer = {
      layer: 'message' as const,
      type: MessageType.pushPull,
      name: 'push/pull',
      offset: start,
      lengthBytes: end - start,
    };
    const struct = dissectStruct(bytes, start + 1, MessageType.pushPull);
    if (struct.failure !== undefined) return { ...layer, struct, failure: struct.failure };
    const count = numberOf(struct, 'Nodes');
    if (count < 0 || count > wireLimits.pushPullNodesMax) {
      return { ...layer, struct, failure: failed('node-count', start) };
    }
    const entries: DissectedStruct[] = [];
    let at = struct.offset + struct.lengthBytes;
    while (entries.length < count) {
      const entry = dissectStruct(bytes, at, 'node entry');
      entries.push(entry);
      if (entry.failure !== undefined) return { ...layer, struct, entries, failure: entry.failure };
      if (entry.lengthBytes < wireLimits.nodeEntryMinBytes) {
        return { ...layer, struct, entries, failure: failed('node-count', at) };
      }
      at = entry.offset + entry.lengthBytes;
    }
    return {
      ...layer,
      struct,
      entries,
      ...tail(bytes, at, end, numberOf(struct, 'UserStateLen'), wireLimits.userStateMaxBytes),
    };
  }
}

/** A message that is one struct. Its length on a packet is known, so what follows the struct is `trailingBytes`. */
function structMessage(bytes: Uint8Array, start: number): MessageLayer {
  const type = bytes[start]!;
  const struct = dissectStruct(bytes, start + 1, type);
  const trailingBytes = bytes.length - struct.offset - struct.lengthBytes;
  return {
    layer: 'message',
    type,
    name: messageTypeName(type)!,
    offset: start,
    lengthBytes: bytes.length - start,
    struct,
    ...(struct.failure === undefined ? {} : { failure: struct.failure }),
    ...(struct.failure === undefined && trailingBytes > 0 ? { trailingBytes } : {}),
  };
}

/** The raw bytes after the structs of a stream message, `announced` of them. */
function tail(
  bytes: Uint8Array,
  at: number,
  end: number,
  announced: number,
  maxBytes: number,
): Pick<MessageLayer, 'payload' | 'trailingBytes' | 'failure'> {
  if (announced < 0) return { failure: failed('negative', at) };
  if (announced > maxBytes) return { failure: failed('too-large', at) };
  const payload = payloadAt(bytes, at, Math.min(announced, end - at));
  if (payload.lengthBytes < announced) return { payload, failure: failed('truncated', at) };
  const trailingBytes = end - at - announced;
  return { ...(announced > 0 ? { payload } : {}), ...(trailingBytes > 0 ? { trailingBytes } : {}) };
}

function payloadAt(bytes: Uint8Array, offset: number, lengthBytes: number): MessageLayer['payload'] & object {
  return { offset, lengthBytes, bytes: bytes.slice(offset, offset + lengthBytes) };
}

function numberOf(struct: DissectedStruct, name: string): number {
  const value = struct.fields.findLast((field) => field.name === name)?.value;
  return typeof value === 'number' ? value : 0;
}

function unreadable(
  bytes: Uint8Array,
  start: number,
  reason: WireFailure,
  end: number = bytes.length,
): UnreadableLayer {
  const span = { offset: start, lengthBytes: Math.max(0, end - start) };
  const type = start < end ? { type: bytes[start]! } : {};
  return { layer: 'unreadable', ...span, ...type, failure: failed(reason, start) };
}

function failed(reason: WireFailure, offset: number): DissectFailure {
  return { reason, offset };
}
