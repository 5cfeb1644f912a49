import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle, text } from '../../../../test/support/kv-node.ts';
import { emptyRow } from './coverage.ts';
import { bucketHashes, laneHash } from './digest-hash.ts';
import { kvLimits } from './limits.ts';
import { newGeneration } from './stream.ts';
import type { WatchBatch } from './watch.ts';

const hourMs = 3_600_000;

function nodes(time: KvTime, ...names: string[]): KvNode[] {
  return names.map((name) => new KvNode(name, time));
}

function own(node: KvNode, key: string, value: string): void {
  node.state.owned.set(key, bytes(value));
}

test('each node writes its own keys, all read them, and nobody else can', () => {
  const [a, b, c] = nodes(new KvTime(), 'a', 'b', 'c');
  own(a!, 'version', '1');
  own(b!, 'version', '2');
  settle(a!, b!, c!);
  expect([c!.getOwned('a', 'version'), c!.getOwned('b', 'version')]).toEqual(['1', '2']);
  expect([...c!.state.owned.nodes()].toSorted()).toEqual(['a', 'b', 'c']);
  own(a!, 'version', '3');
  a!.state.owned.delete('none');
  settle(a!, b!, c!);
  expect([...c!.state.owned.list('a')].map(({ value }) => text(value))).toEqual(['3']);
});

const step = fc.record({
  what: fc.constantFrom('set', 'delete', 'collect', 'pull', 'cut', 'rumor', 'late', 'amnesia'),
  node: fc.nat(2),
  other: fc.nat(2),
  key: fc.constantFrom('x', 'y', 'z'),
});

test('a node that lost its memory and owns nothing since is not shown with what it had before', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(b!, 'version', '1');
  settle(a!, b!);
  const again = new KvNode('b', time, { generation: newGeneration(time.wallMs + 1, 0) });
  settle(a!, again);
  expect([...a!.state.owned.list('b')]).toEqual([]);
  const [first, second] = [a!, again].map((node) => laneHash(bucketHashes(node.state.owned.digest().rows)));
  expect(first).toEqual(second);
  own(again, 'version', '2');
  settle(a!, again);
  expect(a!.getOwned('b', 'version')).toBe('2');
});

test('whatever is lost, cut, late or forgotten, all end with what the owner has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => {
      const time = new KvTime();
      const all = nodes(time, 'a', 'b', 'c');
      let boots = 1;
      let late: (() => void) | undefined;
      for (const [index, { what, node, other, key }] of steps.entries()) {
        const [here, there] = [all[node]!, all[other]!];
        if (what === 'set') own(here, key, `${index}`);
        if (what === 'delete') here.state.owned.delete(key);
        if (what === 'collect') here.state.owned.dropTombstone(there.name, key);
        if (what === 'amnesia') {
          const generation = newGeneration(1_760_000_000_000 + (boots += 1), 0);
          all[node] = new KvNode(here.name, time, { generation });
        }
        if (what === 'rumor') {
          const entry = there.state.owned.get(there.name, key);
          if (entry !== undefined) here.state.owned.applyRumor(entry, there.state.own);
        }
        if (here === there) continue;
        const answer = there.state.owned.deltaFor(here.state.owned.digest(), what === 'cut' ? 60 : Infinity);
        if (what === 'pull' || what === 'cut') here.state.owned.applyDelta(answer);
        if (what === 'late') {
          late?.();
          // It arrives at whatever process has that name by then.
          late = () => void all[node]!.state.owned.applyDelta(answer);
        }
      }
      settle(...all);
      for (const owner of all) {
        const shown = all.map((node) =>
          [...node.state.owned.list(owner.name)].map(({ key, version }) => `${key}${version}`).toSorted(),
        );
        expect(shown).toEqual(all.map(() => shown[all.indexOf(owner)]));
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a deleted key stays deleted at who was away, also after the deletion is forgotten', () => {
  const time = new KvTime();
  const [a, b, away] = nodes(time, 'a', 'b', 'away');
  for (const key of ['x', 'y']) own(a!, key, 'v');
  settle(a!, b!, away!);
  a!.state.owned.delete('x');
  b!.pull(a!);
  time.pass(hourMs);
  expect([a!.state.collect(), b!.state.collect()]).toEqual([1, 1]);
  const delta = b!.state.owned.deltaFor(away!.state.owned.digest());
  expect(delta.parts.map(({ kind, entries }) => [kind, entries.length])).toEqual([['resync', 1]]);
  settle(a!, b!, away!);
  for (const node of [a!, b!, away!]) expect([...node.state.owned.list('a')].map(({ key }) => key)).toEqual(['y']);
});

