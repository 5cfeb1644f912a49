import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle } from '../../../../test/support/kv-node.ts';
import type { KvConfig } from './config.ts';
import type { StreamRow } from './coverage.ts';
import type { OwnedEntry, SharedEntry } from './entry.ts';
import { kvLimits } from './limits.ts';
import { newGeneration, streamKey, streamKeyOf, type StreamOwner } from './stream.ts';

const kib = 1_024;
const mib = 1_024 * kib;
/** Limits are raised as far as they go, and nothing stops who writes much at once. */
const hard: Partial<KvConfig> = { ...pickHard(), sharedWritesBurst: 1e9 };
const fast: Partial<KvConfig> = { sharedWritesBurst: 1e9 };

function pickHard(): Partial<KvConfig> {
  const { keyMaxBytes, sharedValueMaxBytes, sharedKeysMax, sharedMaxBytes, sharedTombstonesMax } = kvLimits;
  const { ownedKeysMax, ownedMaxBytes, telemetryKeysMax, telemetryMaxBytes } = kvLimits;
  const shared = { keyMaxBytes, sharedValueMaxBytes, sharedKeysMax, sharedMaxBytes, sharedTombstonesMax };
  return { ...shared, ownedKeysMax, ownedMaxBytes, telemetryKeysMax, telemetryMaxBytes };
}

/** Keys of 7 bytes. */
function keyAt(index: number): string {
  return `k${`${index}`.padStart(6, '0')}`;
}

function putMany({ state }: KvNode, count: number, value: Uint8Array = new Uint8Array(0)): void {
  for (let index = 0; index < count; index += 1) state.shared.put(keyAt(index), value);
}

interface Row {
  readonly what: string;
  readonly config: Partial<KvConfig>;
  /** Goes exactly up to the limit. */
  readonly fill: (node: KvNode) => void;
  /** One more. */
  readonly exceed: (node: KvNode) => unknown;
  readonly code: string;
  readonly message: string;
}

/** Both values of a limit: the default, and the highest that may be configured. */
function both(
  what: string,
  at: { readonly normal: number; readonly hard: number },
  row: (limit: number) => Omit<Row, 'what' | 'config'>,
): Row[] {
  return [
    { what: `${what}: ${at.normal}`, config: fast, ...row(at.normal) },
    { what: `${what}, raised to ${at.hard}`, config: hard, ...row(at.hard) },
  ];
}

