import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LoneState } from '../../../../../test/support/lone-state.ts';

const states: LoneState[] = [];
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  states.splice(0).forEach((state) => state.close());
  vi.useRealTimers();
});

const mark = Uint8Array.of(0xe7, 0x47, 0x53, 0x01);
const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCurrent: 2,
  delegateMin: 0,
  delegateMax: 0,
  delegateCurrent: 0,
};

/** A member with others that are alive, take part, and never say a word. */
function memberAmong(names: readonly string[], ...options: ConstructorParameters<typeof LoneState>): LoneState {
  const state = new LoneState(...options);
  states.push(state);
  state.driver.run((node, nowMs) =>
    node.adopt(
      nowMs,
      names.map((name, index) => ({
        name,
        address: undefined,
        addr: Uint8Array.of(10, 0, 1, index),
        port: 7946,
        meta: mark,
        state: 'alive' as const,
        incarnation: 1,
        versions,
      })),
    ),
  );
  return state;
}

test('a write says whether it changed anything, and when it was made', async () => {
  const { state } = memberAmong([]);
  expect(await state.shared.put('a', 1)).toEqual({
    key: 'a',
    changed: true,
    stamp: { epoch: 0, ms: 1_750_000_000_000, counter: 0 },
  });
  expect(await state.shared.put('a', 1)).toMatchObject({ changed: false, stamp: { counter: 0 } });
  expect(await state.shared.put('a', 1, { touch: true })).toMatchObject({ changed: true, stamp: { counter: 1 } });
  expect(await state.shared.delete('a')).toMatchObject({ changed: true, stamp: { counter: 2 } });
  expect(await state.shared.delete('a')).toEqual({ key: 'a', changed: false, stamp: undefined });
  expect(await state.own.set('a', 1)).toEqual({ key: 'a', changed: true, stamp: undefined });
  expect(await state.own.set('a', 1)).toMatchObject({ changed: false });
  expect(await state.own.delete('a')).toMatchObject({ changed: true });
  expect(await state.own.delete('a')).toMatchObject({ changed: false });
});

test('a write of a member that is alone has been seen by all', async () => {
  const { state } = memberAmong([]);
  const write = await state.shared.put('a', 1, { track: true });
  expect(await write.seenBy()).toEqual({ seen: 1, missing: [] });
  expect(await write.settled()).toEqual({ seen: 1, missing: [], outcome: 'kept', by: undefined });
});

test('who waits is told who is missing when the time is up, which is no error', async () => {
  const { state } = memberAmong(['n1', 'n2']);
  const timerCount = vi.getTimerCount();
  const write = await state.shared.put('a', 1, { track: true });
  const waiting = write.seenBy({ timeoutMs: 500 });
  await vi.advanceTimersByTimeAsync(499);
  expect(await Promise.race([waiting, Promise.resolve('still waiting')])).toBe('still waiting');
  await vi.advanceTimersByTimeAsync(1);
  expect(await waiting).toEqual({ seen: 1, missing: ['n1', 'n2'] });
  expect(await write.seenBy({ fraction: 1 / 3, timeoutMs: 500 })).toEqual({ seen: 1, missing: ['n1', 'n2'] });
  expect(vi.getTimerCount(), 'no timer is left behind').toBe(timerCount);
});

test('who waits is told when another write has taken the place of its own', async () => {
  const member = memberAmong(['n1']);
  const write = await member.state.shared.put('a', 1, { track: true });
  const settling = write.settled();
  member.pass(1);
  member.otherPuts('a', 2);
  member.pass(2_000);
  expect(await settling).toMatchObject({ outcome: 'overwritten', by: 'n1' });
});

