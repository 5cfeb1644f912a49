import { ByteReader, ByteWriter } from '../../util/index.ts';
import { readSingle, writeSingle } from '../numbers.ts';
import { Extrema } from './extrema.ts';
import { estimateLimits } from './limits.ts';
import { Mass, type MassFault } from './mass.ts';

/** What every message of our own among a cluster's user messages begins with: a mark, and version 1. */
const head: Uint8Array = Uint8Array.of(0xe7, 0x47, 0x53, 0x01);
const massType = 0x50;
const extremaType = 0x51;
const lastType = 0x57;

const { epochRounds, countDraws, weightDraws, namesMax } = estimateLimits;
/** A value and a rate of each. */
export const partsMax: number = 2 * namesMax;

/** The longest message: that of {@link partsMax} parts. */
export const messageMaxBytes: number = 15 + 24 * partsMax;

/** Where in which epoch the sender is. */
interface Round {
  /** Counts epochs, and begins again after 2^32. */
  readonly epoch: number;
  readonly round: number;
}

/** A half of what the sender had. */
export interface MassMessage extends Round {
  readonly type: 'mass';
  readonly mass: Mass;
}

/** The least draws that the sender knows of. */
export interface ExtremaMessage extends Round {
  readonly type: 'extrema';
  readonly count: Extrema;
  readonly weight: Extrema;
}

/** Why a message was refused. */
export type EstimateFault = MassFault | 'malformed';

/** Whether a user message is one of these: the mark, version 1, and a type from 0x50 to 0x57. */
export function isEstimate(bytes: Uint8Array): boolean {
  const type = bytes[head.length];
  if (type === undefined || type < massType || type > lastType) return false;
  return head.every((byte, at) => bytes[at] === byte);
}

/** The bytes of a {@link MassMessage}. */
export function encodeMass({ epoch, round }: Round, mass: Mass): Uint8Array {
  const writer = begin(massType, epoch, round, messageMaxBytes);
  writeSingle(writer, mass.weight);
  writer.u8(mass.parts.size);
  for (const [id, { sum, squares, holders, min, max }] of mass.parts) {
    writer.u32(id);
    for (const number of [sum, squares, holders, min, max]) writeSingle(writer, number);
  }
  return writer.copy();
}

/** The bytes of an {@link ExtremaMessage}. */
export function encodeExtrema({ epoch, round }: Round, count: Extrema, weight: Extrema): Uint8Array {
  const writer = begin(extremaType, epoch, round, head.length + 6 + countDraws + weightDraws);
  writer.write(count.levels);
  writer.write(weight.levels);
  return writer.copy();
}

/** A message, or why it is none. */
export function decodeEstimate(bytes: Uint8Array): MassMessage | ExtremaMessage | EstimateFault {
  const reader = new ByteReader(bytes);
  reader.skip(head.length);
  const type = reader.u8();
  const at = { epoch: reader.u32(), round: reader.u8() };
  if (at.round >= epochRounds) return 'malformed';
  if (type === massType) {
    const mass = readMass(reader);
    return isWhole(reader) ? (mass.fault ?? { type: 'mass', ...at, mass }) : 'malformed';
  }
  const [count, weight] = [readExtrema(reader, countDraws), readExtrema(reader, weightDraws)];
  return type === extremaType && isWhole(reader) ? { type: 'extrema', ...at, count, weight } : 'malformed';
}

function begin(type: number, epoch: number, round: number, capacityBytes: number): ByteWriter {
  const writer = new ByteWriter(capacityBytes);
  writer.write(head);
  writer.u8(type);
  writer.u32(epoch);
  writer.u8(round);
  return writer;
}

function readMass(reader: ByteReader): Mass {
  const mass = new Mass();
  mass.weight = readSingle(reader);
  const count = reader.u8();
  if (count > partsMax) reader.fail('parts');
  for (let index = 0; index < count; index += 1) {
    const id = reader.u32();
    const [sum, squares, holders] = [readSingle(reader), readSingle(reader), readSingle(reader)];
    mass.parts.set(id, { sum, squares, holders, min: readSingle(reader), max: readSingle(reader) });
  }
  if (mass.parts.size !== count) reader.fail('parts');
  return mass;
}

function readExtrema(reader: ByteReader, drawCount: number): Extrema {
  const extrema = new Extrema(drawCount);
  extrema.merge(reader.view(drawCount));
  return extrema;
}

function isWhole(reader: ByteReader): boolean {
  return reader.failure === undefined && reader.remaining === 0;
}
