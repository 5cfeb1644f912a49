import { StreamCodec, type StreamMessage, type StreamReader, type WireConfig } from 'hearsay/wire';
import { nodeAead } from './node-aead.ts';
import { plainConfig } from './packet-helpers.ts';

/** How a stream's bytes arrive: as chunk lengths, the last of which repeats. */
export type Chunking = readonly number[];

export function newStreamCodec(
  config: Partial<WireConfig> = {},
  keys?: readonly Uint8Array[],
  nonce: Uint8Array = new Uint8Array(12),
): StreamCodec {
  const source = keys === undefined ? undefined : { keys };
  return new StreamCodec({ ...plainConfig, ...config }, source, nodeAead, (target) => target.set(nonce));
}

/** Feeds `bytes` in chunks that are overwritten after each call, as a driver may do with its buffers. */
export function feed(reader: StreamReader, bytes: Uint8Array, chunking: Chunking = [bytes.length]): StreamReader {
  let position = 0;
  for (let index = 0; position < bytes.length; index += 1) {
    const length = Math.max(1, chunking[Math.min(index, chunking.length - 1)]!);
    const chunk = Buffer.from(bytes.subarray(position, position + length));
    reader.receive(chunk);
    chunk.fill(0xff);
    position += length;
  }
  reader.receiveEnd();
  return reader;
}

/** What a reader came to, for comparing runs. */
export function outcomeOf(reader: StreamReader): StreamMessage | string {
  return reader.result ?? `${reader.failure}; replies: ${reader.wantsErrorReply}`;
}
