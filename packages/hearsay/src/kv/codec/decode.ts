import type { KvMessage } from '../protocol.ts';
import type { KvFailure } from './failure.ts';

/** Reads messages, and counts those that cannot be read by reason. */
export class KvDecoder {
  /** Messages refused, by reason. */
  readonly refusals: Record<KvFailure, number> = { truncated: 0 };

  /** The message, or `undefined` when the bytes are none. What is kept of `bytes` is copied. */
  decode(bytes: Uint8Array): KvMessage | undefined {
    if (!isKvMessage(bytes)) this.refusals.truncated += 1;
    return undefined;
  }
}

/** Whether a user message is of the state layer, of whatever version. */
export function isKvMessage(bytes: Uint8Array): boolean {
  return bytes[0] === 0xe7 && bytes[1] === 0x47 && bytes[2] === 0x53;
}

/** As {@link KvDecoder.decode}, without counting. */
export function decodeKvMessage(bytes: Uint8Array): KvMessage | undefined {
  return new KvDecoder().decode(bytes);
}
