import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { kvFailures, KvDecoder, encodeKvMessage } from '../../packages/hearsay/src/kv/codec/index.ts';
import { kvMessageTypes } from '../../packages/hearsay/src/kv/codec/message-type.ts';
import type { KvMessage } from '../../packages/hearsay/src/kv/protocol.ts';
import { fromHex, toHex } from './vectors.ts';

/** `hex` may have spaces; in `message` bytes are hex, maps are lists of pairs, and what is absent is null. */
interface MessageVector {
  readonly name: string;
  readonly hex: string;
  readonly message: { readonly type: string };
}

interface MalformedVector {
  readonly name: string;
  readonly hex: string;
  readonly reason: string;
}

const messages = load<MessageVector>('messages');
const malformed = load<MalformedVector>('malformed');

describe('the bytes of state messages', () => {
  test.each(messages)('$name', ({ hex, message }) => {
    const bytes = bytesOf(hex);
    const decoded = new KvDecoder().decode(bytes);
    expect(toJson(decoded)).toEqual(message);
    expect(toHex(encodeKvMessage(decoded!))).toBe(toHex(bytes));
  });

  test('there is a vector of every type', () => {
    expect(new Set(messages.map(({ message }) => message.type))).toEqual(new Set(kvMessageTypes));
  });
});

describe('bytes that are no state message', () => {
  test.each(malformed)('$name: $reason', ({ hex, reason }) => {
    const decoder = new KvDecoder();
    expect(decoder.decode(bytesOf(hex))).toBeUndefined();
    expect(Object.entries(decoder.refusals).filter(([, count]) => count > 0)).toEqual([[reason, 1]]);
  });

  test('there is a vector for every reason', () => {
    // A message that is too large is made by a test of its own.
    expect(new Set([...malformed.map(({ reason }) => reason), 'too-large'])).toEqual(new Set(kvFailures));
  });
});

function load<Vector>(file: string): readonly Vector[] {
  const path = new URL(`../vectors/kv/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors;
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex.replaceAll(' ', ''));
}

function toJson(message: KvMessage | undefined): unknown {
  const text = JSON.stringify(message, (_, value: unknown) => {
    if (value instanceof Map) return [...value];
    return value instanceof Uint8Array ? toHex(value) : (value ?? null);
  });
  return JSON.parse(text);
}
