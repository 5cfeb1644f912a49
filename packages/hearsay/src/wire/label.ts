import { ByteWriter, ClusterError, type ByteReader } from '../util/index.ts';
import { wireLimits } from './limits.ts';
import { MessageType } from './messages.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';

/**
 * The bytes of a cluster's label: what travels in the label header, and is authenticated with everything sealed.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` when it has more than 255 bytes
 */
export function encodeLabel(label: string): Uint8Array {
  const length = utf8Length(label);
  if (length > wireLimits.labelMaxBytes) {
    throw new ClusterError('ERR_CONFIG', `label is ${length} bytes, the limit is ${wireLimits.labelMaxBytes}`);
  }
  const writer = new ByteWriter(length);
  writeUtf8(writer, label);
  return writer.copy();
}

/** How many bytes the header of `label` takes; none without a label. */
export function labelHeaderBytes(label: Uint8Array): number {
  return label.length === 0 ? 0 : 2 + label.length;
}

/** Writes marker, length and label; nothing without a label, as memberlist takes an empty header for malformed. */
export function writeLabelHeader(writer: ByteWriter, label: Uint8Array): void {
  if (label.length === 0) return;
  writer.u8(MessageType.label);
  writer.u8(label.length);
  writer.write(label);
}

/**
 * Takes the label header, if there is one, and compares it with ours; what does not fit fails the reader.
 * `skipCheck` is for behind something that strips labels: then no header may come, and none is missed.
 */
export function readLabelHeader(reader: ByteReader, label: Uint8Array, skipCheck: boolean): void {
  if (reader.peek() !== MessageType.label) {
    if (label.length > 0 && !skipCheck) reader.fail('label-mismatch');
    return;
  }
  reader.skip(1);
  const length = reader.remaining > 0 ? reader.u8() : 0;
  if (length === 0 || length > reader.remaining) return reader.fail('label-malformed');
  const start = reader.position;
  reader.skip(length);
  if (skipCheck || !isSame(label, reader.bytes, start, length)) reader.fail('label-mismatch');
}

function isSame(label: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (label.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (label[index] !== bytes[start + index]) return false;
  }
  return true;
}
