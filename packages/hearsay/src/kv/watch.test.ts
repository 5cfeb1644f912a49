import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, KvNode, KvTime, settle, text } from '../../../../test/support/kv-node.ts';
import { kvLimits } from './limits.ts';
import { newGeneration } from './stream.ts';
import type { Watch, WatchBatch } from './watch.ts';

/** What a reader believes after all that it has taken. */
function replay(known: Map<string, string>, batch: WatchBatch): void {
  if (batch.type === 'overflow') return;
  if (batch.type === 'snapshot') {
    known.clear();
    for (const { entry, owner } of batch.items) known.set(`${owner ?? ''}:${entry.key}`, text(entry.value));
    return;
  }
  for (const { type, key, owner, entry } of batch.changes) {
    if (type === 'put') known.set(`${owner ?? ''}:${key}`, text(entry!.value));
    else known.delete(`${owner ?? ''}:${key}`);
  }
}

function takeAll(watch: Watch, known: Map<string, string>): void {
  for (let batch = watch.take(); batch !== undefined; batch = watch.take()) replay(known, batch);
}

function shownAt(node: KvNode): Map<string, string> {
  const shown = new Map<string, string>();
  for (const { key, value } of node.state.shared.list()) shown.set(`:${key}`, text(value));
  for (const owner of node.state.owned.nodes()) {
    for (const { key, value } of node.state.owned.list(owner)) shown.set(`${owner}:${key}`, text(value));
  }
  return shown;
}

const step = fc.record({
  what: fc.constantFrom('put', 'del', 'own', 'disown', 'pull', 'take', 'collect', 'expire', 'leave', 'restart'),
  node: fc.nat(1),
  key: fc.constantFrom('a', 'b', 'c'),
  value: fc.constantFrom('1', '2', '3'),
});

test('whatever happens, what a reader has replayed is what the store shows, deletions included', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const time = new KvTime();
      const [a, b] = [new KvNode('a', time), new KvNode('b', time)];
      const known = new Map<string, string>();
      const watch = a.state.watch({}, () => {});
      let boots = 1;
      for (const { what, node, key, value } of steps) {
        const writer = node === 0 ? a : b;
        time.pass(1_000);
        if (what === 'put') writer.state.shared.put(key, bytes(value), value === '3' ? { ttlMs: 3_000 } : {});
        if (what === 'del') writer.state.shared.delete(key);
        if (what === 'own') writer.state.owned.set(key, bytes(value), value === '3' ? { ttlMs: 3_000 } : {});
        if (what === 'disown') writer.state.owned.delete(key);
        if (what === 'pull') writer.pull(writer === a ? b : a);
        if (what === 'collect') writer.state.shared.dropTombstone(key);
        if (what === 'collect') writer.state.owned.dropTombstone('b', key);
        if (what === 'expire') writer.state.expire();
        if (what === 'leave') a.state.forgetMember('b');
        if (what === 'restart') b.state.openGeneration(newGeneration(time.wallMs, (boots += 1)));
        if (what === 'take') {
          const batch = watch.take(1);
          if (batch !== undefined) replay(known, batch);
        }
      }
      takeAll(watch, known);
      expect(known).toEqual(shownAt(a));
    }),
    { numRuns: 500 },
  );
});

test('a change says what, by whom, how it came, and what was there before', () => {
  const time = new KvTime();
  const [a, b] = [new KvNode('a', time), new KvNode('b', time)];
  a.put('flag', 'one');
  const watch = a.state.watch({ prefix: 'fl' }, () => {});
  expect(watch.take()).toMatchObject({ type: 'snapshot', items: [{ entry: { key: 'flag' }, owner: undefined }] });
  expect(watch.take()).toBeUndefined();
  time.pass(1);
  b.put('flag', 'two');
  b.put('other', 'x');
  a.pull(b);
  const { changes } = watch.take() as Extract<WatchBatch, { type: 'changes' }>;
  expect(changes).toMatchObject([{ type: 'put', key: 'flag', author: 'b', isConcurrent: true, source: 'sync' }]);
  expect(text(changes[0]!.previous!.value)).toBe('one');
  a.state.shared.delete('flag');
  expect(watch.take()).toMatchObject({
    changes: [{ type: 'delete', author: 'a', isConcurrent: false, source: 'local' }],
  });
});

test('a slow reader gets the newest value of each key, with the one that it knew before', () => {
  const node = new KvNode('a', new KvTime(), { config: { sharedWritesBurst: 1_000 } });
  node.put('k', 'known');
  const watch = node.state.watch({ key: 'k' }, () => {});
  watch.take();
  for (let index = 0; index < 100; index += 1) node.put('k', `${index}`);
  expect(watch.pendingCount).toBe(1);
  const { changes } = watch.take() as Extract<WatchBatch, { type: 'changes' }>;
  expect([changes.length, text(changes[0]!.entry!.value), text(changes[0]!.previous!.value)]).toEqual([
    1,
    '99',
    'known',
  ]);
});

test('with too many keys waiting, the reader is told, and then given the state anew without a gap', () => {
  const config = { sharedWritesBurst: 1e6, sharedKeysMax: 50_000 };
  const node = new KvNode('a', new KvTime(), { config });
  const watch = node.state.watch({}, () => {});
  const known = new Map<string, string>();
  takeAll(watch, known);
  for (let index = 0; index <= kvLimits.pendingChangesMax; index += 1) node.put(`k${index}`, 'v');
  expect(watch.pendingCount).toBe(0);
  expect(watch.take()).toEqual({ type: 'overflow' });
  node.put('last', 'v');
  takeAll(watch, known);
  expect(known).toEqual(shownAt(node));
});

test('a reader that has taken all is called once, after the step', () => {
  const time = new KvTime();
  const [a, b] = [new KvNode('a', time), new KvNode('b', time)];
  const seen: number[] = [];
  const watch = a.state.watch({ lane: 0 }, () => void seen.push([...a.state.shared.list()].length));
  watch.take();
  watch.take();
  for (const key of ['x', 'y', 'z']) b.put(key, 'v');
  a.pull(b);
  expect(seen).toEqual([3]);
  a.put('x', 'w');
  expect(seen).toEqual([3]);
  watch.take();
  watch.take();
  a.put('x', 'v');
  expect(seen).toEqual([3, 3]);
  watch.close();
  a.put('x', 'u');
  expect([seen.length, watch.pendingCount]).toEqual([2, 0]);
});

test('a resync is seen in one step: no reader finds the gap', () => {
  const time = new KvTime();
  const [a, b] = [new KvNode('a', time), new KvNode('b', time)];
  for (const key of ['x', 'y', 'z']) a.put(key, 'v');
  settle(a, b);
  b.state.shared.delete('x');
  b.state.shared.dropTombstone('x');
  const sizes: number[] = [];
  const watch = a.state.watch({}, () => void sizes.push([...a.state.shared.list()].length));
  watch.take();
  watch.take();
  expect(a.pull(b)).toBe('committed');
  expect(sizes).toEqual([2]);
  expect(watch.take()).toMatchObject({ changes: [{ type: 'delete', key: 'x', source: 'resync' }] });
});
