import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster, type CreateClusterOptions, type QueryAnswer } from 'hearsay';
import { expect, onTestFinished, test } from 'vitest';
import { addressOf, heard, startMember, startMembers } from '../support/real-clusters.ts';

const text = (payload: Uint8Array): string => Buffer.from(payload).toString();

test('members show each other their tags, and new ones', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], { tags: { role: 'web', rack: 'r7' } });
  // Beside the user's tags, the one by which a member says that it takes part in gossiped state.
  const tags = { role: 'web', rack: 'r7', gs: '1' };
  expect(n2!.member('n1')).toMatchObject({ status: 'alive', tags });
  expect(n1!.tags).toEqual({ role: 'web', rack: 'r7' });
  const update = heard(n2!, 'member-update', ({ member }) => member.name === 'n1');
  expect(await n1!.setTags({ role: 'db' })).toEqual({ spread: true });
  expect((await update).member.tags).toEqual({ role: 'db', gs: '1' });
  expect(n1!.tags).toEqual({ role: 'db' });
  await expect(n1!.setTags({ long: 'x'.repeat(600) })).rejects.toMatchObject({ code: 'ERR_TAGS_TOO_LARGE' });
  expect(n1!.tags).toEqual({ role: 'db' });
});

test('a user event is heard by all members, by the sender too, and its payload is the hearer’s own', async () => {
  const clusters = await startMembers(['n1', 'n2', 'n3']);
  const all = clusters.map((cluster) => heard(cluster, 'user', ({ name }) => name === 'deploy'));
  const payload = Buffer.from('v2');
  clusters[0]!.event('deploy', payload);
  payload.fill(0);
  for (const event of await Promise.all(all)) {
    expect(text(event.payload)).toBe('v2');
    event.payload.fill(0);
  }
  const late = await startMember('n4');
  const replayed = heard(late, 'user', ({ name }) => name === 'deploy');
  await late.join(addressOf(clusters[0]!), { replay: true });
  expect(text((await replayed).payload)).toBe('v2');
});

test('a query brings acks and answers of the members that it was for, and says who kept silent', async () => {
  const [n1, n2, n3] = await startMembers(['n1', 'n2', 'n3']);
  n1!.onQuery('load', () => '1');
  n2!.onQuery('load', async ({ payload }) => Buffer.from(`2 ${text(payload)}`));
  n3!.onQuery('load', () => undefined);
  const query = n1!.query('load', 'now', { requestAck: true, timeoutMs: 1_000 });
  const answers: QueryAnswer[] = [];
  for await (const answer of query) answers.push(answer);
  const responses = answers.flatMap((a) => (a.type === 'response' ? [`${a.from}: ${text(a.payload)}`] : []));
  expect(responses.toSorted()).toEqual(['n1: 1', 'n2: 2 now']);
  expect(
    answers
      .filter(({ type }) => type === 'ack')
      .map(({ from }) => from)
      .toSorted(),
  ).toEqual(['n1', 'n2', 'n3']);
  expect(await query.summary).toMatchObject({ silent: [], droppedCount: 0 });
  const some = await n1!.query('load', undefined, { nodes: ['n2', 'n3'], timeoutMs: 500 }).summary;
  expect(some).toMatchObject({ responded: ['n2'], silent: ['n3'] });
});

test('a query is answered once, in time, and what its handler throws is reported', async () => {
  const [n1] = await startMembers(['n1', 'n2']);
  const failure = heard(n1!, 'error');
  n1!.onQuery('broken', function breaks() {
    throw new Error('not today');
  });
  const asked = heard(n1!, 'query', ({ name }) => name === 'twice');
  expect(await n1!.query('broken', undefined, { nodes: ['n1'], timeoutMs: 100 }).summary).toMatchObject({
    silent: ['n1'],
  });
  expect(await failure).toMatchObject({ during: 'query', listenerName: 'breaks', error: new Error('not today') });
  const query = n1!.query('twice', 'x', { nodes: ['n1'], timeoutMs: 200 });
  const { respond, from, payload } = await asked;
  expect([from, text(payload)]).toEqual(['n1', 'x']);
  respond('yes');
  expect(() => respond('again')).toThrow(expect.objectContaining({ code: 'ERR_QUERY_CLOSED' }));
  expect(await query.next()).toMatchObject({ value: { type: 'response', from: 'n1' } });
  expect(await query.next()).toEqual({ done: true, value: undefined });
});

test('a query can be given up: by its signal, by leaving the loop, and by the end of the cluster', async () => {
  const n1 = await startMember('n1');
  const controller = new AbortController();
  const aborted = n1.query('q', undefined, { signal: controller.signal, timeoutMs: 60_000 });
  const reading = aborted.next();
  controller.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  await expect(aborted.summary).rejects.toThrow('enough');
  expect(await aborted.next()).toEqual({ done: true, value: undefined });

  n1.onQuery('q', () => 'a');
  const left = n1.query('q', undefined, { timeoutMs: 300 });
  for await (const answer of left) {
    expect(answer.from).toBe('n1');
    break;
  }
  expect((await left.summary).responded).toEqual(['n1']);

  const cut = n1.query('q2', undefined, { timeoutMs: 60_000 });
  const waiting = cut.next();
  await n1.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_STATE' });
  await expect(cut.summary).rejects.toMatchObject({ code: 'ERR_STATE' });
});

