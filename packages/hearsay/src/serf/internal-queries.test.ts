import { expect, test } from 'vitest';
import { QueryPool, strayQuery, type QueryNode, type QueryNodeOptions } from '../../../../test/support/query-pool.ts';
import { ByteReader, ByteWriter } from '../util/index.ts';
import { decodeConflictResponse, decodeKeyResponse, encodeKeyRequest } from './answer-codec.ts';
import { encodeBase64 } from './base64.ts';
import { decodeQueryResponse } from './message-codec.ts';
import type { ConflictResponse, KeyResponse } from './messages.ts';

const oldKey = new Uint8Array(16).fill(1);
const newKey = new Uint8Array(32).fill(2);
interface Asked {
  readonly pool: QueryPool;
  readonly node: QueryNode;
  /** Payload of the answer; undefined when there is none. */
  readonly ask: (name: string, payload: Uint8Array | null) => Uint8Array | undefined;
  readonly askKey: (name: string, payload: Uint8Array | null) => KeyResponse;
}

function nodeWith(options: QueryNodeOptions = {}): Asked {
  const pool = new QueryPool();
  const node = pool.add('self', options);
  let id = 0;
  const ask: Asked['ask'] = (name, payload) => {
    id += 1;
    const before = pool.strays.length;
    node.answerer.receive({ ...strayQuery, id, name: `_serf_${name}`, payload });
    expect(node.events).toEqual([]);
    const stray = pool.strays[before];
    return stray === undefined
      ? undefined
      : (decodeQueryResponse(new ByteReader(stray.message.subarray(1))).payload ?? undefined);
  };
  const askKey: Asked['askKey'] = (name, payload) => {
    const answer = ask(name, payload)!;
    expect(answer[0]).toBe(8);
    return decodeKeyResponse(new ByteReader(answer.subarray(1)));
  };
  return { pool, node, ask, askKey };
}

function request(key: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  encodeKeyRequest(writer, { key });
  return writer.copy();
}

function refusal(message: string): KeyResponse {
  return { result: false, message, keys: null, primaryKey: '' };
}

const done: KeyResponse = { result: true, message: '', keys: null, primaryKey: '' };

test('ping and unknown internal queries are not answered, and never reach the user', () => {
  const { node, ask } = nodeWith();
  expect(ask('ping', null)).toBeUndefined();
  expect(ask('nothing', null)).toBeUndefined();
  expect(ask('', null)).toBeUndefined();
  expect(node.stats.internalQueriesUnknown).toBe(2);
});

test('a key is installed, used and removed', () => {
  const { node, askKey } = nodeWith({ keys: [oldKey] });
  expect(askKey('install-key', request(newKey))).toEqual(done);
  expect(askKey('install-key', request(newKey))).toEqual(done);
  expect(node.keyring.keys).toEqual([oldKey, newKey]);
  expect(askKey('use-key', request(newKey))).toEqual(done);
  expect(askKey('remove-key', request(oldKey))).toEqual(done);
  expect(askKey('remove-key', request(oldKey))).toEqual(done);
  expect(node.keyring.keys).toEqual([newKey]);
});

test('the keyring refuses with the words of the reference', () => {
  const { node, askKey } = nodeWith({ keys: [oldKey] });
  expect(askKey('install-key', request(new Uint8Array(15)))).toEqual(refusal('key size must be 16, 24 or 32 bytes'));
  expect(askKey('use-key', request(newKey))).toEqual(refusal('requested key is not in the keyring'));
  expect(askKey('remove-key', request(oldKey))).toEqual(refusal('removing the primary key is not allowed'));
  expect(node.keyring.keys).toEqual([oldKey]);
});

test.each(['install-key', 'use-key', 'remove-key'])('%s without a readable payload fails without a word', (name) => {
  const { node, askKey } = nodeWith({ keys: [oldKey] });
  const cut = request(newKey).subarray(0, 10);
  for (const payload of [null, new Uint8Array(0), Uint8Array.of(7), Uint8Array.of(7, 0xc1), cut]) {
    expect(askKey(name, payload)).toEqual(refusal(''));
  }
  expect(node.keyring.keys).toEqual([oldKey]);
  expect(node.stats.internalPayloadsBad).toBe(5);
});

