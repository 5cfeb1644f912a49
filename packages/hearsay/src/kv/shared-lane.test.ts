import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle, text } from '../../../../test/support/kv-node.ts';
import { newGeneration } from './stream.ts';

const hourMs = 3_600_000;

function nodes(time: KvTime, ...names: string[]): KvNode[] {
  return names.map((name) => new KvNode(name, time));
}

test('a write is read everywhere after an exchange, and so is its deletion', () => {
  const [a, b] = nodes(new KvTime(), 'a', 'b');
  a!.put('flag', 'on');
  expect(b!.pull(a!)).toBe('committed');
  expect(b!.get('flag')).toBe('on');
  b!.state.shared.delete('flag');
  expect(b!.get('flag')).toBeUndefined();
  a!.pull(b!);
  expect(a!.get('flag')).toBeUndefined();
  expect([...a!.state.shared.list()]).toEqual([]);
});

test('of two writes the later counts, wherever it was made', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  b!.put('flag', 'first');
  time.pass(1);
  a!.put('flag', 'second');
  settle(a!, b!);
  expect([a!.get('flag'), b!.get('flag')]).toEqual(['second', 'second']);
});

test('who writes after having seen a value replaces it, even with a slow clock', () => {
  const [a, b] = nodes(new KvTime(), 'a', 'b');
  b!.skewMs = -4_000;
  a!.put('flag', 'first');
  settle(a!, b!);
  b!.put('flag', 'second');
  settle(a!, b!);
  expect(a!.get('flag')).toBe('second');
});

test('an equal value is not written again, unless it is to be touched', () => {
  const [a] = nodes(new KvTime(), 'a');
  const first = a!.state.shared.put('flag', bytes('on'));
  expect(a!.state.shared.put('flag', bytes('on'))).toBe(first);
  expect(a!.state.shared.put('flag', bytes('on'), { touch: true }).version).toBe(2);
  expect(a!.state.shared.delete('no such key')).toBeUndefined();
});

test('the author of a write that lost without having been seen is told, and nobody else', () => {
  const time = new KvTime();
  const [a, b, c] = nodes(time, 'a', 'b', 'c');
  a!.put('flag', 'mine');
  time.pass(1);
  b!.put('flag', 'yours');
  settle(a!, b!, c!);
  expect(a!.events).toMatchObject([{ type: 'overwritten', key: 'flag', author: 'b' }]);
  expect([...b!.events, ...c!.events]).toEqual([]);
  time.pass(1);
  c!.put('flag', 'seen and replaced');
  settle(a!, b!, c!);
  expect(a!.events.length).toBe(1);
});

test('an author who replaces its own writes still says what it had seen of others', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('flag', '1');
  settle(a!, b!);
  for (const value of ['2', '3', '4']) b!.put('flag', value);
  a!.pull(b!);
  expect(a!.get('flag')).toBe('4');
  expect(a!.events).toEqual([]);
});

test('a deletion is forgotten after a day, and not before an earlier write of its stream has come', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('x', '1');
  a!.put('y', '1');
  const deletion = a!.state.shared.delete('y')!;
  b!.state.shared.applyRumor(deletion, a!.state.own);
  time.pass(24 * hourMs - 1);
  expect(a!.state.collect()).toBe(0);
  time.pass(1);
  expect([a!.state.collect(), b!.state.collect()]).toEqual([1, 0]);
  expect(a!.state.shared.fill).toMatchObject({ keyCount: 1, tombstoneCount: 0 });
  expect(b!.pull(a!)).toBe('committed');
  expect(b!.get('x')).toBe('1');
});

test('many deletions are forgotten early, when all have seen them', () => {
  const time = new KvTime();
  const a = new KvNode('a', time, { config: { sharedTombstonesMax: 10 } });
  for (let index = 0; index < 10; index += 1) {
    a.put(`k${index}`, 'v');
    a.state.shared.delete(`k${index}`);
  }
  expect(a.state.collect(() => false)).toBe(0);
  expect(a.state.collect(({ version }) => version <= 6)).toBe(2);
  expect(a.state.shared.fill.tombstoneCount).toBe(8);
});