test('a member leaves, and joins again on the same object', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2']);
  const farewell = heard(n1!, 'member-leave', ({ member }) => member.name === 'n2');
  expect(await n2!.leave()).toEqual({ spread: true });
  expect((await farewell).member.status).toBe('left');
  expect(() => n2!.event('too late')).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  const welcome = heard(n1!, 'member-join', ({ member }) => member.name === 'n2');
  expect(await n2!.join(addressOf(n1!))).toMatchObject({ joinedCount: 1 });
  expect((await welcome).member.status).toBe('alive');
  const told = heard(n1!, 'user');
  n2!.event('back');
  expect((await told).name).toBe('back');
});

test('a member of a plain pool leaves and joins again too', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2'], { pool: 'memberlist' });
  await n2!.leave();
  const welcome = heard(n1!, 'member-join', ({ member }) => member.name === 'n2');
  await n2!.join(addressOf(n1!));
  await welcome;
});

test('one that has failed has left when somebody says so, or is forgotten', async () => {
  const [n1, n2, n3] = await startMembers(['n1', 'n2', 'n3']);
  const failed = heard(n1!, 'member-failed', ({ member }) => member.name === 'n3');
  await n3!.close();
  await failed;
  const left = heard(n2!, 'member-leave', ({ member }) => member.name === 'n3');
  expect(await n1!.forceLeave('n3')).toEqual({ spread: true });
  await left;
  const reaped = heard(n2!, 'member-reap', ({ member }) => member.name === 'n3');
  await n1!.forceLeave('n3', { prune: true });
  await reaped;
  expect(n2!.member('n3')).toBeUndefined();
});

test('keys are changed on all members at once', async () => {
  const [oldKey, newKey] = [Buffer.alloc(16, 1), Buffer.alloc(32, 2)];
  const stored: number[] = [];
  const saveKeys = (keys: readonly Uint8Array[]): void => void stored.push(keys.length);
  const [n1, n2] = await startMembers(['n1', 'n2'], { keys: [oldKey], saveKeys });
  const result = await n1!.keys.install(newKey.toString('base64'));
  expect(result).toMatchObject({ nodeCount: 2, responseCount: 2, errorCount: 0, error: undefined });
  expect((await n1!.keys.use(newKey)).error).toBeUndefined();
  expect((await n2!.keys.remove(oldKey)).error).toBeUndefined();
  expect((await n2!.keys.list()).keys).toEqual({ [newKey.toString('base64')]: 2 });
  expect(n1!.keyring.list()).toEqual([new Uint8Array(newKey)]);
  expect(stored).toEqual([2, 2, 2, 2, 1, 1]);
  await expect(n1!.keys.install(null as never)).rejects.toMatchObject({ code: 'ERR_KEY_LENGTH' });
  expect(() => n1!.keyring.install(null as never)).toThrow(expect.objectContaining({ code: 'ERR_KEY_LENGTH' }));
});

test('members learn how far they are from each other', async () => {
  const [n1, n2] = await startMembers(['n1', 'n2']);
  const known = new Promise<void>((resolve) => {
    const look = (): void => (n1!.rtt('n2') === undefined ? void setTimeout(look, 20) : resolve());
    look();
  });
  await known;
  expect(n1!.rtt('n2')).toBeGreaterThan(0);
  expect(n1!.rtt('n2')).toBeLessThan(1_000);
  expect(n1!.coordinate?.vec).toHaveLength(8);
  expect(n1!.coordinateOf('nobody')).toBeUndefined();
  expect(n1!.rtt('nobody')).toBeUndefined();
  expect(n2!.stats().core.serf).toMatchObject({ members: 2, failed: 0 });
});

test('a member finds its pool again by its snapshot alone, and hears no event twice', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hearsay-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const snapshotPath = join(folder, 'snapshot');
  const n1 = await startMember('n1');
  const n2 = await startMember('n2', { snapshotPath });
  await n2.join(addressOf(n1));
  await n2.waitForMembers(2, { timeoutMs: 5_000 });
  const told = heard(n2, 'user');
  n1.event('once');
  await told;
  await n2.close();
  expect(await readFile(snapshotPath, 'utf8')).toMatch(/^alive: n1 127\.0\.0\.1:\d+$/m);
  const again = await startMember('n2', { snapshotPath, bind: addressOf(n2) });
  const events: string[] = [];
  again.on('user', ({ name }) => events.push(name));
  await again.waitForMembers(2, { timeoutMs: 5_000 });
  const twice = heard(again, 'user', ({ name }) => name === 'twice');
  n1.event('twice');
  await twice;
  expect(events).toEqual(['twice']);
  await again.leave();
  await again.close();
  expect(await readFile(snapshotPath, 'utf8')).toMatch(/^leave$/m);
});

