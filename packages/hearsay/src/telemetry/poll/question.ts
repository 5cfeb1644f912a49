import { ByteReader, ByteWriter } from '../../util/index.ts';
import { readVarint, writeVarint } from '../../kv/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../../wire/index.ts';
import { telemetryLimits } from '../limits.ts';

const version = 1;
const { metricsMax, nameMaxBytes } = telemetryLimits;

/** Asks for metrics of those names; for all when there are none. */
export function encodePollQuestion(names: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(version);
  for (const name of names) {
    writeVarint(writer, utf8Length(name));
    writeUtf8(writer, name);
  }
  return writer.copy();
}

/** The names; undefined for bytes that are no question. */
export function decodePollQuestion(bytes: Uint8Array): readonly string[] | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== version) return undefined;
  const names: string[] = [];
  while (reader.remaining > 0 && names.length < metricsMax) {
    const nameBytes = readVarint(reader);
    if (nameBytes === 0 || nameBytes > nameMaxBytes) reader.fail('name');
    names.push(decodeUtf8(reader.view(nameBytes)));
  }
  return reader.failure === undefined && reader.remaining === 0 ? names : undefined;
}
