/** Gossiped state on real sockets. What can be shown in virtual time is shown there. */
import type { CreateClusterOptions, KvWatchEvent } from 'hearsay';
import { expect, test } from 'vitest';
import { addressOf, heard, startMember, startMembers } from '../support/real-clusters.ts';

/** As quick in proportion as the timers of these tests. */
const quick: CreateClusterOptions = { kv: { periodMs: 200 } };

async function eventually(isTrue: () => boolean, withinMs: number = 10_000): Promise<void> {
  await expect.poll(isTrue, { timeout: withinMs, interval: 20 }).toBe(true);
}

test('what one member puts, another watches and reads, and the first is told who has seen it', async () => {
  const [n1, n2, n3] = await startMembers(['n1', 'n2', 'n3'], quick);
  const watch = n2!.kv.watch<{ on: boolean }>({ prefix: 'flags/', initial: 'snapshot' });
  const next = watch.next();
  const write = await n1!.kv.shared.put('flags/new-ui', { on: true }, { track: true });
  expect((await next).value).toMatchObject({ type: 'put', key: 'flags/new-ui', value: { on: true }, author: 'n1' });
  expect(await write.seenBy({ timeoutMs: 10_000 })).toEqual({ seen: 3, missing: [] });
  expect(await write.settled()).toEqual({ seen: 3, missing: [], outcome: 'kept', by: undefined });
  expect(n3!.kv.shared.entry('flags/new-ui')).toMatchObject({ value: { on: true }, author: 'n1', invalid: undefined });
  expect(await n3!.kv.where('flags/new-ui')).toMatchObject({ seen: 3, missing: [], author: 'n1' });

  await n3!.kv.shared.update<{ on: boolean }>('flags/new-ui', (flag) => ({ ...flag, percent: 20 }));
  expect((await watch.next()).value).toMatchObject({ value: { on: true, percent: 20 }, previous: { on: true } });
  await n1!.kv.shared.delete('flags/new-ui');
  expect((await watch.next()).value).toMatchObject({ type: 'delete', key: 'flags/new-ui', value: undefined });
  await eventually(() => !n3!.kv.shared.has('flags/new-ui'));
  await watch.return();
});

test('each member writes keys of its own, which all read, count and add up', async () => {
  const clusters = await startMembers(['n1', 'n2'], quick);
  const [n1, n2] = clusters;
  await n1!.kv.own.set('version', '1.4.2');
  await n2!.kv.own.set('load', 3);
  await n1!.kv.own.set('load', 4);
  await Promise.all(clusters.map((cluster) => cluster.kv.counter('orders').add(cluster.name === 'n1' ? 5 : -2)));
  await n1!.kv.set('blocked').add('mallory');
  await eventually(() => n2!.kv.nodes.get('n1')?.get('version') === '1.4.2');
  await eventually(() => n1!.kv.sum('load').sum === 7);
  await eventually(() => clusters.every((cluster) => cluster.kv.counter('orders').value === 3));
  await eventually(() => n2!.kv.set('blocked').has('mallory'));
  expect(n1!.kv.sum('load')).toEqual({ sum: 7, nodes: 2 });
  expect([...n1!.kv.nodes].map(({ name }) => name).toSorted()).toEqual(['n1', 'n2']);
  await n1!.kv.own.delete('version');
  await eventually(() => n2!.kv.nodes.get('n1')?.has('version') === false);
});

test('an empty member that joins has all of the state at once, never a part of it', async () => {
  const kv = { periodMs: 200, bytesPerSecond: 10_000_000 };
  const clusters = await startMembers(['n1', 'n2'], { kv });
  const [n1] = clusters;
  const count = 100;
  for (let i = 0; i < count; i += 1) await n1!.kv.shared.put(`k/${i}`, 'x'.repeat(200));
  // News that is still being spread reaches a newcomer one by one.
  await eventually(() => clusters.every((cluster) => cluster.kv.stats.rumorsQueued === 0), 30_000);
  const late = await startMember('late', { kv });
  const counts: number[] = [];
  const watching = (async (): Promise<void> => {
    for await (const _ of late.kv.watch({ prefix: 'k/' })) {
      counts.push([...late.kv.shared.list('k/')].length);
      if (counts.length === count) return;
    }
  })();
  await late.join(addressOf(n1!));
  await watching;
  expect(new Set(counts)).toEqual(new Set([count]));
});