test('what was deleted while a node was away for a month goes there in one step, and what it wrote itself comes back', () => {
  const time = new KvTime();
  const [a, b, away] = nodes(time, 'a', 'b', 'away');
  for (let index = 0; index < 100; index += 1) a!.put(`old/${index}`, 'v');
  settle(a!, b!, away!);
  for (let index = 0; index < 10; index += 1) away!.put(`own/${index}`, 'w');
  time.pass(1);
  for (let index = 0; index < 100; index += 1) b!.state.shared.delete(`old/${index}`);
  settle(a!, b!);
  time.pass(30 * 24 * hourMs);
  expect([a!.state.collect(), b!.state.collect()]).toEqual([100, 100]);
  expect(b!.pull(away!)).toBe('sender-behind');
  expect([...b!.state.shared.list('old/')]).toEqual([]);
  expect(away!.pull(b!)).toBe('committed');
  expect([...away!.state.shared.list('old/')]).toEqual([]);
  settle(a!, b!, away!);
  for (const node of [a!, b!, away!]) {
    expect([...node.state.shared.list('old/')]).toEqual([]);
    expect([...node.state.shared.list('own/')].length).toBe(10);
  }
  expect(away!.events.map(({ type }) => type)).toEqual(Array.from({ length: 10 }, () => 'reissued'));
});

test('a write by a vanished member, in a stream that all have forgotten, is dropped and reported', () => {
  const time = new KvTime();
  const [a, away, vanished] = nodes(time, 'a', 'away', 'vanished');
  vanished!.put('secret', 'v');
  away!.pull(vanished!);
  a!.put('own', 'a');
  away!.pull(a!);
  away!.put('away/own', 'w');
  time.pass(1);
  a!.put('other', 'v');
  a!.state.shared.delete('other');
  time.pass(8 * 24 * hourMs);
  a!.state.collect();
  expect(away!.pull(a!)).toBe('committed');
  expect(away!.events.map(({ type, ...rest }) => [type, 'key' in rest ? rest.key : ''])).toEqual([
    ['discarded', 'secret'],
    ['reissued', 'away/own'],
  ]);
  settle(a!, away!);
  expect([...a!.state.shared.list()].map(({ key }) => key).toSorted()).toEqual(['away/own', 'own']);
  expect(away!.get('secret')).toBeUndefined();
});

test('writes of a node whose clock is an hour ahead are not taken, delay nobody, and come when the time has come', () => {
  const time = new KvTime();
  const [a, b, fast] = nodes(time, 'a', 'b', 'fast');
  fast!.skewMs = hourMs;
  fast!.put('flag', 'from the future');
  a!.put('other', 'v');
  const answer = fast!.state.shared.deltaFor(a!.state.shared.digest());
  const result = answer.kind === 'delta' ? a!.state.shared.applyDelta(answer) : undefined;
  expect(result).toMatchObject({
    outcome: 'merged',
    mergedCount: 0,
    refusals: [{ key: 'flag', reason: 'clock-ahead' }],
  });
  expect(b!.pull(a!)).toBe('committed');
  expect(a!.get('flag')).toBeUndefined();
  a!.put('flag', 'now');
  time.pass(hourMs);
  settle(a!, b!, fast!);
  expect([a!.get('flag'), b!.get('flag')]).toEqual(['from the future', 'from the future']);
});

test('a floor from the future is not taken either', () => {
  const time = new KvTime();
  const [a, fast] = nodes(time, 'a', 'fast');
  fast!.skewMs = hourMs;
  fast!.put('flag', 'v');
  fast!.state.shared.delete('flag');
  fast!.state.shared.dropTombstone('flag');
  expect(a!.pull(fast!)).toBe('refused');
  a!.put('x', '1');
  expect(a!.state.shared.floor).toEqual({ epoch: 0, ms: 0, counter: 0 });
});

test('a value with a life ends everywhere, and what it had replaced does not come back', () => {
  const time = new KvTime();
  const [a, b, late] = nodes(time, 'a', 'b', 'late');
  a!.put('flag', 'for ever');
  settle(a!, b!, late!);
  a!.state.shared.put('flag', bytes('for a while'), { ttlMs: 10_000 });
  time.pass(4_000);
  b!.pull(a!);
  expect(b!.state.shared.get('flag')).toMatchObject({ ttlMs: 10_000, ageMs: 4_000 });
  expect(b!.state.nextExpiryMs).toBe(10_000);
  time.pass(6_000);
  for (const node of [a!, b!]) node.state.expire();
  expect([a!.get('flag'), b!.get('flag')]).toEqual([undefined, undefined]);
  expect(late!.get('flag')).toBe('for ever');
  time.pass(24 * hourMs);
  a!.state.collect();
  settle(a!, b!, late!);
  expect([a!.get('flag'), b!.get('flag'), late!.get('flag')]).toEqual([undefined, undefined, undefined]);
});

test('an answer is cut to its budget, one entry of each stream in turn, and only the last one moves coverage', () => {
  const time = new KvTime();
  const [a, b, c] = nodes(time, 'a', 'b', 'c');
  for (let index = 0; index < 20; index += 1) a!.put(`a/${index}`, 'v');
  b!.put('b/0', 'v');
  a!.pull(b!);
  const first = a!.state.shared.deltaFor(c!.state.shared.digest(), 200);
  expect(first).toMatchObject({ kind: 'delta', isComplete: false });
  expect(first.entries.map(({ key }) => key)).toContain('b/0');
  expect(first.kind === 'delta' && c!.state.shared.applyDelta(first).outcome).toBe('merged');
  expect(c!.pull(a!)).toBe('committed');
  expect([...c!.state.shared.list()].length).toBe(21);
});

