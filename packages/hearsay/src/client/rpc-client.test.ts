import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FakeRpcAgent, type FakeHandler } from '../../../../test/support/fake-rpc-agent.ts';
import { RpcClient } from './rpc-client.ts';
import type { RpcUserRecord } from './rpc-messages.ts';
import type { RpcConnectOptions } from './rpc-options.ts';
import { encodeRecord, encodeResponse, encodeResponseHeader } from './rpc-protocol.ts';

async function connectTo(
  handler: FakeHandler,
  options: RpcConnectOptions = {},
): Promise<{ agent: FakeRpcAgent; client: RpcClient }> {
  const agent = await FakeRpcAgent.start(handler);
  const client = await RpcClient.connect({ address: agent.address, ...options });
  onTestFinished(() => client.close());
  return { agent, client };
}

const accepted = (seq: number): Uint8Array => encodeResponseHeader({ error: '', seq });
const userRecord = (ltime: number): RpcUserRecord => ({
  event: 'user',
  name: 'deploy',
  ltime,
  coalesce: false,
  payload: null,
});
const members = (seq: number): Uint8Array => encodeResponse('members', { error: '', seq }, { members: [] });

test('a refusal that comes twice fails one call and leaves the next alone', async () => {
  const { client } = await connectTo(({ command, seq }, send) => {
    const refusal = encodeResponseHeader({ error: 'Authentication required', seq });
    send(refusal);
    if (command === 'event') send(refusal);
  });
  const refused = { code: 'ERR_RPC', message: 'Authentication required' };
  await expect(client.event('deploy')).rejects.toMatchObject(refused);
  await expect(client.members()).rejects.toMatchObject(refused);
  await expect(client.stats()).rejects.toMatchObject(refused);
});

test('an error with a body carries it, and does not put the connection out of step', async () => {
  const details = { keys: null, messages: { n2: 'no' }, numErr: 1, numNodes: 2, numResp: 2 };
  const { client } = await connectTo(({ command, seq }, send) => {
    if (command === 'install-key') send(encodeResponse(command, { error: '1/2 nodes reported failure', seq }, details));
    else send(members(seq));
  });
  await expect(client.installKey('AAAA')).rejects.toMatchObject({
    code: 'ERR_RPC',
    message: '1/2 nodes reported failure',
    cause: details,
  });
  expect(await client.members()).toEqual([]);
});

test('records come between answers, and each goes to its own stream', async () => {
  const { client } = await connectTo(({ command, seq }, send) => {
    if (command === 'members') {
      send(encodeRecord('stream', 2, userRecord(1)));
      send(encodeRecord('stream', 3, userRecord(2)));
      send(members(seq));
      send(encodeRecord('stream', 2, userRecord(3)));
    } else send(accepted(seq));
  });
  const [first, second] = [await client.stream('user'), await client.stream('user')];
  expect(await client.members()).toEqual([]);
  expect(await first.next()).toEqual({ done: false, value: userRecord(1) });
  expect(await first.next()).toEqual({ done: false, value: userRecord(3) });
  expect(await second.next()).toEqual({ done: false, value: userRecord(2) });
});

test('every byte may come alone', async () => {
  const { client } = await connectTo(({ command, seq }, _send, socket) => {
    socket.setNoDelay(true);
    const bytes = command === 'members' ? [members(seq)] : [accepted(seq), encodeRecord('stream', seq, userRecord(7))];
    for (const byte of Buffer.concat(bytes)) socket.write(Uint8Array.of(byte));
  });
  const stream = await client.stream();
  expect(await stream.next()).toEqual({ done: false, value: userRecord(7) });
  expect(await client.members()).toEqual([]);
});

