import { readVarint, writeVarint } from '../kv/index.ts';
import { swimLimits } from '../swim/index.ts';
import { ByteReader, ByteWriter, copyBytes, formatAddress } from '../util/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../wire/index.ts';
import type { Belief, BeliefState } from './belief.ts';
import { viewsLimits } from './limits.ts';

/** What a node believes of one member, as it tells others who ask. */
export interface TableRow {
  readonly name: string;
  readonly state: BeliefState;
  /** `host:port`; empty when it is nothing that can be contacted. */
  readonly address: string;
  readonly incarnation: number;
  /** What the member says of itself, as it travels. */
  readonly meta: Uint8Array;
}

/** A part of a member list, by name. */
export interface TablePage {
  readonly rows: readonly TableRow[];
  /** Whether more members follow. */
  readonly hasMore: boolean;
}

const version = 1;
/** Of a page: the version, and whether more follows. */
const headBytes = 2;
const states: readonly BeliefState[] = ['alive', 'suspect', 'failed', 'left'];

/** Asks for the members whose names come after that one; all begin after the empty name. */
export function encodeTableQuestion(after: string): Uint8Array {
  const writer = new ByteWriter(1 + utf8Length(after));
  writer.u8(version);
  writeUtf8(writer, after);
  return writer.copy();
}

/** Undefined for bytes that are none. */
export function decodeTableQuestion(bytes: Uint8Array): string | undefined {
  return bytes[0] === version ? decodeUtf8(bytes, 1) : undefined;
}

/** What a node believes of a member, as a row. */
export function rowOf({ name, state, address, incarnation, meta }: Belief): TableRow {
  const text = address === undefined ? '' : formatAddress(address);
  return { name, state, address: text, incarnation, meta: meta.subarray(0, viewsLimits.metaMaxBytes) };
}

/** The members whose names come after that one, as many as fit into a page. */
export function encodePage(beliefs: Iterable<Belief>, after: string): Uint8Array {
  const rest = [...beliefs].filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = new ByteWriter();
  let count = 0;
  for (const belief of rest) {
    const endBytes = rows.length;
    writeRow(rows, rowOf(belief));
    if (headBytes + rows.length > viewsLimits.pageMaxBytes) {
      rows.truncate(endBytes);
      break;
    }
    count += 1;
  }
  const writer = new ByteWriter(headBytes + rows.length);
  writer.u8(version);
  writer.u8(count < rest.length ? 1 : 0);
  writer.write(rows.bytes.subarray(0, rows.length));
  return writer.copy();
}

/** Undefined for bytes that are none, or whose names are not in order after `after`. */
export function decodePage(bytes: Uint8Array, after: string): TablePage | undefined {
  const reader = new ByteReader(bytes);
  if (bytes.length > viewsLimits.pageMaxBytes || reader.u8() !== version) return undefined;
  const hasMore = reader.u8() === 1;
  const rows: TableRow[] = [];
  let last = after;
  while (reader.remaining > 0) {
    const row = readRow(reader);
    if (row === undefined || row.name <= last) return undefined;
    last = row.name;
    rows.push(row);
  }
  const isEmpty = hasMore && rows.length === 0;
  return reader.failure !== undefined || isEmpty ? undefined : { rows, hasMore };
}

function writeRow(writer: ByteWriter, { name, state, address, incarnation, meta }: TableRow): void {
  for (const text of [name, address]) {
    writeVarint(writer, utf8Length(text));
    writeUtf8(writer, text);
  }
  writer.u8(states.indexOf(state));
  writeVarint(writer, incarnation);
  writeVarint(writer, meta.length);
  writer.write(meta);
}

function readRow(reader: ByteReader): TableRow | undefined {
  const name = readText(reader);
  const address = readText(reader);
  const state = states[reader.u8()];
  const incarnation = readVarint(reader);
  const meta = copyBytes(reader.view(readVarint(reader)));
  if (reader.failure !== undefined || state === undefined) return undefined;
  return { name, state, address, incarnation, meta };
}

/** No member has a longer name, and addresses are shorter. */
function readText(reader: ByteReader): string {
  const textBytes = readVarint(reader);
  if (textBytes > swimLimits.nameMaxBytes) reader.fail('text');
  return decodeUtf8(reader.view(textBytes));
}
