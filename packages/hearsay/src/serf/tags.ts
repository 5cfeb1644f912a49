import { ByteReader, ByteWriter, ClusterError } from '../util/index.ts';
import {
  decodeUtf8,
  readMapHeader,
  readTextUpTo,
  wireLimits,
  writeLargeMapHeader,
  writeText,
  writeUtf8,
} from '../wire/index.ts';
import { serfLimits } from './limits.ts';

/** First byte of metadata that holds a map. Any other is the first of a bare role (Serf `tagMagicByte`). */
const MAP_MARK = 0xff;
/** Below this protocol version metadata is the bare role. */
const MAP_VERSION = 3;

/** A member's tags. Any text is a legal key, `__proto__` too. */
export type Tags = Readonly<Record<string, string>>;

/** Metadata for `tags`, whatever its length. Before version 3 only the tag `role` travels. */
export function encodeTags(tags: Tags, protocolVersion: number): Uint8Array {
  const writer = new ByteWriter(wireLimits.metaMaxBytes);
  if (protocolVersion < MAP_VERSION) {
    writeUtf8(writer, Object.hasOwn(tags, 'role') ? tags['role']! : '');
  } else {
    writer.u8(MAP_MARK);
    writeTagMap(writer, tags);
  }
  return writer.copy();
}

/**
 * Metadata for `tags`, which must fit.
 *
 * @throws {@link ClusterError} `ERR_TAGS_TOO_LARGE` when they encode to more than 512 bytes
 */
export function checkTags(tags: Tags, protocolVersion: number): Uint8Array {
  const meta = encodeTags(tags, protocolVersion);
  if (meta.length <= wireLimits.metaMaxBytes) return meta;
  throw new ClusterError(
    'ERR_TAGS_TOO_LARGE',
    `Encoded length of tags exceeds limit of ${wireLimits.metaMaxBytes} bytes (these take ${meta.length})`,
  );
}

/**
 * The tags in a member's metadata. Never fails: of a broken map the pairs before the break count, and the failure of
 * `reader`, which may be given to see it, tells what broke. Metadata that is no map is the role, so a member without
 * any has the tag `role`, and it is empty.
 */
export function decodeTags(meta: Uint8Array, reader: ByteReader = new ByteReader()): Tags {
  if (meta[0] !== MAP_MARK) return tagsOf([['role', decodeUtf8(meta)]]);
  reader.reset(meta, 1);
  return readTagMap(reader);
}

/** Writes the map in the order of its keys, so that equal tags are equal bytes. */
export function writeTagMap(writer: ByteWriter, tags: Tags): void {
  const keys = Object.keys(tags).toSorted();
  writeLargeMapHeader(writer, keys.length);
  for (const key of keys) {
    writeText(writer, key);
    writeText(writer, tags[key]!);
  }
}

/** Reads a map of texts; of a broken one the pairs before the break. */
export function readTagMap(reader: ByteReader): Tags {
  const pairs: [string, string][] = [];
  const count = readMapHeader(reader);
  for (let index = 0; index < count && reader.failure === undefined; index += 1) {
    if (index >= serfLimits.tagsMax) {
      reader.fail('too-many-entries');
      break;
    }
    const key = readTextUpTo(reader, wireLimits.packetMaxBytes);
    const value = readTextUpTo(reader, wireLimits.packetMaxBytes);
    if (reader.failure === undefined) pairs.push([key, value]);
  }
  return tagsOf(pairs);
}

/** Without a prototype no key can be mistaken for something inherited. */
function tagsOf(pairs: readonly (readonly [string, string])[]): Tags {
  const tags = Object.create(null) as Record<string, string>;
  for (const [key, value] of pairs) tags[key] = value;
  return tags;
}