test('an answer that comes too late is passed over, and no sequence number is used twice', async () => {
  const late: (() => void)[] = [];
  const { agent, client } = await connectTo(({ seq }, send) => {
    if (seq === 2) late.push(() => send(encodeResponse('stats', { error: '', seq }, { agent: { name: 'late' } })));
    else {
      for (const answer of late.splice(0)) answer();
      send(members(seq));
    }
  });
  await expect(client.stats({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
  expect(await client.members()).toEqual([]);
  await client.members();
  expect(agent.requests.map(({ seq }) => seq)).toEqual([2, 3, 4]);
});

test('an abort ends a call with its reason, before and while it waits', async () => {
  const { agent, client } = await connectTo(() => undefined);
  const reason = new Error('enough');
  await expect(client.stats({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(agent.requests).toEqual([]);
  const controller = new AbortController();
  const waiting = client.stats({ signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test('leaving the loop over a stream stops it at the agent; records on their way are passed over', async () => {
  const { agent, client } = await connectTo(({ command, seq }, send) => {
    if (command === 'stop') send(encodeRecord('stream', 2, userRecord(4)));
    send(command === 'members' ? members(seq) : accepted(seq));
    if (command === 'stream') for (const ltime of [1, 2, 3]) send(encodeRecord('stream', seq, userRecord(ltime)));
  });
  const seen: number[] = [];
  for await (const record of await client.stream()) {
    seen.push((record as RpcUserRecord).ltime);
    break;
  }
  expect(await client.members()).toEqual([]);
  expect(seen).toEqual([1]);
  expect(agent.requests.map(({ command, body }) => ({ command, body }))).toEqual([
    { command: 'stream', body: { type: '*' } },
    { command: 'stop', body: { stop: 2 } },
    { command: 'members', body: undefined },
  ]);
});

test('a stream that was given up before the agent agreed is stopped when it does', async () => {
  const held: (() => void)[] = [];
  const { agent, client } = await connectTo(({ command, seq }, send) => {
    if (command === 'stream') held.push(() => send(accepted(seq)));
    else send(command === 'members' ? members(seq) : accepted(seq));
  });
  const controller = new AbortController();
  const opening = client.stream('*', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  await client.members();
  held[0]!();
  await expect.poll(() => agent.requests.at(-1)).toMatchObject({ command: 'stop', body: { stop: 2 } });
});

test('a stream that is read too slowly drops the oldest and counts them, or ends, as it was told', async () => {
  const { client } = await connectTo(({ command, seq }, send) => {
    if (command === 'members') send(members(seq));
    else {
      send(accepted(seq));
      for (const ltime of [1, 2, 3, 4, 5]) send(encodeRecord('stream', seq, userRecord(ltime)));
    }
  });
  const dropping = await client.stream('*', { capacity: 2 });
  const ending = await client.stream('*', { capacity: 2, overflow: 'error' });
  await client.members();
  expect(dropping.dropped).toBe(3);
  expect((await dropping.next()).value).toEqual(userRecord(4));
  expect((await ending.next()).value).toEqual(userRecord(1));
  expect((await ending.next()).value).toEqual(userRecord(2));
  await expect(ending.next()).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
  expect(await ending.next()).toEqual({ done: true, value: undefined });
});

test('a query ends when it is done; what comes from nobody is not an answer', async () => {
  const { agent, client } = await connectTo(({ seq }, send) => {
    send(accepted(seq));
    send(encodeRecord('query', seq, { type: 'ack', from: 'n1', payload: null }));
    send(encodeRecord('query', seq, { type: 'response', from: 'n2', payload: Uint8Array.of(1) }));
    send(encodeRecord('query', seq, { type: 'response', from: '', payload: null }));
    send(encodeRecord('query', seq, { type: 'done', from: '', payload: null }));
  });
  const items = [];
  for await (const item of await client.query('ask', '', { timeoutMs: 100 })) items.push(item);
  expect(items).toEqual([
    { type: 'ack', from: 'n1', payload: null },
    { type: 'response', from: 'n2', payload: Uint8Array.of(1) },
  ]);
  // An empty text is no bytes, which is something else than none.
  expect(agent.requests).toMatchObject([{ command: 'query', body: { payload: new Uint8Array(0) } }]);
});

test('a query whose end the agent never says is given up', async () => {
  const { client } = await connectTo(({ seq }, send) => send(accepted(seq)), { timeoutMs: 50 });
  const replies = await client.query('ask', undefined, { timeoutMs: 20 });
  await expect(replies.next()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' });
});

test('an agent that ends breaks off what waits and what is open', async () => {
  const { client } = await connectTo(({ command, seq }, send, socket) => {
    if (command === 'stats') socket.destroy();
    else send(accepted(seq));
  });
  const stream = await client.stream();
  const broken = { code: 'ERR_RPC_CONNECTION' };
  await expect(client.stats()).rejects.toMatchObject(broken);
  await expect(stream.next()).rejects.toMatchObject(broken);
  await expect(client.members()).rejects.toMatchObject(broken);
  expect(client.isClosed).toBe(true);
});

test('closing this side ends streams without an error', async () => {
  const { client } = await connectTo(({ command, seq }, send) => {
    if (command === 'stream') send(accepted(seq));
  });
  const stream = await client.stream();
  const waiting = client.members();
  client.close();
  client.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_RPC_CONNECTION' });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('an answer or record that cannot be read costs that one alone', async () => {
  const wrongBody = Uint8Array.of(0x81, 0xa4, ...Buffer.from('Type'), 0x90);
  const { client } = await connectTo(({ command, seq }, send) => {
    if (command === 'stats') send(Buffer.concat([accepted(seq), Uint8Array.of(0xc3)]));
    else if (command === 'members') send(members(seq));
    else send(Buffer.concat([accepted(seq), accepted(seq), wrongBody, encodeRecord('stream', seq, userRecord(2))]));
  });
  await expect(client.stats()).rejects.toMatchObject({ code: 'ERR_RPC', message: expect.stringContaining('stats') });
  const stream = await client.stream();
  expect(await client.members()).toEqual([]);
  expect(client.refusedRecords).toBe(1);
  expect((await stream.next()).value).toEqual(userRecord(2));
});

test('no more requests are kept waiting than the limit', async () => {
  const { client } = await connectTo(() => undefined);
  const waiting = Array.from({ length: 1_024 }, () => client.members());
  await expect(client.members()).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL' });
  client.close();
  const ends = await Promise.allSettled(waiting);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
});

test('an agent that takes nothing is not sent ever more', async () => {
  const { client } = await connectTo((_request, _send, socket) => void socket.pause());
  const payload = new Uint8Array(256 * 1024);
  const sent = Array.from({ length: 200 }, () => client.event('big', payload).catch((error: unknown) => error));
  expect(await sent.at(-1)).toMatchObject({ code: 'ERR_QUEUE_FULL', message: expect.stringContaining('bytes wait') });
  client.close();
  expect(await sent[0]).toMatchObject({ code: 'ERR_RPC_CONNECTION' });
});

test('a Unix socket is as good as an address', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rpc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const agent = await FakeRpcAgent.start(({ seq }, send) => send(members(seq)), join(folder, 'rpc.sock'));
  for (const address of [agent.address, `unix:${agent.address}`]) {
    const client = await RpcClient.connect({ address });
    expect(await client.members()).toEqual([]);
    client.close();
  }
  await expect(RpcClient.connect({ address: join(folder, 'none.sock') })).rejects.toMatchObject({
    code: 'ERR_RPC_CONNECTION',
    message: expect.stringContaining('no such socket'),
  });
});

test('what does not speak the protocol is called so', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(RpcClient.connect({ address: `127.0.0.1:${port}` })).rejects.toMatchObject({
    code: 'ERR_RPC_CONNECTION',
    message: expect.stringContaining("does not speak Serf's RPC"),
  });
});

test('an answer above the limit is refused before it has come', async () => {
  const { client } = await connectTo(({ seq }, send) => {
    send(accepted(seq));
    send(Uint8Array.of(0x81, 0xa7, ...Buffer.from('Members'), 0xc6, 0x7f, 0xff, 0xff, 0xff));
  });
  await expect(client.members()).rejects.toMatchObject({
    code: 'ERR_RPC_CONNECTION',
    message: expect.stringContaining('16777216 bytes'),
  });
});

test('wrong use is refused before anything is sent', async () => {
  await expect(RpcClient.connect({ address: 'here', timeoutMs: 1 })).rejects.toMatchObject({ code: 'ERR_ADDRESS' });
  await expect(RpcClient.connect({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  const { agent, client } = await connectTo(() => undefined);
  await expect(client.query('ask', 'x', { relayFactor: 256 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(client.query('ask', 'x', { timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  const overflow = 'pause' as 'error';
  await expect(client.stream('*', { overflow })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await expect(client.stream('*', { capacity: 0 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  expect(agent.requests).toEqual([]);
});
