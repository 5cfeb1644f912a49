/** The commands of gossiped state, asked with `hearsay/client` of a server over state that a test scripts. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { ClusterError } from 'hearsay';
import {
  decodeKvJson,
  encodeRequest,
  encodeResponseHeader,
  RpcClient,
  type RpcKvChangeRecord,
  type RpcStream,
} from 'hearsay/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startScriptedKv } from '../../../../../test/support/scripted-server.ts';
import { changeOf, type ScriptedKv, writtenAtMs } from '../../../../../test/support/scripted-kv.ts';

interface Asked {
  readonly kv: ScriptedKv;
  readonly client: RpcClient;
  readonly port: number;
}

async function start(keepsState: boolean = true): Promise<Asked> {
  const { kv, port } = await startScriptedKv(keepsState);
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  onTestFinished(() => client.close());
  return { kv, client, port };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('what was put is got again, as JSON or to the byte, and is gone after a delete', async () => {
  const { client } = await start();
  expect(await client.kv.put('flags/new-ui', { on: true })).toEqual({ changed: true, receipt: undefined });
  const entry = await client.kv.get('flags/new-ui');
  expect(entry).toMatchObject({ author: 'a', key: 'flags/new-ui', ttlMs: 0, writtenAtMs });
  expect(decodeKvJson(entry!.value)).toEqual({ ok: true, value: { on: true } });
  const bytes = Uint8Array.of(0, 255, 10);
  await client.kv.put('blob', bytes, { ttlMs: 60_000 });
  expect(await client.kv.get('blob')).toMatchObject({ value: bytes, ttlMs: 60_000 });
  expect(await client.kv.put('blob', bytes)).toMatchObject({ changed: false });
  expect(await client.kv.delete('blob')).toMatchObject({ changed: true });
  expect(await client.kv.delete('blob')).toMatchObject({ changed: false });
  expect(await client.kv.get('blob')).toBeUndefined();
});

test('a value of the largest size goes there and back', async () => {
  const { client } = await start();
  const value = new Uint8Array(262_144).fill(7);
  await client.kv.put('k'.repeat(512), value);
  expect(Buffer.from(value).equals((await client.kv.get('k'.repeat(512)))!.value)).toBe(true);
});

test('a write that is waited for comes back with its receipt', async () => {
  const { client, kv } = await start();
  kv.missing = ['c'];
  kv.overwrittenBy = 'b';
  expect(await client.kv.put('k', 1, { waitMs: 50 })).toEqual({
    changed: true,
    receipt: { seenCount: 2, missing: ['c'], overwrittenBy: 'b' },
  });
  expect(kv.writes[0]).toMatchObject({ waitMs: 50, touch: false, ttlMs: 0 });
});

test('errors of the state layer keep their codes and their figures', async () => {
  const { client, kv } = await start();
  kv.failure = new ClusterError('ERR_KV_FULL', 'the shared map is full: 10001 keys (the limit is 10000)');
  await expect(client.kv.put('k', 1)).rejects.toMatchObject({
    code: 'ERR_KV_FULL',
    message: 'the shared map is full: 10001 keys (the limit is 10000)',
  });
  await expect(client.kv.put('k', 1, { lane: 'moon' as never })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(client.kv.put('k', 1, { waitMs: 60_001 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(client.kv.put('k', 1, { waitMs: 1, lane: 'owned' })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(client.kv.put('k', undefined)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  expect(kv.writes).toEqual([]);
  expect(await client.kv.get('k')).toBeUndefined();
});

test('an agent that keeps no state says so to every command', async () => {
  const { client } = await start(false);
  const refused = { code: 'ERR_UNSUPPORTED', message: expect.stringContaining('-kv=false') as string };
  await expect(client.kv.get('k')).rejects.toMatchObject(refused);
  await expect(client.kv.put('k', 1)).rejects.toMatchObject(refused);
  await expect(client.kv.delete('k')).rejects.toMatchObject(refused);
  await expect(client.kv.list().next()).rejects.toMatchObject(refused);
  await expect(client.kv.watch()).rejects.toMatchObject(refused);
  await expect(client.kv.where('k')).rejects.toMatchObject(refused);
  expect(await client.members()).toEqual([]);
});

test('a long list comes in pages, in the order of the keys, each once', async () => {
  const { client, kv } = await start();
  const keys = Array.from({ length: 9_000 }, (_, index) => `k${String((index * 7_919) % 9_000).padStart(4, '0')}`);
  for (const key of keys) kv.set('shared', 'b', key, '1');
  kv.set('shared', 'b', 'other', '1');
  const listed = await all(client.kv.list({ prefix: 'k', keysOnly: true }));
  expect(listed.map(({ key }) => key)).toEqual(keys.toSorted());
  for (const name of ['x', 'y', 'z']) kv.set('shared', 'b', `big/${name}`, new Uint8Array(700_000));
  const big = await all(client.kv.list({ prefix: 'big/' }));
  expect(big.map(({ value }) => value.length)).toEqual([700_000, 700_000, 700_000]);
});

test('owned keys are listed member by member, or of one member', async () => {
  const { client, kv } = await start();
  for (const [node, key] of [
    ['b', 'version'],
    ['a', 'version'],
    ['b', 'load'],
  ] as const) {
    kv.set('owned', node, key, '"1"');
  }
  const placesOf = async (node: string = ''): Promise<string[]> => {
    const entries = await all(client.kv.list({ lane: 'owned', node }));
    return entries.map(({ author, key }) => `${author} ${key}`);
  };
  expect(await placesOf()).toEqual(['a version', 'b load', 'b version']);
  expect(await placesOf('b')).toEqual(['b load', 'b version']);
  expect(await client.kv.get('version', { lane: 'owned', node: 'b' })).toMatchObject({ author: 'b' });
  expect(await client.kv.get('load', { lane: 'owned' })).toBeUndefined();
});

test('a watch hands over the state, then changes, and ends when its reader leaves', async () => {
  const { client, kv } = await start();
  kv.set('shared', 'b', 'flags/a', '1');
  kv.set('shared', 'b', 'other', '1');
  const watch = await client.kv.watch({ prefix: 'flags/' });
  expect(await typesOf(watch, 2)).toEqual(['put flags/a', 'ready ']);
  kv.emit({ ...changeOf('delete', kv.get('shared', '', 'flags/a')!), previous: Uint8Array.of(49), concurrent: true });
  const { value } = await watch.next();
  expect(value).toMatchObject({ type: 'delete', concurrent: true, source: 'rumor', previous: Uint8Array.of(49) });
  await watch.return();
  await vi.waitFor(() => expect(kv.watchCount).toBe(0));
});

test('a watch that fails tells why', async () => {
  const { client, kv } = await start();
  const watch = await client.kv.watch({ snapshot: false });
  kv.break(new ClusterError('ERR_STATE', 'the node is closed'));
  await expect(watch.next()).rejects.toMatchObject({ code: 'ERR_RPC', message: 'the node is closed' });
});

async function typesOf(watch: RpcStream<RpcKvChangeRecord>, count: number): Promise<string[]> {
  const types: string[] = [];
  while (types.length < count) {
    const { value } = await watch.next();
    types.push(`${value!.type} ${value!.entry.key}`);
  }
  return types;
}

test('a client that does not read a watch makes it wait, and no record is lost or kept twice', async () => {
  const { kv, port } = await start();
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let receivedBytes = 0;
  socket.on('data', (chunk) => (receivedBytes += chunk.length));
  const watch = { key: '', lane: 'shared', node: '', prefix: '', snapshot: false };
  socket.write(encodeRequest('handshake', 1, { version: 1 }));
  socket.write(encodeRequest('hearsay/kv/1/watch', 2, watch));
  await vi.waitFor(() => expect(kv.watchCount).toBe(1));
  socket.pause();
  const entry = { author: 'b', key: 'k', ttlMs: 0, value: new Uint8Array(200_000), writtenAtMs };
  const recordCount = 100;
  let taken = 0;
  const counted = Object.defineProperty(changeOf('put', entry), 'type', {
    enumerable: true,
    get: () => ((taken += 1), 'put'),
  });
  for (let index = 0; index < recordCount; index += 1) kv.emit(counted);
  await vi.waitFor(() => expect(taken).toBeGreaterThan(0));
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBeLessThan(recordCount);
  socket.resume();
  await vi.waitFor(() => expect(receivedBytes).toBeGreaterThan(recordCount * entry.value.length), { timeout: 10_000 });
  expect(taken).toBe(recordCount);
});

test('an export has values alone, and an import writes what is new, waiting when it is too fast', async () => {
  const { client, kv } = await start();
  kv.set('shared', 'b', 'flags/a', '1');
  kv.set('shared', 'b', 'flags/b', '2', 60_000);
  const exported = await all(client.kv.export('flags/'));
  expect(exported.map(({ key, value, ttlMs }) => [key, textOf(value), ttlMs])).toEqual([
    ['flags/a', '1', 0],
    ['flags/b', '2', 60_000],
  ]);
  expect(Object.keys(exported[0]!)).toEqual(['key', 'value', 'ttlMs']);
  kv.failure = new ClusterError('ERR_KV_RATE', 'too often');
  const one = { key: 'flags/c', value: Uint8Array.of(51), ttlMs: 0 };
  expect(await client.kv.import([...exported, one])).toEqual({ changedCount: 1, unchangedCount: 2 });
  expect(textOf((await client.kv.get('flags/c'))!.value)).toBe('3');
});

test('where tells who has a key and who lags', async () => {
  const { client, kv } = await start();
  expect(await client.kv.where('k')).toBeUndefined();
  kv.set('shared', 'b', 'k', '1');
  kv.missing = ['c'];
  kv.incapable = ['serf-1'];
  expect(await client.kv.where('k', { waitMs: 10 })).toMatchObject({
    entry: { author: 'b', key: 'k' },
    seen: ['a', 'b'],
    missing: ['c'],
    incapable: ['serf-1'],
  });
});

test('a stock agent refuses the commands as it refuses all it does not know, and the error says what that means', async () => {
  // A stock agent answers the handshake, refuses the unknown command, and hangs up.
  const server = createServer((socket) => {
    let count = 0;
    socket
      .on('error', () => {})
      .on('data', () => {
        count += 1;
        if (count === 1) socket.write(encodeResponseHeader({ error: '', seq: 1 }));
        else socket.end(encodeResponseHeader({ error: 'Unsupported command', seq: 2 }));
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  await expect(client.kv.get('k')).rejects.toMatchObject({
    code: 'ERR_UNSUPPORTED',
    message: expect.stringContaining('it is one of Serf') as string,
  });
});
