import { streamKeyOf, type KvRecord, type SavedState, type StreamRow } from '../../kv/index.ts';

/** Beside key and value: what an entry, or a stream, takes in a record. Chosen, a little too much. */
const entryBytes = 64;
const streamBytes = 80;

/** About how many bytes a record will be. */
export function bytesOf(record: KvRecord): number {
  let bytes = streamBytes;
  if (record.lane === 0) {
    for (const { key, value } of record.entries) bytes += key.length + value.length + entryBytes;
    for (const key of record.absent) bytes += key.length;
    for (const { row } of record.streams) bytes += streamBytes + row.extras.length * 2;
    return bytes + record.forgotten.length * 8;
  }
  for (const { row, entries, absent } of record.streams) {
    bytes += streamBytes + row.extras.length * 2;
    for (const { key, value } of entries) bytes += key.length + value.length + entryBytes;
    for (const key of absent) bytes += key.length;
  }
  return bytes;
}

/** The versions that a node's own streams give next. */
export interface NextVersions {
  readonly shared: number;
  readonly owned: number;
}

/** Those of a state's own streams. */
export function nextVersions({ own, shared, owned }: SavedState): NextVersions {
  const sharedRow = shared.rows.get(streamKeyOf(own, 0));
  const ownedRow = owned.streams.find(({ owner }) => isSameOwner(owner, own))?.row;
  return { shared: nextVersion(sharedRow), owned: nextVersion(ownedRow) };
}

/** Whether the record tells of a write of this node that is not among those before `next`. */
export function isNewWrite(record: KvRecord, next: NextVersions): boolean {
  const { own } = record;
  if (record.lane === 0) {
    const key = streamKeyOf(own, 0);
    return record.streams.some((stream) => stream.key === key && nextVersion(stream.row) > next.shared);
  }
  return record.streams.some(({ owner, row }) => isSameOwner(owner, own) && nextVersion(row) > next.owned);
}

function nextVersion(row: StreamRow | undefined): number {
  if (row === undefined) return 1;
  return (row.extras[row.extras.length - 1] ?? row.prefix) + 1;
}

function isSameOwner(a: SavedState['own'], b: SavedState['own']): boolean {
  return a.node === b.node && a.generation === b.generation;
}
