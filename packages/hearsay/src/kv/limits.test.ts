import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle } from '../../../../test/support/kv-node.ts';
import { checkKvConfig, kvDefaults, type KvConfig } from './config.ts';
import { kvLimits } from './limits.ts';

const small: Partial<KvConfig> = {
  sharedKeysMax: 3,
  sharedMaxBytes: 200,
  sharedTombstonesMax: 1,
  ownedKeysMax: 2,
  ownedMaxBytes: 50,
  telemetryKeysMax: 1,
  telemetryMaxBytes: 20,
  sharedWritesBurst: 1_000,
};

interface Row {
  readonly what: string;
  readonly atLimit: (node: KvNode) => unknown;
  readonly beyond: (node: KvNode) => unknown;
  readonly code: string;
  readonly message: string;
}

const rows: readonly Row[] = [
  {
    what: 'the length of a key',
    atLimit: (node) => node.put('é'.repeat(64), 'v'),
    beyond: (node) => node.put(`${'é'.repeat(64)}a`, 'v'),
    code: 'ERR_KV_KEY',
    message: `key "${'é'.repeat(40)}…" is 129 bytes, the limit is 128`,
  },
  {
    what: 'control characters',
    atLimit: (node) => node.put('a b', 'v'),
    beyond: (node) => node.put('a\nb', 'v'),
    code: 'ERR_KV_KEY',
    message: 'key "a\\nb" contains a control character',
  },
  {
    what: 'an empty key',
    atLimit: (node) => node.put('a', 'v'),
    beyond: (node) => node.put('', 'v'),
    code: 'ERR_KV_KEY',
    message: 'a key must not be empty',
  },
  {
    what: 'half a character',
    atLimit: (node) => node.put('\u{1f600}', 'v'),
    beyond: (node) => node.put('\ud83d', 'v'),
    code: 'ERR_KV_KEY',
    message: 'key "\\ud83d" is not well-formed Unicode',
  },
  {
    what: 'the number of shared keys',
    atLimit: (node) => ['a/1', 'a/2', 'b'].forEach((key) => node.put(key, 'v')),
    beyond: (node) => node.put('c', 'v'),
    code: 'ERR_KV_FULL',
    message: 'the shared map would hold 4 keys, the limit is 3; most are under a/ (2), b (1)',
  },
  {
    what: 'the bytes of the shared map',
    atLimit: (node) => node.put('k', 'v'.repeat(199)),
    beyond: (node) => node.put('k', 'v'.repeat(200)),
    code: 'ERR_KV_FULL',
    message: 'the shared map would hold 201 bytes, the limit is 200; most are under k (1)',
  },
  {
    what: 'the number of deletions',
    atLimit: (node) => {
      for (const key of ['a', 'b']) node.put(key, 'v');
      node.state.shared.delete('a');
    },
    beyond: (node) => node.state.shared.delete('b'),
    code: 'ERR_KV_FULL',
    message: 'the shared map would hold 2 deleted keys, the limit is 1; most are under a (1), b (1)',
  },
  {
    what: 'the number of owned keys',
    atLimit: (node) => ['a', 'b'].forEach((key) => node.state.owned.set(key, bytes('v'))),
    beyond: (node) => node.state.owned.set('c', bytes('v')),
    code: 'ERR_KV_OWNED_FULL',
    message: 'the keys of this node would hold 3 keys, the limit is 2; most are under a (1), b (1)',
  },
  {
    what: 'the bytes of owned keys',
    atLimit: (node) => node.state.owned.set('a', new Uint8Array(49)),
    beyond: (node) => node.state.owned.set('a', new Uint8Array(50)),
    code: 'ERR_KV_OWNED_FULL',
    message: 'the keys of this node would hold 51 bytes, the limit is 50; most are under a (1)',
  },
  {
    what: 'the number of telemetry keys',
    atLimit: (node) => node.state.telemetry.set('a', bytes('v')),
    beyond: (node) => node.state.telemetry.set('b', bytes('v')),
    code: 'ERR_KV_TELEMETRY_FULL',
    message: "this node's telemetry would hold 2 keys, the limit is 1; most are under a (1)",
  },
  {
    what: 'the bytes of telemetry',
    atLimit: (node) => node.state.telemetry.set('a', new Uint8Array(19)),
    beyond: (node) => node.state.telemetry.set('a', new Uint8Array(20)),
    code: 'ERR_KV_TELEMETRY_FULL',
    message: "this node's telemetry would hold 21 bytes, the limit is 20; most are under a (1)",
  },
];

test.each(rows)(
  '$what: at the limit it is written, beyond it the error says how much',
  ({ atLimit, beyond, code, message }) => {
    const node = new KvNode('a', new KvTime(), { config: small });
    atLimit(node);
    const before = node.state.save();
    expect(() => beyond(node)).toThrow(expect.objectContaining({ code, message }));
    expect(node.state.save()).toEqual(before);
  },
);

