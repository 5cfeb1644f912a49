import { ByteWriter, copyBytes, isSameBytes, type ByteReader } from '../util/index.ts';
import { LzwEncoder, type LzwDecoder } from './lzw.ts';
import { decodeCompressed, encodeCompressed } from './message-codec.ts';
import type { WireFailure } from './wire-failure.ts';

/** The algorithm number of LZW; there is no other. */
const LZW = 0;

/** What the envelope adds to a buffer of less than 32 bytes: type byte, map header, `Algo` and 0, `Buf` and header. */
const ENVELOPE_BYTES = 13;

/**
 * Shorter messages never get shorter: each code stands for at most one byte more than the one before, so 24 bytes take
 * 7 codes and two marks of 9 bits, which is 11 bytes and the envelope.
 */
const COMPRESSIBLE_MIN_BYTES = 25;

// One for all nodes of a process: in use only during one call.
const encoder = new LzwEncoder();
const encodedPacket = new ByteWriter(0);

/** Shorter messages are pings and the like, which come between: they do not take the place of a list. */
const KEPT_MIN_BYTES = 1_024;
/** 40,000 members. */
const KEPT_MAX_BYTES = 4_194_304;

/**
 * The list that went out last, and its LZW form: while nothing changes, a node tells the same list each time. Where many
 * nodes live in one process, it is the one that comes in as well.
 */
let kept: { readonly message: Uint8Array; readonly lzw: Uint8Array } | undefined;

/** Appends the compressed form of `message`, type byte and envelope included. */
export function writeCompressed(writer: ByteWriter, message: Uint8Array): void {
  encodeCompressed(writer, { algo: LZW, buf: lzwOf(message) });
}

function lzwOf(message: Uint8Array): Uint8Array {
  if (kept !== undefined && isSameBytes(message, kept.message)) return kept.lzw;
  const encoded = new ByteWriter(message.length);
  encoder.encode(message, encoded);
  if (message.length < KEPT_MIN_BYTES || message.length > KEPT_MAX_BYTES) return encoded.view();
  kept = { message: copyBytes(message), lzw: encoded.copy() };
  return kept.lzw;
}

/** As {@link writeCompressed}, but only when the result is shorter than `message`; else false, and nothing is written. */
export function tryWriteCompressed(writer: ByteWriter, message: Uint8Array): boolean {
  if (message.length < COMPRESSIBLE_MIN_BYTES) return false;
  encodedPacket.reset();
  if (!encoder.encode(message, encodedPacket, message.length - ENVELOPE_BYTES - 1)) return false;
  const start = writer.length;
  encodeCompressed(writer, { algo: LZW, buf: encodedPacket.view() });
  if (writer.length - start < message.length) return true;
  writer.truncate(start);
  return false;
}

/** The content of the compressed message that `reader` stands in, after the type byte. Valid until `decoder` is used again. */
export function decompress(reader: ByteReader, decoder: LzwDecoder, outputMaxBytes: number): Uint8Array | WireFailure {
  const { algo, buf } = decodeCompressed(reader);
  if (reader.failure !== undefined) return reader.failure as WireFailure;
  if (algo !== LZW) return 'compression-algorithm';
  if (kept !== undefined && kept.message.length <= outputMaxBytes && isSameBytes(buf, kept.lzw)) return kept.message;
  return decoder.decode(buf ?? new Uint8Array(0), outputMaxBytes);
}