test('the type byte of a key request is not looked at', () => {
  const { askKey } = nodeWith({ keys: [oldKey] });
  const payload = request(newKey);
  payload[0] = 99;
  expect(askKey('install-key', payload)).toEqual(done);
});

test('a node without encryption has no keys to change or list', () => {
  const { node, askKey } = nodeWith();
  const text = 'No keyring to modify (encryption not enabled)';
  for (const name of ['install-key', 'use-key', 'remove-key'])
    expect(askKey(name, request(newKey))).toEqual(refusal(text));
  expect(askKey('list-keys', request(new Uint8Array(0)))).toEqual(refusal('Keyring is empty (encryption not enabled)'));
  expect(node.keyring.isEnabled).toBe(false);
});

test('changed keys are stored, and the asker hears when that fails', () => {
  const stored: (readonly Uint8Array[])[] = [];
  const { askKey } = nodeWith({
    keys: [oldKey],
    saveKeys: (keys) => {
      stored.push(keys);
      return stored.length < 3 ? undefined : 'no space left on device';
    },
  });
  expect(askKey('install-key', request(newKey))).toEqual(done);
  expect(askKey('use-key', request(newKey))).toEqual(done);
  expect(askKey('remove-key', request(newKey))).toEqual(refusal('removing the primary key is not allowed'));
  expect(askKey('remove-key', request(oldKey))).toEqual(refusal('no space left on device'));
  expect(stored).toEqual([[oldKey, newKey], [newKey, oldKey], [newKey]]);
});

test('keys are listed with the primary one first', () => {
  const { askKey } = nodeWith({ keys: [oldKey, newKey] });
  const [first, second] = [encodeBase64(oldKey), encodeBase64(newKey)];
  const list = { result: true, message: '', keys: [first, second], primaryKey: first };
  expect(askKey('list-keys', request(new Uint8Array(0)))).toEqual(list);
  expect(askKey('list-keys', null)).toEqual(list);
});

test('a list of keys that is too long is cut, and says so', () => {
  const keys = Array.from({ length: 16 }, (_, index) => new Uint8Array(32).fill(index));
  const { askKey } = nodeWith({ keys, config: { queryResponseMaxBytes: 400 } });
  expect(askKey('list-keys', null)).toEqual({
    result: true,
    message: 'truncated key list response, showing first 4 of 16 keys',
    keys: keys.slice(0, 4).map((key) => encodeBase64(key)),
    primaryKey: encodeBase64(keys[0]!),
  });
});

test('when not even an empty list fits there is no answer', () => {
  const { ask } = nodeWith({ keys: [oldKey], config: { queryResponseMaxBytes: 60 } });
  expect(ask('list-keys', null)).toBeUndefined();
});

function conflict(asked: Asked, name: Uint8Array | null): ConflictResponse | 'unknown' | undefined {
  const payload = asked.ask('conflict', name);
  if (payload === undefined) return undefined;
  expect(payload[0]).toBe(6);
  return decodeConflictResponse(new ByteReader(payload.subarray(1))) ?? 'unknown';
}

test('a node says what it knows of a contested name, but not of its own', () => {
  const asked = nodeWith();
  const addr = Uint8Array.of(10, 0, 0, 5);
  asked.pool.know('ü', { addr, port: 55, status: 'failed', tags: { role: 'web' } });
  const versions = {
    protocolMin: 1,
    protocolMax: 5,
    protocolCurrent: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCurrent: 5,
  };
  expect(conflict(asked, Uint8Array.of(0xc3, 0xbc))).toEqual({
    name: 'ü',
    addr,
    port: 55,
    status: 4,
    tags: { role: 'web' },
    ...versions,
  });
  expect(conflict(asked, Uint8Array.of(0x78))).toBe('unknown');
  expect(conflict(asked, null)).toBe('unknown');
  expect(conflict(asked, new TextEncoder().encode('self'))).toBeUndefined();
  expect(conflict(asked, new Uint8Array(256))).toBeUndefined();
});