const rows: readonly Row[] = [
  ...both('bytes of a key', { normal: 128, hard: 512 }, (limit) => ({
    fill: (node) => node.put('k'.repeat(limit), 'v'),
    exceed: (node) => node.put('k'.repeat(limit + 1), 'v'),
    code: 'ERR_KV_KEY',
    message: `key "${'k'.repeat(40)}…" is ${limit + 1} bytes, the limit is ${limit}`,
  })),
  ...both('bytes of a shared value', { normal: 16 * kib, hard: 256 * kib }, (limit) => ({
    fill: (node) => node.state.shared.put('key', new Uint8Array(limit)),
    exceed: (node) => node.state.shared.put('key', new Uint8Array(limit + 1)),
    code: 'ERR_KV_VALUE_TOO_LARGE',
    message: `value of "key" is ${limit + 1} bytes, the limit is ${limit}`,
  })),
  ...both('shared keys', { normal: 10_000, hard: 100_000 }, (limit) => ({
    fill: (node) => putMany(node, limit),
    exceed: (node) => node.put('one more', ''),
    code: 'ERR_KV_FULL',
    message: `the shared map would hold ${limit + 1} keys, the limit is ${limit}; most are under k000000 (1), k000001 (1), k000002 (1), k000003 (1), k000004 (1)`,
  })),
  ...both('bytes of the shared map', { normal: 16 * mib, hard: 64 * mib }, (limit) => ({
    fill: (node) => {
      const size = 16 * kib;
      putMany(node, limit / size, new Uint8Array(size - keyAt(0).length));
    },
    exceed: (node) => node.put('b', ''),
    code: 'ERR_KV_FULL',
    message: `the shared map would hold ${limit + 1} bytes, the limit is ${limit}; most are under k000000 (1), k000001 (1), k000002 (1), k000003 (1), k000004 (1)`,
  })),
  ...both('deleted shared keys', { normal: 10_000, hard: 100_000 }, (limit) => ({
    fill: (node) => {
      for (let index = 0; index < limit; index += 1) {
        node.put(keyAt(index), '');
        node.state.shared.delete(keyAt(index));
      }
      node.put('one more', '');
    },
    exceed: (node) => node.state.shared.delete('one more'),
    code: 'ERR_KV_FULL',
    message: `the shared map would hold ${limit + 1} deleted keys, the limit is ${limit}; most are under k000000 (1), k000001 (1), k000002 (1), k000003 (1), k000004 (1)`,
  })),
  ...both('owned keys', { normal: 64, hard: 1_024 }, (limit) => ({
    fill: ({ state }) => {
      for (let index = 0; index < limit; index += 1) state.owned.set(`a/${index}`, bytes('v'));
    },
    exceed: ({ state }) => state.owned.set('b', bytes('v')),
    code: 'ERR_KV_OWNED_FULL',
    message: `the keys of this node would hold ${limit + 1} keys, the limit is ${limit}; most are under a/ (${limit})`,
  })),
  ...both('bytes of owned keys', { normal: 16 * kib, hard: 256 * kib }, (limit) => ({
    fill: ({ state }) => state.owned.set('a', new Uint8Array(limit - 1)),
    exceed: ({ state }) => state.owned.set('a', new Uint8Array(limit)),
    code: 'ERR_KV_OWNED_FULL',
    message: `the keys of this node would hold ${limit + 1} bytes, the limit is ${limit}; most are under a (1)`,
  })),
  ...both('telemetry keys', { normal: 16, hard: 64 }, (limit) => ({
    fill: ({ state }) => {
      for (let index = 0; index < limit; index += 1) state.telemetry.set(`a/${index}`, bytes('v'));
    },
    exceed: ({ state }) => state.telemetry.set('b', bytes('v')),
    code: 'ERR_KV_TELEMETRY_FULL',
    message: `this node's telemetry would hold ${limit + 1} keys, the limit is ${limit}; most are under a/ (${limit})`,
  })),
  ...both('bytes of telemetry', { normal: 4 * kib, hard: 32 * kib }, (limit) => ({
    fill: ({ state }) => state.telemetry.set('a', new Uint8Array(limit - 1)),
    exceed: ({ state }) => state.telemetry.set('a', new Uint8Array(limit)),
    code: 'ERR_KV_TELEMETRY_FULL',
    message: `this node's telemetry would hold ${limit + 1} bytes, the limit is ${limit}; most are under a (1)`,
  })),
  {
    what: 'shared writes at once: 500',
    config: {},
    fill: (node) => putMany(node, 500),
    exceed: (node) => node.put('one more', ''),
    code: 'ERR_KV_RATE',
    message: '"one more" not written: the limit is 50 a second, 500 at once',
  },
];

test.each(rows)(
  '$what: what is at the limit spreads, one more is refused with the number, and no member diverges',
  ({ config, fill, exceed, code, message }) => {
    const time = new KvTime();
    const writer = new KvNode('writer', time, { config });
    // The others are not configured to more: a receiver goes by the hard limits.
    const [first, second] = [new KvNode('first', time), new KvNode('second', time)];
    fill(writer);
    expect(() => exceed(writer)).toThrow(expect.objectContaining({ code, message }));
    expect(first.pull(writer)).toBe('committed');
    expect(second.pull(first)).toBe('committed');
    settle(writer, first, second);
    for (const node of [first, second]) {
      for (const lane of ['shared', 'owned', 'telemetry'] as const) {
        const [mine, theirs] = [node, writer].map(({ state }) => [...state[lane].digest().rows].filter(isKnown));
        expect(mine!.toSorted()).toEqual(theirs!.toSorted());
      }
      expect(node.state.shared.fill).toEqual(writer.state.shared.fill);
    }
  },
);

function isKnown([, row]: readonly [string, { readonly prefix: number }]): boolean {
  return row.prefix > 0;
}

test('at the hard limit a member refuses the entry, does not cover it, and takes it when there is room', () => {
  const time = new KvTime();
  const [left, right, reader] = ['left', 'right', 'reader'].map((name) => new KvNode(name, time, { config: hard }));
  putMany(left!, kvLimits.sharedKeysMax);
  right!.put('one more', 'v');
  expect(reader!.pull(left!)).toBe('committed');
  const answer = right!.state.shared.deltaFor(reader!.state.shared.digest());
  const result = answer.kind === 'delta' ? reader!.state.shared.applyDelta(answer) : undefined;
  expect(result).toMatchObject({ outcome: 'merged', refusals: [{ key: 'one more', reason: 'full' }] });
  expect(reader!.pull(right!)).toBe('merged');
  left!.state.shared.delete(keyAt(7));
  settle(left!, right!, reader!);
  for (const node of [left!, right!, reader!]) {
    expect(node.get('one more')).toBe('v');
    expect(node.state.shared.fill).toMatchObject({ keyCount: kvLimits.sharedKeysMax, tombstoneCount: 1 });
  }
});

