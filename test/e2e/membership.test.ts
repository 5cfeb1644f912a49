import { expect, test } from 'vitest';
import { addressOf, heard, startMember, startMembers } from '../support/real-clusters.ts';

const stateOf = (cluster: { member(name: string): { state: string } | undefined }, name: string): string | undefined =>
  cluster.member(name)?.state;

test('three nodes join and know each other', async () => {
  const clusters = await startMembers(['n1', 'n2', 'n3']);
  for (const cluster of clusters) {
    expect(cluster.members.map(({ name }) => name).toSorted()).toEqual(['n1', 'n2', 'n3']);
    expect(cluster.stats()).toMatchObject({ members: 3, udp: { sendErrors: {} }, tcp: { errors: {} } });
  }
});

test('nodes with the same key and label form a cluster, and nobody else gets in', async () => {
  const key = Buffer.alloc(32, 7).toString('base64');
  const [n1] = await startMembers(['n1', 'n2', 'n3'], { keys: [key], label: 'prod' });
  const strangers = await Promise.all([
    startMember('plain', { label: 'prod' }),
    startMember('other-key', { label: 'prod', keys: [new Uint8Array(32)] }),
    startMember('other-label', { label: 'test', keys: [key] }),
  ]);
  for (const stranger of strangers) {
    await expect(stranger.join(addressOf(n1!))).rejects.toMatchObject({ code: 'ERR_JOIN' });
    expect(stranger.members).toHaveLength(1);
  }
  expect(n1!.members).toHaveLength(3);
});

test('a cluster changes its key without losing a member', async () => {
  const [oldKey, newKey] = [new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)];
  const clusters = await startMembers(['n1', 'n2'], { keys: [oldKey] });
  for (const { keyring } of clusters) keyring.install(newKey);
  for (const { keyring } of clusters) keyring.use(newKey);
  for (const { keyring } of clusters) keyring.remove(oldKey);
  const late = await startMember('n3', { keys: [newKey] });
  await late.join(addressOf(clusters[0]!));
  await Promise.all(clusters.map((cluster) => cluster.waitForMembers(3, { timeoutMs: 5_000 })));
  expect(clusters[0]!.keyring.list()).toEqual([newKey]);
});

test('nodes meet over IPv6', async () => {
  const [n1] = await startMembers(['n1', 'n2'], { bind: '[::1]:0' });
  expect(n1!.member('n2')!.address!.host).toBe('::1');
});

test('new metadata is seen by the others', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], { pool: 'memberlist', meta: 'first' });
  const update = heard(n2!, 'member-update', ({ member }) => member.name === 'n1');
  const result = await n1!.updateMeta('second');
  expect(Buffer.from((await update).member.meta).toString()).toBe('second');
  expect(result).toEqual({ spread: true });
  await expect(n1!.updateMeta(new Uint8Array(513))).rejects.toMatchObject({ code: 'ERR_META_TOO_LARGE' });
});

test('a node that leaves is seen as left', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2']);
  const farewell = heard(n2!, 'member-leave', ({ member }) => member.name === 'n1');
  expect(await n1!.leave()).toEqual({ spread: true });
  await farewell;
  expect(stateOf(n2!, 'n1')).toBe('left');
});

test('a node that is closed without a leave is seen as failed', async () => {
  const [n1, n2, n3] = await startMembers(['n1', 'n2', 'n3']);
  const failures = [n2!, n3!].map((cluster) => heard(cluster, 'member-failed', ({ member }) => member.name === 'n1'));
  await n1!.close();
  await Promise.all(failures);
  expect(stateOf(n2!, 'n1')).toBe('dead');
});

test('a message to one member arrives by packet, by stream and by gossip', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], { pool: 'memberlist' });
  const received = (text: string): Promise<unknown> =>
    heard(n2!, 'user-message', ({ payload, from }) => Buffer.from(payload).toString() === text && from !== '');
  const all = ['small', 'large', 'gossip'].map(received);
  n1!.send('n2', 'small');
  n1!.send('n2', 'large', { channel: 'stream' });
  n1!.broadcast('gossip');
  await Promise.all(all);
  expect(() => n1!.send('nobody', 'x')).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_MEMBER' }));
  expect(() => n1!.send('n2', new Uint8Array(70_000))).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE' }),
  );
});

test('a seed that comes later is found without being told', async () => {
  const first = await startMember('n1');
  const seed = addressOf(first);
  await first.close();
  const waiting = await startMember('n2', { seeds: [seed] });
  await startMember('n1', { bind: seed });
  await waiting.waitForMembers(2, { timeoutMs: 10_000 });
});

test('who waits for members that settle gets them when nobody has come or gone for so long', async () => {
  const first = await startMember('n1');
  const settled = first.waitFor({ members: 2, settledForMs: 300, timeoutMs: 10_000 });
  const startedAtMs = performance.now();
  await startMember('n2', { seeds: [addressOf(first)] });
  expect((await settled).map(({ name }) => name).toSorted()).toEqual(['n1', 'n2']);
  expect(performance.now() - startedAtMs).toBeGreaterThan(295);
  await expect(first.waitFor({ members: 3, timeoutMs: 50 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  const controller = new AbortController();
  const aborted = first.waitFor({ settledForMs: 60_000, signal: controller.signal });
  controller.abort(new Error('changed my mind'));
  await expect(aborted).rejects.toThrow('changed my mind');
  await expect(first.waitFor({ settledForMs: NaN })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});

test('a seed is a host name that is resolved, and may be the node itself', async () => {
  const lookup = (): Promise<string[]> => Promise.resolve(['127.0.0.1']);
  const n1 = await startMember('n1');
  const seeds = [`n1/cluster.example:${n1.address.port}`];
  const n2 = await startMember('n2', { seeds, lookup });
  await n2.waitForMembers(2, { timeoutMs: 5_000 });
  const alone = await startMember('n3', { lookup });
  await expect(alone.join('cluster.example:1')).rejects.toMatchObject({
    code: 'ERR_JOIN',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});
