import { ByteWriter } from '../util/index.ts';
import { encodeNodeEntry, type NodeEntry } from '../wire/index.ts';
import type { MemberList } from './member-list.ts';
import type { Member, MemberState } from './member.ts';

/** By the number that stands for it in an entry. */
export const entryStates: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left'];

/** Scratch for encoding. */
const entry: NodeEntry = { name: '', addr: null, port: 0, meta: null, incarnation: 0, state: 0, vsn: null };

/**
 * Appends what a push/pull says of `member`, and returns how many entries that is: none without versions, because
 * memberlist refuses an exchange that holds such a one.
 */
export function writeEntry(writer: ByteWriter, member: Member): number {
  if (member.vsn.length === 0) return 0;
  entry.name = member.name;
  entry.addr = member.addr;
  entry.port = member.port;
  entry.meta = member.meta;
  entry.incarnation = member.incarnation;
  entry.state = entryStates.indexOf(member.state);
  entry.vsn = member.vsn;
  encodeNodeEntry(writer, entry);
  return 1;
}

/** As {@link writeEntry}, for all members of `list`. Those that it shares and never changed were encoded once for all lists. */
export function writeEntries(writer: ByteWriter, list: MemberList): number {
  let count = 0;
  list.forEachRun(
    (start, end) => (count += list.shared.entries.write(writer, start, end)),
    (member) => (count += writeEntry(writer, member)),
  );
  return count;
}

/** The entries of members that do not change, each encoded once. */
export class EncodedEntries {
  readonly #writer: ByteWriter;
  /** By place: where the bytes of an entry begin, and how many entries stand before it. One more than there are members. */
  readonly #starts: Uint32Array;
  readonly #countsBefore: Uint32Array;

  constructor(members: readonly Member[]) {
    this.#writer = new ByteWriter(0);
    this.#starts = new Uint32Array(members.length + 1);
    this.#countsBefore = new Uint32Array(members.length + 1);
    let count = 0;
    for (const [index, member] of members.entries()) {
      count += writeEntry(this.#writer, member);
      this.#starts[index + 1] = this.#writer.length;
      this.#countsBefore[index + 1] = count;
    }
  }

  /** Appends the entries of the members from place `start` to before `end`, and returns how many they are. */
  write(writer: ByteWriter, start: number, end: number): number {
    writer.write(this.#writer.bytes.subarray(this.#starts[start], this.#starts[end]));
    return this.#countsBefore[end]! - this.#countsBefore[start]!;
  }
}