test('waiting ends with its signal, and with the handle', async () => {
  const { state } = memberAmong(['n1']);
  const timerCount = vi.getTimerCount();
  const write = await state.shared.put('a', 1, { track: true });
  const controller = new AbortController();
  const waiting = write.seenBy({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  const other = write.seenBy();
  write.close();
  expect(await other).toMatchObject({ seen: 1 });
  expect(vi.getTimerCount(), 'no timer is left behind').toBe(timerCount);
});

test('what cannot be followed says why', async () => {
  const { state } = memberAmong(['n1']);
  const nothing = await state.shared.delete('nothing', { track: true });
  await expect(nothing.seenBy()).rejects.toMatchObject({ code: 'ERR_STATE' });
  for (let i = 0; i < 8; i += 1) await state.shared.put(`k${i}`, 1, { track: true });
  const ninth = await state.shared.put('k8', 1, { track: true });
  expect(ninth.changed).toBe(true);
  await expect(ninth.seenBy()).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
  await expect(state.where('k8')).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
});

test.each([0, -1, 1.5, Number.NaN])('nobody waits for the part %d of all members', async (fraction) => {
  const { state } = memberAmong([]);
  const write = await state.shared.put('a', 1, { track: true });
  await expect(write.seenBy({ fraction })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});

test('where tells who has what a key shows, and nothing of a key that shows nothing', async () => {
  const { state } = memberAmong(['n1']);
  await state.shared.put('a', { on: true });
  const asking = state.where('a', { timeoutMs: 100 });
  await vi.advanceTimersByTimeAsync(100);
  expect(await asking).toMatchObject({ seen: 1, missing: ['n1'], author: 'n0', entry: { value: { on: true } } });
  expect(await state.where('b')).toBeUndefined();
});

test.each([
  ['ttlms', { ttlms: 1 }, 'ttlms is no option of a write'],
  ['a text for a number', { ttlMs: '1' }, 'ttlMs must be a number'],
  ['a fraction of a millisecond', { ttlMs: 0.5 }, 'ttlMs is 0.5'],
] as [string, object, string][])('a write refuses %s', async (_, options, message) => {
  const { state } = memberAmong([]);
  await expect(state.shared.put('a', 1, options)).rejects.toThrow(message);
  expect(state.shared.has('a')).toBe(false);
});

test('an update reads, changes and writes in one go, and is not made when the change fails', async () => {
  const { state } = memberAmong([]);
  await state.shared.update<number>('n', (n = 0) => n + 1);
  await state.shared.update<number>('n', (n = 0) => n + 1);
  expect(state.shared.get('n')).toBe(2);
  await expect(
    state.shared.update('n', () => {
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  await expect(state.shared.update('n', () => undefined)).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
  await expect(state.shared.update('n', () => Promise.resolve(3))).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
  expect(state.shared.get('n')).toBe(2);
});

test('while writes are seen by nobody, the lag grows, and who wants to can wait or be refused', async () => {
  const member = memberAmong(['n1'], { gossip: { lagWarnMs: 1_000 } });
  const { state, events } = member;
  expect(state.capable()).toEqual(['n0', 'n1']);
  expect(state.lag()).toBe(0);
  await state.ready();
  await state.shared.put('a', 1);
  for (let i = 0; i < 5; i += 1) member.pass(1_000);
  expect(state.lag()).toBeGreaterThanOrEqual(4_000);
  expect(events).toContainEqual(expect.objectContaining({ type: 'kv-backpressure' }));
  await expect(state.shared.put('b', 1, { mustQueue: true })).rejects.toMatchObject({ code: 'ERR_KV_BACKPRESSURE' });
  expect(await state.shared.put('b', 1)).toMatchObject({ changed: true });
  const controller = new AbortController();
  const given = state.ready({ signal: controller.signal });
  const waiting = state.ready();
  controller.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  member.driver.run((node, nowMs) => node.stop(nowMs));
  await waiting;
});

test('writes wait for the store when that is wanted', async () => {
  let isStored = false;
  let store = (): void => {};
  const stored = (): Promise<void> => new Promise((resolve) => (store = resolve));
  const { state } = memberAmong([], {}, {}, { stored });
  const writing = state.shared.put('a', 1).then(() => (isStored = true));
  expect(state.shared.get('a')).toBe(1);
  await Promise.resolve();
  expect(isStored).toBe(false);
  store();
  await writing;
});