test('an answer to a former process, or from one that is behind, changes nothing', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('x', '1');
  b!.pull(a!);
  a!.put('x', '2');
  const late = a!.state.shared.deltaFor(b!.state.shared.digest());
  const restarted = new KvNode('b', time, { generation: newGeneration(time.wallMs, 2) });
  expect(late.kind === 'delta' && restarted.state.shared.applyDelta(late).outcome).toBe('not-my-question');
  expect(restarted.get('x')).toBeUndefined();
});

test('a rumor shows at once, is known the second time, and is passed over below the floor', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  const entry = a!.state.shared.put('x', bytes('1'));
  expect(b!.state.shared.applyRumor(entry, a!.state.own)).toBe('merged');
  expect(b!.state.shared.applyRumor(entry, a!.state.own)).toBe('known');
  expect(b!.get('x')).toBe('1');
  const late = a!.state.shared.put('y', bytes('1'));
  time.pass(1);
  b!.state.shared.delete('x');
  b!.state.shared.dropTombstone('x');
  expect(b!.state.shared.applyRumor(late, a!.state.own)).toBe('below-floor');
  expect(b!.get('y')).toBeUndefined();
});

test('an entry whose stream is not that of its owner is refused', () => {
  const [a, b] = nodes(new KvTime(), 'a', 'b');
  const entry = a!.state.shared.put('x', bytes('1'));
  expect(b!.state.shared.applyRumor(entry, { ...a!.state.own, node: 'someone else' })).toBe('stream');
  expect(b!.get('x')).toBeUndefined();
});

test('after a clean stop the stream goes on; when its end was lost, peers say so and a new one is opened', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.put('x', '1');
  const early = a!.state.save();
  a!.put('x', '2');
  b!.pull(a!);
  const clean = new KvNode('a', time, { generation: a!.state.own.generation, saved: a!.state.save() });
  clean.put('x', '3');
  expect(clean.state.shared.get('x')!.version).toBe(3);
  const torn = new KvNode('a', time, { generation: a!.state.own.generation, saved: early });
  expect(torn.pull(b!)).toBe('own-stream-ahead');
  expect(torn.events).toMatchObject([{ type: 'own-stream-ahead', lane: 0 }]);
  torn.state.openGeneration(newGeneration(time.wallMs + 1, 5));
  settle(torn, b!);
  expect(torn.get('x')).toBe('2');
  torn.put('x', '4');
  settle(torn, b!);
  expect(b!.get('x')).toBe('4');
});

test('what was saved is there again, deletions, floor and clock too', () => {
  const time = new KvTime();
  const [a] = nodes(time, 'a');
  a!.skewMs = 3_000;
  for (const key of ['x', 'y', 'z']) a!.put(key, key);
  a!.state.shared.delete('y');
  a!.state.shared.delete('z');
  a!.state.shared.dropTombstone('z');
  const again = new KvNode('a', time, { generation: newGeneration(time.wallMs, 9), saved: a!.state.save() });
  expect([...again.state.shared.list()].map(({ key, value }) => [key, text(value)])).toEqual([['x', 'x']]);
  expect(again.state.shared.fill).toEqual(a!.state.shared.fill);
  expect(again.state.shared.floor).toEqual(a!.state.shared.floor);
  const last = a!.state.shared.get('x')!.stamp;
  expect(again.state.shared.put('x', bytes('later')).stamp.ms).toBeGreaterThanOrEqual(last.ms);
});

test('what is issued anew after a resync lives no longer than it would have', () => {
  const time = new KvTime();
  const [a, b] = ['a', 'b'].map((name) => new KvNode(name, time)) as [KvNode, KvNode];
  b.put('gone', 'v');
  settle(a, b);
  a.state.shared.put('short', bytes('v'), { ttlMs: 10_000 });
  time.pass(1_000);
  b.state.shared.delete('gone');
  b.state.shared.dropTombstone('gone');
  time.pass(6_000);
  settle(a, b);
  expect(a.events).toMatchObject([{ type: 'reissued', key: 'short' }]);
  const shown = (): unknown[] => [a, b].map((node) => node.get('short'));
  time.pass(2_999);
  for (const node of [a, b]) node.state.expire();
  expect(shown()).toEqual(['v', 'v']);
  time.pass(1);
  for (const node of [a, b]) node.state.expire();
  expect(shown()).toEqual([undefined, undefined]);
});
