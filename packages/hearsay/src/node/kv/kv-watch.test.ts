import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { LoneState } from '../../../../../test/support/lone-state.ts';
import type { KvWatch, KvWatchEvent } from './kv-watch.ts';

const states: LoneState[] = [];
afterEach(() => states.splice(0).forEach((state) => state.close()));

/** Writes as often as the test wants. */
const unlimited = { config: { sharedWritesPerSecond: 1e9, sharedWritesBurst: 1e9 } };

function lone(...[kv = unlimited, ...rest]: ConstructorParameters<typeof LoneState>): LoneState {
  const state = new LoneState(kv, ...rest);
  states.push(state);
  return state;
}

const nothing = Symbol('nothing');

/** The next event, if it is there already; else the reader goes on waiting. */
async function tryNext<Value>(watch: KvWatch<Value>): Promise<KvWatchEvent<Value> | undefined> {
  const result = await Promise.race([watch.next(), new Promise((resolve) => setImmediate(resolve, nothing))]);
  return result === nothing ? undefined : (result as IteratorYieldResult<KvWatchEvent<Value>>).value;
}

/** The next event, which is there already. */
async function next<Value>(watch: KvWatch<Value>): Promise<KvWatchEvent<Value>> {
  const event = await tryNext(watch);
  if (event === undefined) throw new Error('no event is there');
  return event;
}

/** All that is told now. Leaves a reader waiting, so only at the end of a test. */
async function drain(watch: KvWatch): Promise<KvWatchEvent[]> {
  const events: KvWatchEvent[] = [];
  for (let event = await tryNext(watch); event !== undefined; event = await tryNext(watch)) events.push(event);
  return events;
}

/** As a reader keeps a copy of the store: what it is told, in order. */
function replay(copy: Map<string, unknown>, event: KvWatchEvent): void {
  if (event.type === 'overflow') copy.clear();
  else if (event.value === undefined) copy.delete(event.key);
  else copy.set(event.key, event.value);
}

function contents({ state }: LoneState): Map<string, unknown> {
  return new Map([...state.shared.list()].map(({ key, value }) => [key, value]));
}

test('a watch hands over the present state, then changes, without a gap', async () => {
  const { state } = lone();
  await state.shared.put('a', 1);
  const watch = state.watch({ initial: 'snapshot' });
  await state.shared.put('b', 2);
  expect(await next(watch)).toMatchObject({ type: 'put', key: 'a', value: 1, source: 'snapshot', author: 'n0' });
  expect(await next(watch)).toMatchObject({ type: 'put', key: 'b', value: 2, source: 'snapshot' });
  await state.shared.put('a', 3);
  expect(await next(watch)).toEqual({
    type: 'put',
    lane: 'shared',
    key: 'a',
    owner: undefined,
    value: 3,
    previous: 1,
    author: 'n0',
    stamp: { epoch: 0, ms: 1_750_000_000_000, counter: 2 },
    concurrent: false,
    source: 'local',
    reason: undefined,
  });
});

test('a watch without a snapshot tells of changes alone', async () => {
  const { state } = lone();
  await state.shared.put('a', 1);
  const watch = state.watch();
  expect(watch.pendingCount).toBe(0);
  await state.shared.delete('a');
  expect(await next(watch)).toMatchObject({ type: 'delete', key: 'a', value: undefined, previous: 1, author: 'n0' });
});

test('a reader that waits is told after the step, and several are told in the order in which they came', async () => {
  const { state } = lone();
  const watch = state.watch();
  const readers = [watch.next(), watch.next()];
  await Promise.all([state.shared.put('a', 1), state.shared.put('b', 2)]);
  const results = await Promise.all(readers);
  expect(results.map(({ value }) => value)).toMatchObject([{ key: 'a' }, { key: 'b' }]);
});

test('a reader that writes when it hears of a write does not enter the step it hears of', async () => {
  const { state } = lone();
  await state.shared.put('n', 0);
  const values: unknown[] = [];
  for await (const event of state.watch<number>({ initial: 'snapshot', key: 'n' })) {
    if (event.type !== 'put') continue;
    values.push(event.value);
    if (event.value === 3) break;
    await state.shared.update<number>('n', (value = 0) => value + 1);
  }
  expect(values).toEqual([0, 1, 2, 3]);
});

