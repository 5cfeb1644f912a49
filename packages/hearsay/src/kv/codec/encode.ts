import type { KvMessage } from '../protocol.ts';

/** The message as a memberlist user message: a head of 5 bytes, then its fields. */
export function encodeKvMessage(message: KvMessage): Uint8Array {
  return new Uint8Array(message.type.length);
}