function ownerAt(index: number): StreamOwner {
  return { node: `writer-${index}`, generation: newGeneration(1_750_000_000_000, 0) };
}

function sharedEntryOf(owner: StreamOwner): SharedEntry {
  const common = { lane: 0, kind: 'put', value: bytes('v'), version: 1, ttlMs: 0, ageMs: 0 } as const;
  const history = { stamp: { epoch: 0, ms: 1, counter: 0 }, orig: undefined, adopt: 0, parent: undefined };
  return { ...common, ...history, key: `from ${owner.node}`, stream: streamKeyOf(owner, 0) };
}

function ownedEntryOf(owner: StreamOwner): OwnedEntry {
  const common = { lane: 1, kind: 'put', value: bytes('v'), version: 1, ttlMs: 0, ageMs: 0 } as const;
  return { ...common, key: 'k', stream: streamKeyOf(owner, 1) };
}

test('2,000 writers of the shared map are one event, and of owned keys no more than 8,192 owners are taken', () => {
  const node = new KvNode('node', new KvTime());
  // With the node's own stream.
  for (let index = 1; index < kvLimits.streamsWarnAt - 1; index += 1) {
    expect(node.state.shared.applyRumor(sharedEntryOf(ownerAt(index)), ownerAt(index))).toBe('merged');
  }
  expect(node.events).toEqual([]);
  for (const index of [5_000, 5_001]) node.state.shared.applyRumor(sharedEntryOf(ownerAt(index)), ownerAt(index));
  expect(node.events).toEqual([{ type: 'too-many-streams', lane: 0, count: kvLimits.streamsWarnAt }]);
  for (let index = 1; index < kvLimits.streamsMax; index += 1) {
    expect(node.state.owned.applyRumor(ownedEntryOf(ownerAt(index)), ownerAt(index))).toBe('merged');
  }
  const late = ownerAt(kvLimits.streamsMax);
  expect(node.state.owned.applyRumor(ownedEntryOf(late), late)).toBe('full');
  node.state.forgetMember(ownerAt(1).node);
  expect(node.state.owned.applyRumor(ownedEntryOf(late), late)).toBe('merged');
});

test('streams that are retired do not count as too many', () => {
  const time = new KvTime();
  const node = new KvNode('node', time);
  for (let index = 1; index < kvLimits.streamsWarnAt; index += 1) {
    const entry = sharedEntryOf(ownerAt(index));
    node.state.shared.applyRumor({ ...entry, kind: 'del', value: new Uint8Array(0) }, ownerAt(index));
  }
  expect(node.events.splice(0).map(({ type }) => type)).toEqual(['too-many-streams']);
  time.pass(24 * 3_600_000);
  node.state.collect();
  node.state.tendDeadStreams(new Set(['node']));
  time.pass(24 * 3_600_000);
  expect(node.state.tendDeadStreams(new Set(['node'])).retiredCount).toBe(kvLimits.streamsWarnAt - 1);
  // One hears of it again only when there are as many in use again.
  const add = (index: number): unknown =>
    node.state.shared.applyRumor(
      { ...sharedEntryOf(ownerAt(index)), stamp: { epoch: 0, ms: 2, counter: 0 } },
      ownerAt(index),
    );
  for (let index = 1; index < kvLimits.streamsWarnAt - 1; index += 1) expect(add(5_000 + index)).toBe('merged');
  expect(node.events).toEqual([]);
  add(9_000);
  expect(node.events.map(({ type }) => type)).toEqual(['too-many-streams']);
});

test('however many streams are invented of which nobody says whose they are, members find room', () => {
  const time = new KvTime();
  const [a, b] = [new KvNode('a', time), new KvNode('b', time)];
  b.put('k', 'v');
  const answer = b.state.shared.deltaFor(a.state.shared.digest());
  if (answer.kind !== 'delta') throw new Error('nobody is behind');
  const row: StreamRow = { prefix: 1, extras: [], gcLine: 0 };
  const count = kvLimits.streamsMax + kvLimits.retiredMax + 1;
  const invented = Array.from({ length: count }, (_, index) => [streamKey(index, 0), row] as const);
  a.state.shared.applyDelta({ ...answer, rows: new Map([...answer.rows, ...invented]) });
  expect([...a.state.shared.streams()].length).toBe(kvLimits.unnamedStreamsMax + 2);
  const late = new KvNode('late', time);
  late.put('hello', 'v');
  expect(a.state.shared.applyRumor(late.state.shared.get('hello')!, late.state.own)).toBe('merged');
});
