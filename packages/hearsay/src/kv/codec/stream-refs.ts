import { assert, type ByteReader, type ByteWriter } from '../../util/index.ts';
import type { Owners } from '../messages.ts';
import { streamKeyOf, type StreamKey, type StreamOwner } from '../stream.ts';
import { readKey64, readNameOf, writeKey64, writeOwner } from './fields.ts';
import { readVarint, writeVarint } from './varint.ts';

/**
 * Writes which streams the entries of a message are of: in full where a stream is first mentioned, and by number after.
 * In full is its owner, from which the hash follows; or, of a stream that is only mentioned as a parent's and whose owner
 * is not known, an empty name and the hash.
 */
export class StreamRefWriter {
  readonly #owners: Owners;
  readonly #numbers = new Map<StreamKey, number>();

  constructor(owners: Owners) {
    this.#owners = owners;
  }

  /** The stream's number; what it stands for too, if this is its first mention. */
  write(writer: ByteWriter, stream: StreamKey): void {
    const known = this.#numbers.get(stream);
    if (known !== undefined) return writeVarint(writer, known);
    const owner = this.#owners.get(stream);
    writeVarint(writer, this.#numbers.size);
    this.#numbers.set(stream, this.#numbers.size);
    if (owner === undefined) {
      writer.u8(0);
      writeKey64(writer, stream);
    } else {
      assert(streamKeyOf(owner, 0) === stream, 'a stream is named after its owner');
      writeOwner(writer, owner);
    }
  }
}

/** Reads what {@link StreamRefWriter} writes. */
export class StreamRefReader {
  /** Of the streams mentioned so far, where they are told. */
  readonly owners: Map<StreamKey, StreamOwner> = new Map();
  readonly #streams: StreamKey[] = [];

  read(reader: ByteReader): StreamKey {
    const number = readVarint(reader);
    const known = this.#streams[number];
    if (known !== undefined) return known;
    if (number !== this.#streams.length) {
      reader.fail('out-of-range');
      return '';
    }
    const stream = this.#readNew(reader);
    this.#streams.push(stream);
    return stream;
  }

  #readNew(reader: ByteReader): StreamKey {
    const nameBytes = readVarint(reader);
    if (nameBytes === 0) return readKey64(reader);
    const owner = { node: readNameOf(reader, nameBytes), generation: readKey64(reader) };
    const stream = streamKeyOf(owner, 0);
    this.owners.set(stream, owner);
    return stream;
  }
}
