import { ByteReader, ByteWriter } from '../util/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../wire/index.ts';
import type { LostTime, ToldHearing, TraceAnswer } from './answer.ts';
import { traceLimits } from './limits.ts';
import type { RumorKey } from './rumor-key.ts';
import { heardVias } from './rumor-log.ts';

const version = 1;
/** Spans are told in tenths of a millisecond, which 32 bits hold for five days. */
const unitsPerMs = 10;
const never = 0xffffffff;
const flags = { heard: 1, gone: 2, sent: 4 } as const;

/** The bytes of a question. */
export function encodeQuestion(key: RumorKey): Uint8Array {
  const writer = new ByteWriter(1 + utf8Length(key));
  writer.u8(version);
  writeUtf8(writer, key);
  return writer.copy();
}

/** Undefined for bytes that are none. */
export function decodeQuestion(bytes: Uint8Array): RumorKey | undefined {
  if (bytes[0] !== version || bytes.length > 1 + 4 * traceLimits.keyMaxLength) return undefined;
  return decodeUtf8(bytes, 1);
}

/** The bytes of an answer. */
export function encodeAnswer(answer: TraceAnswer): Uint8Array {
  const { hearing } = answer;
  const writer = new ByteWriter(256);
  writer.u8(version);
  writer.u8(
    (hearing === undefined ? 0 : flags.heard) |
      (hearing?.isGone === true ? flags.gone : 0) |
      (hearing?.waitedMs === undefined ? 0 : flags.sent),
  );
  writeSpan(writer, answer.heldMs);
  writeSpan(writer, answer.startedAgoMs);
  writeSpan(writer, answer.forgottenAgoMs);
  writeSpan(writer, answer.unpaidAgoMs);
  writeLostTimes(writer, answer.stalls);
  writeLostTimes(writer, answer.silences);
  if (hearing !== undefined) writeHearing(writer, hearing);
  return writer.copy();
}

/** Undefined for bytes that are none. */
export function decodeAnswer(bytes: Uint8Array): TraceAnswer | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== version) return undefined;
  const bits = reader.u8();
  const heldMs = readSpan(reader);
  const startedAgoMs = readSpan(reader);
  const forgottenAgoMs = readSpan(reader);
  const unpaidAgoMs = readSpan(reader);
  const stalls = readLostTimes(reader);
  const silences = readLostTimes(reader);
  const hearing = (bits & flags.heard) === 0 ? undefined : readHearing(reader, bits);
  if (reader.failure !== undefined) return undefined;
  return { heldMs, startedAgoMs, forgottenAgoMs, unpaidAgoMs, stalls, silences, hearing };
}

function writeHearing(writer: ByteWriter, hearing: ToldHearing): void {
  const { agoMs, via, fromName = '', fromAddress = '', copyCount, queuedCount, sendCount, waitedMs = 0 } = hearing;
  writeSpan(writer, agoMs);
  writer.u8(heardVias.indexOf(via));
  for (const count of [copyCount, queuedCount, sendCount]) writer.u32(Math.min(count, never));
  writeSpan(writer, waitedMs);
  writeText(writer, fromName);
  writeText(writer, fromAddress);
}

function readHearing(reader: ByteReader, bits: number): ToldHearing | undefined {
  const agoMs = readSpan(reader);
  const via = heardVias[reader.u8()];
  const [copyCount, queuedCount, sendCount] = [reader.u32(), reader.u32(), reader.u32()];
  const waitedMs = readSpan(reader);
  const fromName = readText(reader);
  const fromAddress = readText(reader);
  if (via === undefined) {
    reader.fail('via');
    return undefined;
  }
  const isGone = (bits & flags.gone) !== 0;
  const counts = { copyCount, queuedCount, sendCount };
  const waited = (bits & flags.sent) === 0 ? undefined : waitedMs;
  return { agoMs, via, fromName, fromAddress, ...counts, waitedMs: waited, isGone };
}

function writeSpan(writer: ByteWriter, spanMs: number): void {
  writer.u32(spanMs === Infinity ? never : Math.min(Math.max(0, Math.round(spanMs * unitsPerMs)), never - 1));
}

function readSpan(reader: ByteReader): number {
  const units = reader.u32();
  return units === never ? Infinity : units / unitsPerMs;
}

function writeLostTimes(writer: ByteWriter, spans: readonly LostTime[]): void {
  const told = spans.slice(0, traceLimits.stallsMax);
  writer.u8(told.length);
  for (const { endedAgoMs, lengthMs } of told) {
    writeSpan(writer, endedAgoMs);
    writeSpan(writer, lengthMs);
  }
}

function readLostTimes(reader: ByteReader): LostTime[] {
  const spans: LostTime[] = [];
  const count = reader.u8();
  if (count > traceLimits.stallsMax) reader.fail('too many');
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    spans.push({ endedAgoMs: readSpan(reader), lengthMs: readSpan(reader) });
  }
  return spans;
}

/** Names and addresses are below 256 bytes. */
function writeText(writer: ByteWriter, text: string): void {
  const lengthBytes = utf8Length(text);
  writer.u8(lengthBytes > 0xff ? 0 : lengthBytes);
  if (lengthBytes <= 0xff) writeUtf8(writer, text);
}

function readText(reader: ByteReader): string | undefined {
  const text = decodeUtf8(reader.view(reader.u8()));
  return text === '' ? undefined : text;
}
