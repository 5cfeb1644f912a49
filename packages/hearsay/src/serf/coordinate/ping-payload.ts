import type { ByteReader, ByteWriter } from '../../util/index.ts';
import {
  hasEntry,
  readDouble,
  readKey,
  readListHeader,
  readStructHeader,
  skipValue,
  writeDouble,
  writeListHeader,
  writeMapHeader,
  writeText,
} from '../../wire/index.ts';
import { serfLimits } from '../limits.ts';
import type { Coordinate } from './vivaldi.ts';

/** First byte of the payload of an ack (Serf `PingVersion`). */
const PING_VERSION = 1;

/** Writes the version and the map. */
export function encodePingPayload(writer: ByteWriter, coordinate: Coordinate): void {
  writer.u8(PING_VERSION);
  writeMapHeader(writer, 4);
  writeText(writer, 'Adjustment');
  writeDouble(writer, coordinate.adjustment);
  writeText(writer, 'Error');
  writeDouble(writer, coordinate.error);
  writeText(writer, 'Height');
  writeDouble(writer, coordinate.height);
  writeText(writer, 'Vec');
  writeListHeader(writer, coordinate.vec.length);
  for (const component of coordinate.vec) writeDouble(writer, component);
}

const coordinateKeys = ['Vec', 'Error', 'Adjustment', 'Height'];

/**
 * Reads the payload of an ack. Another version, and numbers that no measurement could have led to, set the reader's
 * `failure`: they would throw this node's coordinate far away, or make it begin anew.
 */
export function decodePingPayload(reader: ByteReader): Coordinate {
  let vec: readonly number[] = [];
  let error = 0;
  let adjustment = 0;
  let height = 0;
  if (reader.u8() !== PING_VERSION) reader.fail('unknown-type');
  const header = readStructHeader(reader);
  for (let index = 0; hasEntry(reader, header, index); index += 1) {
    switch (readKey(reader, header, index, coordinateKeys)) {
      case 'Adjustment':
        adjustment = readComponent(reader);
        break;
      case 'Error':
        error = readComponent(reader);
        break;
      case 'Height':
        height = readComponent(reader);
        break;
      case 'Vec':
        vec = readVec(reader);
        break;
      default:
        skipValue(reader);
    }
  }
  if (error < 0 || height < 0) reader.fail('negative');
  return { vec, error, adjustment, height };
}

function readVec(reader: ByteReader): readonly number[] {
  const count = readListHeader(reader);
  if (count > serfLimits.dimensionsMax) reader.fail('too-many-entries');
  const vec: number[] = [];
  while (vec.length < count && reader.failure === undefined) vec.push(readComponent(reader));
  return vec;
}

function readComponent(reader: ByteReader): number {
  const value = readDouble(reader);
  // Not a number is not within the limit either.
  if (!(Math.abs(value) <= serfLimits.coordinateMaxSeconds)) reader.fail('out-of-range');
  return value;
}