test.each<[CreateClusterOptions, string]>([
  [{ meta: 'x' }, 'meta'],
  [{ versions: { delegateMin: 2, delegateMax: 5, delegateCurrent: 5 } }, 'versions'],
  [{ delegate: {} }, 'delegate'],
  [{ pool: 'memberlist', tags: {} }, 'tags'],
  [{ pool: 'memberlist', snapshotPath: 'x' }, 'snapshotPath'],
  [{ pool: 'consul' as 'serf' }, 'pool'],
  [{ tags: { role: 1 as never } }, 'tags'],
  [{ serf: { protocolVersion: 9 } }, 'protocolVersion'],
])('options of the other kind of pool, and wrong ones, are refused: %j', async (options, name) => {
  await expect(createCluster({ bind: '127.0.0.1:0', ...options })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: expect.stringContaining(name),
  });
});

test('each kind of pool says which calls it does not have', async () => {
  const serf = await startMember('n1');
  const plain = await startMember('n2', { pool: 'memberlist' });
  const unsupported = expect.objectContaining({ code: 'ERR_UNSUPPORTED' });
  expect(() => serf.send('n1', 'x')).toThrow(unsupported);
  expect(() => serf.broadcast('x')).toThrow(unsupported);
  await expect(serf.updateMeta('x')).rejects.toEqual(unsupported);
  expect(() => plain.event('x')).toThrow(unsupported);
  expect(() => plain.query('x')).toThrow(unsupported);
  await expect(plain.setTags({})).rejects.toEqual(unsupported);
  await expect(plain.forceLeave('n1')).rejects.toEqual(unsupported);
  await expect(plain.keys.list()).rejects.toEqual(unsupported);
  expect([plain.coordinate, plain.rtt('n1'), plain.tags]).toEqual([undefined, undefined, {}]);
  await expect(plain.join(addressOf(serf))).rejects.toMatchObject({ code: 'ERR_JOIN' });
});

test('wrong arguments are errors with a code, and change nothing', async () => {
  const n1 = await startMember('n1');
  const wrong = expect.objectContaining({ code: 'ERR_CONFIG' });
  for (const count of [NaN, -1, 1.5, '2' as never]) await expect(n1.waitForMembers(count)).rejects.toEqual(wrong);
  expect(() => n1.on('bogus' as 'user', () => {})).toThrow(wrong);
  expect(() => n1.event(undefined as never)).toThrow(wrong);
  expect(() => n1.event('x', 5 as never)).toThrow(wrong);
  expect(() => n1.event('x', '', { coalesce: 'no' as never })).toThrow(wrong);
  expect(() => n1.query(null as never)).toThrow(wrong);
  for (const options of [{ nodes: 'n1' }, { nodes: [5] }, { nodes: null }, { tags: { a: 5 } }, { timeout: 5 }, null]) {
    expect(() => n1.query('x', '', options as never)).toThrow(wrong);
  }
  await expect(n1.forceLeave('n2', { prune: 'yes' as never })).rejects.toEqual(wrong);
  expect(() => n1.onQuery('x', 'y' as never)).toThrow(wrong);
  await expect(n1.setTags({ role: 5 as never })).rejects.toEqual(wrong);
  await expect(n1.join([5 as never])).rejects.toEqual(wrong);
  expect(() => n1.event('x'.repeat(600))).toThrow(expect.objectContaining({ code: 'ERR_EVENT_TOO_LARGE' }));
  expect(() => n1.query('x', 'y'.repeat(1_100))).toThrow(expect.objectContaining({ code: 'ERR_QUERY_TOO_LARGE' }));
  expect((await n1.query('x', '', { nodes: ['n1'], timeoutMs: 100 }).summary).silent).toEqual(['n1']);
});

test('handlers that change what they are told of do not stop the process', async () => {
  const n1 = await startMember('n1', { pool: 'memberlist' });
  let count = 0;
  n1.on('member-update', () => {
    count += 1;
    if (count < 500) void n1.updateMeta(`v${count}`);
  });
  await n1.updateMeta('v0');
  expect(count).toBeLessThan(500);
  while (count < 500) await new Promise((resolve) => setImmediate(resolve));
});

test('of two members with one name the newcomer stops, with an error, and the other stays', async () => {
  const clusters = await startMembers(['n1', 'n2', 'n3']);
  const impostor = await startMember('n2', { serf: { queryTimeoutMult: 2 } });
  const stopped = heard(impostor, 'error');
  await impostor.join(addressOf(clusters[0]!)).catch(() => {});
  expect(await stopped).toMatchObject({ isFatal: true, error: { code: 'ERR_NAME' } });
  expect(() => impostor.event('x')).toThrow(expect.objectContaining({ code: 'ERR_STATE' }));
  expect(clusters[1]!.members).toHaveLength(3);
});