test('an answer to a former process does not make the new one believe that it has everything', () => {
  const time = new KvTime();
  const [a, reader] = nodes(time, 'a', 'reader');
  own(a!, 'x', 'v');
  reader!.pull(a!);
  own(a!, 'y', 'v');
  const late = a!.state.owned.deltaFor(reader!.state.owned.digest());
  const restarted = new KvNode('reader', time, { generation: newGeneration(time.wallMs, 2) });
  expect(restarted.state.owned.applyDelta(late)).toMatchObject([{ outcome: 'not-my-question' }]);
  restarted.pull(a!);
  expect([...restarted.state.owned.list('a')].map(({ key }) => key)).toEqual(['x', 'y']);
});

test('a resync does not take away what its sender has not seen', () => {
  const time = new KvTime();
  const [a, hub, reader] = nodes(time, 'a', 'hub', 'reader');
  own(a!, 'x', 'v');
  a!.state.owned.delete('x');
  hub!.pull(a!);
  hub!.state.owned.dropTombstone('a', 'x');
  own(a!, 'news', 'v');
  reader!.state.owned.applyRumor(a!.state.owned.get('a', 'news')!, a!.state.own);
  const delta = hub!.state.owned.deltaFor(reader!.state.owned.digest());
  expect(delta.parts.map(({ kind }) => kind)).toEqual(['resync']);
  expect(reader!.state.owned.applyDelta(delta)).toMatchObject([{ outcome: 'committed' }]);
  expect(reader!.getOwned('a', 'news')).toBe('v');
});

test('a new generation hides the old one at once', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(a!, 'x', 'old');
  own(a!, 'y', 'old');
  b!.pull(a!);
  const watch = b!.state.watch({ owner: 'a' }, () => {});
  watch.take();
  const again = new KvNode('a', time, { generation: newGeneration(time.wallMs, 9) });
  own(again, 'x', 'new');
  b!.pull(again);
  expect([...b!.state.owned.list('a')].map(({ key, value }) => [key, text(value)])).toEqual([['x', 'new']]);
  const { changes } = watch.take() as Extract<WatchBatch, { type: 'changes' }>;
  expect(changes.map(({ type, key }) => [type, key])).toEqual([
    ['put', 'x'],
    ['delete', 'y'],
  ]);
  const late = a!.state.owned.deltaFor({ lane: 1, rows: new Map() });
  expect(b!.state.owned.applyDelta(late)).toMatchObject([{ outcome: 'retired' }]);
});

test('what a member owned goes with it; should the same process return, it is told to begin anew', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(a!, 'x', 'v');
  b!.pull(a!);
  const watch = b!.state.watch({}, () => {});
  watch.take();
  b!.state.forgetMember('a');
  expect(b!.getOwned('a', 'x')).toBeUndefined();
  expect(watch.take()).toMatchObject({ changes: [{ type: 'member-gone', owner: 'a', key: 'x' }] });
  const again = a!.state.owned.deltaFor(b!.state.owned.digest());
  expect(b!.state.owned.applyDelta(again)).toMatchObject([{ outcome: 'retired' }]);
  expect(b!.state.owned.isRetired(a!.state.own)).toBe(true);
  a!.state.openGeneration(newGeneration(time.wallMs + 1, 0));
  b!.pull(a!);
  expect(b!.getOwned('a', 'x')).toBe('v');
});