test.each([
  [{ key: 'a/1' }, ['a/1']],
  [{ prefix: 'a/' }, ['a/1', 'a/2']],
  [{ prefix: 'a/', key: 'b' }, []],
  [{ lane: 'owned' }, ['own', 'theirs']],
  [{ owner: 'n1' }, ['theirs']],
  [{ lane: 'telemetry' }, ['load']],
] as const)('a watch of %j is told of %j', async (options, keys) => {
  const member = lone();
  const { state } = member;
  const watch = state.watch(options);
  for (const key of ['a/1', 'a/2', 'b']) await state.shared.put(key, 1);
  await state.own.set('own', 1);
  await state.telemetry.own.set('load', 1);
  member.other.state.owned.set('theirs', new TextEncoder().encode('1'));
  member.exchange();
  const events = await drain(watch);
  expect(events.map((event) => (event.type === 'overflow' ? '' : event.key)).toSorted()).toEqual(keys);
});

test('a slow reader is told the newest of each key, and what it was before as it last heard', async () => {
  const { state } = lone();
  await state.shared.put('a', 0);
  const watch = state.watch({ initial: 'snapshot' });
  await next(watch);
  for (let value = 1; value <= 100; value += 1) await state.shared.put('a', value);
  expect(watch.pendingCount).toBe(1);
  expect(await next(watch)).toMatchObject({ key: 'a', value: 100, previous: 0 });
  expect(watch.pendingCount).toBe(0);
});

test('a key of the present state that changes before it is told is told once, as it is now', async () => {
  const { state } = lone();
  await state.shared.put('a', 1);
  await state.shared.put('b', 1);
  await state.shared.put('c', 1);
  const watch = state.watch({ initial: 'snapshot' });
  expect(await next(watch)).toMatchObject({ key: 'a', value: 1 });
  await state.shared.put('b', 2);
  await state.shared.put('b', 3);
  expect(watch.pendingCount).toBe(2);
  expect(await next(watch)).toMatchObject({ key: 'c', value: 1, source: 'snapshot' });
  expect(await next(watch)).toMatchObject({ key: 'b', value: 3, previous: undefined, source: 'local' });
  expect(watch.pendingCount).toBe(0);
  await state.shared.put('b', 4);
  expect(await next(watch)).toMatchObject({ key: 'b', value: 4, previous: 3 });
});

test('two writes that had not seen one another are told to be concurrent, and one of them is told lost', async () => {
  const member = lone();
  const { state, other, events } = member;
  const watch = state.watch();
  await state.shared.put('a', 'mine');
  await next(watch);
  member.pass(1);
  other.state.shared.put('a', new TextEncoder().encode('"theirs"'));
  member.exchange();
  expect(await next(watch)).toMatchObject({
    value: 'theirs',
    previous: 'mine',
    author: 'n1',
    concurrent: true,
    source: 'sync',
  });
  expect(events).toContainEqual(expect.objectContaining({ type: 'kv-overwritten', key: 'a', author: 'n1' }));
});

test('a value whose life is over is told to have expired', async () => {
  const member = lone();
  const { state } = member;
  await state.shared.put('a', 1, { ttlMs: 1_000 });
  const watch = state.watch();
  member.pass(1_500);
  expect(await next(watch)).toMatchObject({ type: 'expire', key: 'a', value: undefined, previous: 1 });
});

test('what a member owned is told to be gone with it', async () => {
  const member = lone();
  const { state, other, core } = member;
  other.state.owned.set('version', new TextEncoder().encode('"1.2"'));
  member.exchange();
  const watch = state.watch({ lane: 'owned' });
  core.state.forgetMember('n1');
  expect(await next(watch)).toMatchObject({ type: 'member-gone', owner: 'n1', key: 'version', previous: '1.2' });
  expect(state.nodes.get('n1')).toBeUndefined();
});

test('a value that cannot be read is told as invalid, with what readers see instead', async () => {
  const member = lone();
  const { state, other } = member;
  state.define('a', {});
  const watch = state.watch();
  await state.shared.put('a', 1);
  await next(watch);
  other.state.shared.put('a', Uint8Array.of(0x7b));
  member.exchange();
  expect(await next(watch)).toMatchObject({ type: 'invalid', key: 'a', value: 1, author: 'n1', previous: 1 });
});

test('a watch ends with its signal, with its reason', async () => {
  const { state } = lone();
  const controller = new AbortController();
  const watch = state.watch({ signal: controller.signal });
  const reading = watch.next();
  controller.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(await watch.next()).toEqual({ done: true, value: undefined });
});

test('a watch with a signal that was aborted before has ended', async () => {
  const { state } = lone();
  const watch = state.watch({ signal: AbortSignal.abort(new Error('enough')) });
  await expect(watch.next()).rejects.toThrow('enough');
});

