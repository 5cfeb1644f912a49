import { readFileSync } from 'node:fs';
import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { requestBodyCodecs, responseBodyCodecs } from './rpc-codecs.ts';
import { kvChangeRecord, kvRequestBodyCodecs, kvResponseBodyCodecs } from './rpc-kv-codecs.ts';
import type { RpcKvCommand, RpcKvEntry } from './rpc-kv-messages.ts';
import { decodeRecord, decodeRequestBody, decodeResponseBody } from './rpc-protocol.ts';
import type { ValueCodec } from './rpc-values.ts';

const commands = Object.keys(kvRequestBodyCodecs) as RpcKvCommand[];
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const names = fc.option(fc.array(text, { maxLength: 5 }));
const count = fc.maxSafeNat();
const value = fc.uint8Array({ maxLength: 300 });
const entry: fc.Arbitrary<RpcKvEntry> = fc.record({ author: text, key: text, ttlMs: count, value, writtenAtMs: count });
const bool = fc.boolean();
const written = fc.record({ changed: bool, code: text, missing: names, overwrittenBy: text, seenCount: count });

const requests: Record<RpcKvCommand, fc.Arbitrary<unknown>> = {
  'hearsay/kv/1/get': fc.record({ key: text, lane: text, node: text }),
  'hearsay/kv/1/put': fc.record({ key: text, lane: text, touch: bool, ttlMs: count, value, waitMs: count }),
  'hearsay/kv/1/delete': fc.record({ key: text, lane: text, waitMs: count }),
  'hearsay/kv/1/list': fc.record({ cursor: text, keysOnly: bool, lane: text, node: text, prefix: text }),
  'hearsay/kv/1/watch': fc.record({ key: text, lane: text, node: text, prefix: text, snapshot: bool }),
  'hearsay/kv/1/where': fc.record({ key: text, waitMs: count }),
};
const responses: Record<RpcKvCommand, fc.Arbitrary<unknown>> = {
  'hearsay/kv/1/get': fc.record({ code: text, entry, found: bool }),
  'hearsay/kv/1/put': written,
  'hearsay/kv/1/delete': written,
  'hearsay/kv/1/list': fc.record({ code: text, cursor: text, entries: fc.option(fc.array(entry, { maxLength: 4 })) }),
  'hearsay/kv/1/watch': fc.record({ code: text }),
  'hearsay/kv/1/where': fc.record({ code: text, entry, found: bool, incapable: names, missing: names, seen: names }),
};
const change = fc.record({ concurrent: bool, entry, previous: fc.option(value), source: text, type: text });

function bytesOf<T>(codec: ValueCodec<T>, body: T): Uint8Array {
  const writer = new ByteWriter();
  codec.write(writer, body, 'unsigned');
  return writer.copy();
}

function expectRoundTrip(codec: ValueCodec<unknown>, bodies: fc.Arbitrary<unknown>): void {
  fc.assert(
    fc.property(bodies, (body) => {
      const bytes = bytesOf(codec, body);
      const reader = new ByteReader(bytes);
      expect(codec.read(reader)).toEqual(body);
      expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
      // Another library reads it too, and finds the keys in their order.
      const keys = Object.keys(decode(bytes) as object);
      expect(keys).toEqual(keys.toSorted());
    }),
    { numRuns: 50 },
  );
}

test.each(commands)('bodies of %s come out as they went in', (command) => {
  expectRoundTrip(requestBodyCodecs[command] as ValueCodec<unknown>, requests[command]);
  expectRoundTrip(responseBodyCodecs[command] as ValueCodec<unknown>, responses[command]);
});

test('records of a watch come out as they went in', () => {
  expectRoundTrip(kvChangeRecord, change);
});

test('whatever bytes come, the decoders say no and do not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...commands), (bytes, command) => {
      decodeRequestBody(command, bytes);
      decodeResponseBody(command, bytes);
      decodeRecord('hearsay/kv/1/watch', bytes);
    }),
    { numRuns: 2_000 },
  );
});

test('a body that is cut short is no body, and one with fields of a later version is', () => {
  const whole = bytesOf(kvRequestBodyCodecs['hearsay/kv/1/get'], { key: 'k', lane: 'shared', node: '' });
  for (let length = 0; length < whole.length; length += 1) {
    expect(decodeRequestBody('hearsay/kv/1/get', whole.subarray(0, length)).ok).toBe(false);
  }
  // Four entries instead of three; the new one is {"Zone": 7}.
  const later = Uint8Array.of(whole[0]! + 1, ...whole.subarray(1), 0xa4, 0x5a, 0x6f, 0x6e, 0x65, 7);
  expect(decodeRequestBody('hearsay/kv/1/get', later)).toEqual({
    ok: true,
    value: { key: 'k', lane: 'shared', node: '' },
  });
});

test('what an old agent leaves out is nothing, also in an entry', () => {
  // {"Code": ""}
  const bytes = Uint8Array.of(0x81, 0xa4, 0x43, 0x6f, 0x64, 0x65, 0xa0);
  expect(decodeResponseBody('hearsay/kv/1/get', bytes)).toEqual({
    ok: true,
    value: kvResponseBodyCodecs['hearsay/kv/1/get'].empty(),
  });
});

test('docs/agent.md has every command with the fields of its body and of its answer', () => {
  const page = readFileSync(new URL('../../../../docs/agent.md', import.meta.url), 'utf8');
  const fieldsOf = (codec: ValueCodec<unknown>): string[] =>
    Object.keys(decode(bytesOf(codec, codec.empty())) as object).filter((field) => field !== 'Code');
  for (const command of commands) {
    const row = new RegExp(`^\\| \`${command}\` +\\|(.*)\\|(.*)\\|$`, 'm').exec(page);
    const named = (cell: string | undefined): string[] =>
      [...(cell ?? '').matchAll(/`([A-Z]\w*)`/g)].map(([, name]) => name!);
    expect([command, named(row?.[1])]).toEqual([
      command,
      fieldsOf(kvRequestBodyCodecs[command] as ValueCodec<unknown>),
    ]);
    const answer = {
      'hearsay/kv/1/watch': fieldsOf(kvChangeRecord),
      'hearsay/kv/1/delete': [], // as for put
    }[command as string];
    const expected = answer ?? fieldsOf(kvResponseBodyCodecs[command]);
    expect([command, named(row?.[2]).toSorted()]).toEqual([command, expected.toSorted()]);
  }
});
