import { ByteReader, ByteWriter, copyBytes } from '../util/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../wire/index.ts';

/** What every message of our own among a cluster's user messages begins with: a mark, and version 1. */
const head: Uint8Array = Uint8Array.of(0xe7, 0x47, 0x53, 0x01);
const askType = 0x40;
const answerType = 0x41;

/** One question to one member. */
export interface Ask {
  readonly type: 'ask';
  /** The asker's number of it, to be echoed. */
  readonly id: number;
  /** Who asks. */
  readonly from: string;
  readonly topic: number;
  /** How many are asked at once: by that an answer waits for its turn. */
  readonly askedCount: number;
  readonly payload: Uint8Array;
}

/** An answer, or a piece of one. */
export interface Answer {
  readonly type: 'answer';
  readonly id: number;
  /** Who answers. */
  readonly from: string;
  readonly piece: number;
  readonly pieceCount: number;
  readonly payload: Uint8Array;
}

/** What inquiries send. */
export type InquiryMessage = Ask | Answer;

/** Whether a user message is one of these: the mark, version 1, and a type of 0x40 or above. */
export function isInquiry(bytes: Uint8Array): boolean {
  return bytes.length > head.length && bytes[head.length]! >= askType && head.every((byte, at) => bytes[at] === byte);
}

/** Bytes of a message of `from` before its payload. */
export function overheadBytes(from: string): number {
  return head.length + 1 + 4 + 1 + utf8Length(from) + 4;
}

/** The bytes of a message, as a user message carries them. */
export function encodeInquiry(message: InquiryMessage): Uint8Array {
  const writer = new ByteWriter(overheadBytes(message.from) + message.payload.length);
  writer.write(head);
  writer.u8(message.type === 'ask' ? askType : answerType);
  writer.u32(message.id);
  writer.u8(utf8Length(message.from));
  writeUtf8(writer, message.from);
  if (message.type === 'ask') {
    writer.u16(message.topic);
    writer.u16(Math.min(message.askedCount, 0xffff));
  } else {
    writer.u16(message.piece);
    writer.u16(message.pieceCount);
  }
  writer.write(message.payload);
  return writer.copy();
}

/** Undefined for bytes that are none. What it returns holds copies. */
export function decodeInquiry(bytes: Uint8Array): InquiryMessage | undefined {
  if (!isInquiry(bytes)) return undefined;
  const reader = new ByteReader(bytes);
  reader.skip(head.length);
  const type = reader.u8();
  const id = reader.u32();
  const from = decodeUtf8(reader.view(reader.u8()));
  const first = reader.u16();
  const second = reader.u16();
  if (reader.failure !== undefined || from === '') return undefined;
  const payload = copyBytes(reader.view(reader.remaining));
  if (type === askType) return { type: 'ask', id, from, topic: first, askedCount: second, payload };
  if (type !== answerType || first >= second) return undefined;
  return { type: 'answer', id, from, piece: first, pieceCount: second, payload };
}