test('a watch ends with the cluster, and when its loop is left', async () => {
  const { state } = lone();
  const [left, watch] = [state.watch({ initial: 'snapshot' }), state.watch()];
  await state.shared.put('a', 1);
  for await (const event of left) {
    expect(event).toMatchObject({ key: 'a' });
    break;
  }
  expect(await left.next()).toEqual({ done: true, value: undefined });
  state.close();
  for await (const _ of watch) expect.unreachable();
});

test('a watch refuses what no watch can be', () => {
  const { state } = lone();
  expect(() => state.watch({ lane: 'shared', owner: 'n1' })).toThrow('shared keys have none');
  expect(() => state.watch({ lane: 'lane' as 'shared' })).toThrow('not one of shared, owned, telemetry');
  expect(() => state.watch({ from: 1 } as object)).toThrow('from is no option of watch');
});

test('after too many keys at once a reader is told so, and gets the present state anew', async () => {
  const member = lone({ config: { ...unlimited.config, sharedKeysMax: 20_000 } });
  const { state, core } = member;
  await state.shared.put('gone', 1);
  const watch = state.watch({ initial: 'snapshot' });
  const copy = new Map<string, unknown>();
  replay(copy, await next(watch));
  await state.shared.delete('gone');
  const one = new TextEncoder().encode('1');
  for (let i = 0; i <= 10_000; i += 1) core.put(0, `k${i}`, one);
  expect(await next(watch)).toEqual({ type: 'overflow' });
  copy.clear();
  for (const event of [await next(watch), ...(await drain(watch))]) replay(copy, event);
  expect(copy).toEqual(contents(member));
  expect(copy.size).toBe(10_001);
});

test('whatever happens and whenever it is read, what is told adds up to what is there', async () => {
  const key = fc.integer({ min: 0, max: 4 }).map((n) => `k${n}`);
  const action = fc.oneof(
    fc.record({ type: fc.constant('put' as const), key, value: fc.nat(9), ttlMs: fc.constantFrom(0, 5) }),
    fc.record({ type: fc.constant('delete' as const), key }),
    fc.record({ type: fc.constant('theirs' as const), key, value: fc.nat(9) }),
    fc.record({ type: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ type: fc.constant('read' as const), count: fc.integer({ min: 1, max: 4 }) }),
  );
  const run = fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.nat(10), async (actions, begin) => {
    const member = new LoneState(unlimited);
    const copy = new Map<string, unknown>();
    let watch: KvWatch | undefined;
    for (const [index, step] of actions.entries()) {
      if (index === begin) watch = member.state.watch({ initial: 'snapshot' });
      if (step.type === 'put') await member.state.shared.put(step.key, step.value, { ttlMs: step.ttlMs });
      if (step.type === 'delete') await member.state.shared.delete(step.key);
      if (step.type === 'theirs') member.otherPuts(step.key, step.value);
      if (step.type === 'pass') member.pass(step.ms);
      for (let i = 0; step.type === 'read' && i < step.count && watch !== undefined && watch.pendingCount > 0; i += 1) {
        replay(copy, await next(watch));
      }
    }
    watch ??= member.state.watch({ initial: 'snapshot' });
    for (const event of await drain(watch)) replay(copy, event);
    expect(copy).toEqual(contents(member));
    member.close();
  });
  await fc.assert(run, { numRuns: 300 });
});

// Check 20: 10^6 updates over 1,000 keys; the writer makes 10,000 a second, the reader takes 100 events a second.
test('a million updates of a thousand keys leave a slow reader at most a thousand events behind, and then none', async () => {
  const member = lone();
  const { core } = member;
  const watch = member.state.watch({ initial: 'snapshot' });
  const copy = new Map<string, unknown>();
  const [secondCount, updatesPerSecond, keyCount, eventsPerSecond] = [100, 10_000, 1_000, 100];
  const text = new TextEncoder();
  let mostPending = 0;
  let update = 0;
  for (let second = 0; second < secondCount; second += 1) {
    member.pass(1_000);
    for (let i = 0; i < updatesPerSecond; i += 1, update += 1) {
      const key = `k${(update * 7_919) % keyCount}`;
      if (update % 10 === 9) core.delete(member.nowMs, key);
      else core.put(member.nowMs, key, text.encode(String(update)));
    }
    mostPending = Math.max(mostPending, watch.pendingCount);
    for (let i = 0; i < eventsPerSecond; i += 1) replay(copy, await next(watch));
  }
  expect(update).toBe(1_000_000);
  expect(mostPending).toBeLessThanOrEqual(keyCount);
  for (const event of await drain(watch)) replay(copy, event);
  expect(copy).toEqual(contents(member));
  console.info(`check 20: ${update} updates, at most ${mostPending} events pending (bar 1,000)`);
});