test('a node that others know better than itself is told so', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(a!, 'x', '1');
  const saved = a!.state.save();
  own(a!, 'x', '2');
  b!.pull(a!);
  const torn = new KvNode('a', time, { generation: a!.state.own.generation, saved });
  torn.pull(b!);
  expect(torn.events).toMatchObject([{ type: 'own-stream-ahead', lane: 1 }]);
  expect(torn.getOwned('a', 'x')).toBe('1');
});

test('after a clean stop owned keys are there and the stream goes on', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  own(a!, 'x', '1');
  own(b!, 'y', '2');
  a!.pull(b!);
  const again = new KvNode('a', time, { generation: a!.state.own.generation, saved: a!.state.save() });
  expect([again.getOwned('a', 'x'), again.getOwned('b', 'y')]).toEqual(['1', '2']);
  own(again, 'x', '3');
  expect(again.state.owned.get('a', 'x')!.version).toBe(2);
});

test('an answer has whole streams while there is room, and not always the same ones', () => {
  const time = new KvTime();
  const [reader, ...owners] = nodes(time, 'reader', 'a', 'b', 'c', 'd');
  const [hub] = nodes(time, 'hub');
  for (const owner of owners) {
    for (const key of ['x', 'y', 'z']) own(owner, key, 'v'.repeat(100));
    hub!.pull(owner);
  }
  const firsts = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const { parts } = hub!.state.owned.deltaFor(reader!.state.owned.digest(), 1_000);
    expect(parts.map(({ entries, isComplete }) => [entries.length, isComplete])).toContainEqual([3, true]);
    firsts.add(parts.find(({ entries }) => entries.length > 0)!.owner.node);
  }
  expect(firsts.size).toBe(4);
});

test('telemetry ends when its owner is silent for its time', () => {
  const time = new KvTime();
  const [a, b] = nodes(time, 'a', 'b');
  a!.state.telemetry.set('load', bytes('1'), { ttlMs: 30_000 });
  time.pass(20_000);
  b!.pull(a!);
  expect(b!.state.nextExpiryMs).toBe(30_000);
  time.pass(10_000);
  b!.state.expire();
  expect(b!.state.telemetry.get('a', 'load')).toBeUndefined();
  a!.state.telemetry.set('load', bytes('1'), { ttlMs: 30_000 });
  b!.pull(a!);
  expect(text(b!.state.telemetry.get('a', 'load')!.value)).toBe('1');
});

test('more deletions than a node may own keys are not remembered', () => {
  const [a] = nodes(new KvTime(), 'a');
  for (let index = 0; index < kvLimits.telemetryKeysMax + 10; index += 1) {
    a!.state.telemetry.set(`k${index}`, bytes('v'));
    a!.state.telemetry.delete(`k${index}`);
  }
  expect(a!.state.telemetry.fill.tombstoneCount).toBe(kvLimits.telemetryKeysMax);
});

test('a resync with a gc line that nobody can reach makes nobody wait for more of the stream', () => {
  const time = new KvTime();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new KvNode(name, time)) as [KvNode, KvNode, KvNode];
  b.state.owned.set('k', bytes('1'));
  settle(a, b, c);
  const { own, owned } = b.state;
  const row = { prefix: 1, extras: [], gcLine: Number.MAX_SAFE_INTEGER };
  const part = { stream: owned.ownStream, owner: own, basis: emptyRow, row, entries: [], isComplete: true } as const;
  a.state.owned.applyDelta({ lane: 1, parts: [{ kind: 'resync', ...part }] });
  b.state.owned.set('k', bytes('2'));
  settle(a, b, c);
  expect([a, b, c].map((node) => node.getOwned('b', 'k'))).toEqual(['2', '2', '2']);
});
