import { assert, type ByteReader, type ByteWriter } from '../util/index.ts';
import { wireLimits } from './limits.ts';

/** The map keys of all memberlist messages; the wire spells them as in {@link fieldNames}. Source: memberlist `net.go`. */
export const Field = {
  unknown: 0,
  addr: 1,
  algo: 2,
  buf: 3,
  error: 4,
  from: 5,
  incarnation: 6,
  join: 7,
  meta: 8,
  nack: 9,
  name: 10,
  node: 11,
  nodes: 12,
  payload: 13,
  port: 14,
  seqNo: 15,
  sourceAddr: 16,
  sourceNode: 17,
  sourcePort: 18,
  state: 19,
  target: 20,
  userMsgLen: 21,
  userStateLen: 22,
  vsn: 23,
} as const;

export type Field = (typeof Field)[keyof typeof Field];

/** Indexed by {@link Field}. */
export const fieldNames: readonly string[] = [
  '',
  'Addr',
  'Algo',
  'Buf',
  'Error',
  'From',
  'Incarnation',
  'Join',
  'Meta',
  'Nack',
  'Name',
  'Node',
  'Nodes',
  'Payload',
  'Port',
  'SeqNo',
  'SourceAddr',
  'SourceNode',
  'SourcePort',
  'State',
  'Target',
  'UserMsgLen',
  'UserStateLen',
  'Vsn',
];

/** Each key as it is written: a msgpack fixstr, header included. */
const encodedFields: readonly Uint8Array[] = fieldNames.map((name) =>
  Uint8Array.of(0xa0 | name.length, ...Array.from(name, (letter) => letter.charCodeAt(0))),
);

const fieldsBySlot = buildSlots();

/** Writes the key of a map's entry; its value must follow. */
export function writeField(writer: ByteWriter, field: Field): void {
  writer.write(encodedFields[field]!);
}

/** Which field the next `length` bytes name; consumes them. */
export function readFieldName(reader: ByteReader, length: number): Field {
  const bytes = reader.bytes;
  const start = reader.position;
  if (length > wireLimits.keyMaxBytes) {
    reader.fail('key-too-long');
    return Field.unknown;
  }
  reader.skip(length);
  if (reader.failure !== undefined || length < 2) return Field.unknown;
  const field = fieldsBySlot[slotOf(length, bytes[start]!, bytes[start + 1]!, bytes[start + length - 1]!)]!;
  const encoded = encodedFields[field]!;
  if (encoded.length !== length + 1) return Field.unknown;
  for (let index = 0; index < length; index += 1) {
    if (bytes[start + index] !== encoded[index + 1]) return Field.unknown;
  }
  return field;
}

/** The multipliers were found by search so that no two names share a slot; {@link buildSlots} checks it. */
function slotOf(length: number, first: number, second: number, last: number): number {
  return (2 * length + first + second + 10 * last) & 63;
}

function buildSlots(): readonly Field[] {
  const slots = Array.from({ length: 64 }, (): Field => Field.unknown);
  for (const field of Object.values(Field)) {
    if (field === Field.unknown) continue;
    const name = fieldNames[field]!;
    const slot = slotOf(name.length, name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(name.length - 1));
    assert(slots[slot] === Field.unknown, 'no two field names share a slot');
    slots[slot] = field;
  }
  return slots;
}