test('the length of a shared value', () => {
  const node = new KvNode('a', new KvTime());
  node.state.shared.put('k', new Uint8Array(16_384));
  expect(() => node.state.shared.put('k', new Uint8Array(16_385))).toThrow(
    expect.objectContaining({
      code: 'ERR_KV_VALUE_TOO_LARGE',
      message: 'value of "k" is 16385 bytes, the limit is 16384',
    }),
  );
});

test('500 writes at once and 50 a second, and what was refused is not half done', () => {
  const time = new KvTime();
  const node = new KvNode('a', time);
  for (let index = 0; index < 500; index += 1) node.put('k', `${index}`);
  const beyond = expect.objectContaining({
    code: 'ERR_KV_RATE',
    message: '"k" not written: the limit is 50 a second, 500 at once',
  });
  expect(() => node.put('k', 'x')).toThrow(beyond);
  expect(node.get('k')).toBe('499');
  time.pass(1_000);
  for (let index = 0; index < 50; index += 1) node.put('k', `again ${index}`);
  expect(() => node.put('k', 'x')).toThrow(beyond);
});

test('a node that is above a limit may shrink, and replace without growing', () => {
  const time = new KvTime();
  const full = new KvNode('full', time);
  for (let index = 0; index < 5; index += 1) full.put(`k${index}`, 'vv');
  const node = new KvNode('a', time, { config: small });
  settle(full, node);
  node.put('k0', 'ww');
  node.put('k0', 'w');
  node.state.shared.delete('k0');
  expect(() => node.put('new', 'v')).toThrow(expect.objectContaining({ code: 'ERR_KV_FULL' }));
});

test('a receiver takes what is above its own limits, so that nobody diverges', () => {
  const time = new KvTime();
  const [large, tight] = [new KvNode('large', time), new KvNode('tight', time, { config: small })];
  for (let index = 0; index < 20; index += 1) large.put(`k${index}`, 'v'.repeat(30));
  expect(tight.pull(large)).toBe('committed');
  expect([...tight.state.shared.list()].length).toBe(20);
});

test('a receiver refuses what is above the hard limit, and does not cover it', () => {
  const time = new KvTime();
  const config = { sharedWritesBurst: 1e9, sharedMaxBytes: 1e12, sharedValueMaxBytes: 1e9 };
  const [large, other] = [new KvNode('large', time, { config }), new KvNode('other', time)];
  const value = new Uint8Array(kvLimits.sharedValueMaxBytes);
  for (let index = 0; index < 256; index += 1) large.state.shared.put(`k${index}`, value);
  const answer = large.state.shared.deltaFor(other.state.shared.digest());
  const result = answer.kind === 'delta' ? other.state.shared.applyDelta(answer) : undefined;
  expect(result).toMatchObject({ outcome: 'merged', mergedCount: 255, refusals: [{ reason: 'full' }] });
  expect(other.state.shared.digest().rows.get(large.state.shared.ownStream)!.prefix).toBe(255);
  large.state.shared.delete('k0');
  expect(other.pull(large)).toBe('merged');
  expect(other.pull(large)).toBe('committed');
});

test('one hears once when a lane is 60 and 80 per cent full', () => {
  const node = new KvNode('a', new KvTime(), { config: { sharedKeysMax: 10 } });
  for (let index = 0; index < 10; index += 1) node.put(`k${index}`, 'v');
  expect(node.events).toEqual([
    { type: 'filling', lane: 0, percent: 60, what: 'keys' },
    { type: 'filling', lane: 0, percent: 80, what: 'keys' },
  ]);
});

test('settings above the hard limits, or not above zero, are refused', () => {
  expect(checkKvConfig()).toEqual(kvDefaults);
  expect(checkKvConfig({ keyMaxBytes: 512 }).keyMaxBytes).toBe(512);
  const wrong =
    (changes: Partial<KvConfig>): (() => unknown) =>
    () =>
      checkKvConfig(changes);
  expect(wrong({ keyMaxBytes: 513 })).toThrow('kv.keyMaxBytes is 513, the limit is 512');
  expect(wrong({ maxAheadMs: 0 })).toThrow('kv.maxAheadMs is 0, and must be more than 0');
  expect(wrong({ sharedKeysMax: Number.NaN })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
});

test('a life is a whole number of milliseconds, at most a year', () => {
  const node = new KvNode('a', new KvTime());
  node.state.shared.put('k', bytes('v'), { ttlMs: kvLimits.ttlMaxMs });
  for (const ttlMs of [kvLimits.ttlMaxMs + 1, -1, 0.5]) {
    expect(() => node.state.shared.put('k', bytes('v'), { ttlMs })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG' }),
    );
  }
});