test('members of a plain pool take part when they are told to, and the others are left alone', async () => {
  const plain: CreateClusterOptions = { pool: 'memberlist', meta: 'hello' };
  const n1 = await startMember('n1', { ...plain, ...quick });
  const n2 = await startMember('n2', { ...plain, ...quick });
  const stranger = await startMember('stranger', plain);
  for (const other of [n2, stranger]) await other.join(addressOf(n1));
  await Promise.all([n1, n2, stranger].map((cluster) => cluster.waitForMembers(3)));
  const messages: unknown[] = [];
  stranger.on('user-message', (message) => messages.push(message));
  await n1.kv.shared.put('k', 'v');
  await eventually(() => n2.kv.shared.get('k') === 'v');
  await eventually(() => n1.kv.capable().length === 2);
  expect(n1.kv.capable()).toEqual(['n1', 'n2']);
  expect(() => stranger.kv).toThrow('this member takes no part in gossiped state');
  expect(Buffer.from(stranger.member('n1')!.meta).toString()).toBe('hello');
  expect(messages).toEqual([]);
});

test('writes under a bridged prefix are heard as user events by members that take no part, once each', async () => {
  const bridge = { prefixes: ['flags/', 'flags/a'] };
  const n1 = await startMember('n1', { kv: { periodMs: 200, bridge } });
  const n2 = await startMember('n2', { kv: { periodMs: 200, bridge } });
  const stranger = await startMember('stranger', { kv: false });
  for (const other of [n2, stranger]) await other.join(addressOf(n1));
  await Promise.all([n1, n2, stranger].map((cluster) => cluster.waitForMembers(3)));
  const names: string[] = [];
  stranger.on('user', ({ name, payload }) => names.push(`${name} ${Buffer.from(payload).toString()}`));
  const ended = heard(stranger, 'user', ({ name }) => name === 'kv-deleted:flags/a');
  await n1.kv.shared.put('other', 1);
  await n1.kv.shared.put('flags/a', { on: true });
  await eventually(() => n2.kv.shared.has('flags/a') && names.length > 0);
  await n1.kv.shared.delete('flags/a');
  await ended;
  expect(names).toEqual(['kv:flags/a {"on":true}', 'kv-deleted:flags/a ']);
});

test('a value that the schema of the reader refuses is told as invalid, and passes on unchanged', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], quick);
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  n2!.kv.define<number>('limits/*', {
    schema: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) => (isNumber(value) ? { value } : { issues: [{ message: 'no number' }] }),
      },
    },
  });
  await n1!.kv.shared.put('limits/rate', 10);
  await eventually(() => n2!.kv.shared.get('limits/rate') === 10);
  const watch = n2!.kv.watch({ key: 'limits/rate' });
  await n1!.kv.shared.put('limits/rate', 'ten');
  expect((await watch.next()).value).toMatchObject({ type: 'invalid', value: 10, reason: 'no number' });
  expect(n2!.kv.shared.get('limits/rate')).toBe(10);
  const late = await startMember('late', quick);
  await late.join(addressOf(n2!));
  await eventually(() => late.kv.shared.get('limits/rate') === 'ten');
});

test('a member that leaves and joins again goes on with its state, and its watches with it', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], quick);
  const events: KvWatchEvent[] = [];
  const watching = (async (): Promise<void> => {
    for await (const event of n2!.kv.watch()) events.push(event);
  })();
  await n1!.kv.shared.put('a', 1);
  await eventually(() => events.length === 1);
  await n2!.leave();
  await expect(n2!.kv.shared.put('b', 2)).rejects.toMatchObject({ code: 'ERR_STATE' });
  await n1!.kv.shared.put('a', 2);
  await n2!.join(addressOf(n1!));
  await eventually(() => events.length === 2);
  expect(events[1]).toMatchObject({ key: 'a', value: 2, previous: 1 });
  await n2!.close();
  await watching;
  await expect(n2!.kv.shared.put('b', 2)).rejects.toMatchObject({ code: 'ERR_STATE' });
  expect(n2!.kv.shared.get('a')).toBe(2);
});

test('state is off when it is switched off, and its options are checked', async () => {
  const n1 = await startMember('n1', { kv: false });
  expect(() => n1.kv).toThrow('this member takes no part in gossiped state');
  expect(n1.localMember.tags).toEqual({});
  expect(n1.stats().core.kv).toBeUndefined();
  const refused = (options: CreateClusterOptions): Promise<unknown> => startMember('n2', options);
  await expect(refused({ kv: { period: 1 } as object })).rejects.toThrow('period is no option of kv');
  await expect(refused({ kv: { limits: { keyMaxBytes: 1_000 } } })).rejects.toThrow('kv.keyMaxBytes is 1000');
  await expect(refused({ tags: { gs: '1' } })).rejects.toThrow("the tag 'gs' is reserved");
  const bridge = { prefixes: ['a'] };
  await expect(refused({ pool: 'memberlist', kv: { bridge } })).rejects.toThrow('only a Serf pool has');
  await expect(refused({ kv: { bridge: { prefixes: 'a' as never } } })).rejects.toThrow('must be an array of strings');
});
