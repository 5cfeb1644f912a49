import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeRecord,
  decodeResponseHeader,
  encodeRequest,
  RpcClient,
  RpcParser,
  type RpcCommand,
  type RpcRequestBodies,
} from 'hearsay/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startScriptedServer } from '../../../../test/support/scripted-server.ts';
import type { AgentEvent, AgentMember } from './rpc/agent-api.ts';
import { serverLimits } from './rpc/server-limits.ts';

/** A client that writes what it likes. */
class RawClient {
  readonly socket: Socket;
  readonly values: Uint8Array[] = [];
  readonly #parser: RpcParser = new RpcParser({ maxValueBytes: 1_000_000 });

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#parser.push(chunk);
      for (let value = this.#parser.next(); value !== undefined; value = this.#parser.next()) this.values.push(value);
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send<Command extends RpcCommand>(command: Command, seq: number, body: RpcRequestBodies[Command]): void {
    this.socket.write(encodeRequest(command, seq, body));
  }

  /** Resolves when there are so many values, to the last error among them. */
  async hasValues(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.values.length).toBeGreaterThanOrEqual(count), { timeout: 10_000, interval: 5 });
  }

  async hasEnded(): Promise<void> {
    if (!this.socket.readableEnded) await once(this.socket, 'end');
  }

  get errors(): string[] {
    return this.values.flatMap((value) => {
      const header = decodeResponseHeader(value);
      return header.ok && header.value.error !== '' ? [header.value.error] : [];
    });
  }
}

const handshake = { version: 1 } as const;
const userEvent = (ltime: number, sizeBytes: number = 0): AgentEvent => ({
  type: 'user',
  name: 'deploy',
  payload: new Uint8Array(sizeBytes),
  ltime,
  coalesce: false,
});

test('a client that does not read loses events beyond the 512 that wait, and gets later ones when it reads again', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  client.send('stream', 1, { type: 'user' });
  await client.hasValues(2);
  client.socket.pause();
  for (let ltime = 1; ltime <= 3_000; ltime++) agent.emit(userEvent(ltime, 16_384));
  client.socket.resume();
  await vi.waitFor(
    () => {
      agent.emit(userEvent(9_999));
      expect(ltimes(client).at(-1)).toBe(9_999);
    },
    { timeout: 10_000 },
  );
  const received = ltimes(client).filter((ltime) => ltime !== 9_999);
  expect(received.length).toBeGreaterThanOrEqual(512);
  expect(received.length).toBeLessThan(1_500);
  expect(received).toEqual(received.map((_, index) => index + 1));
});

function ltimes({ values }: RawClient): number[] {
  return values.flatMap((value) => {
    const record = decodeRecord('stream', value);
    return record.ok && 'ltime' in record.value && record.value.ltime > 0 ? [record.value.ltime] : [];
  });
}

test('the end of a query is told even to a client that has lost answers', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  client.send('query', 1, {
    name: 'load',
    payload: null,
    filterNodes: null,
    filterTags: null,
    relayFactor: 0,
    requestAck: true,
    timeoutNs: 0,
  });
  await client.hasValues(2);
  client.socket.pause();
  const answerCount = serverLimits.queuedQueryRecords * 2;
  const payload = new Uint8Array(8_192);
  for (let index = 0; index < answerCount; index++) agent.queries[0]!.push({ type: 'response', from: 'n', payload });
  agent.queries[0]!.end();
  client.socket.resume();
  await vi.waitFor(() => expect(lastReply(client)).toMatchObject({ type: 'done', from: '' }), { timeout: 10_000 });
  expect(client.values.length / 2).toBeLessThan(answerCount);
});

function lastReply({ values }: RawClient): unknown {
  const record = decodeRecord('query', values.at(-1)!);
  return record.ok ? record.value : undefined;
}

test('a client that goes takes its streams, its monitor and its open queries along', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  const stream = await client.stream('*');
  await client.monitor('DEBUG');
  const query = await client.query('load');
  expect(agent.listenerCount).toBe(1);
  client.close();
  await vi.waitFor(() => expect(agent.listenerCount).toBe(0));
  expect(agent.queries[0]!.signal.aborted).toBe(true);
  void stream;
  void query;
});

test('a client may end its side after its last request and still read the answer', async () => {
  const { agent, port } = await startScriptedServer();
  agent.statistics = { agent: { name: 'n1' } };
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  client.send('stats', 1, undefined);
  client.socket.end();
  await client.hasEnded();
  expect(client.values).toHaveLength(3);
});

test.each([
  ['what is no msgpack', Uint8Array.of(0xc1)],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a request that never ends', new Uint8Array(300_000).fill(0x91)],
  ['a value larger than any request', Uint8Array.of(0xc6, 0x7f, 0xff, 0xff, 0xff)],
  ['a body of another kind', Uint8Array.from([...encodeRequest('stats', 1, undefined), 0x01])],
])('%s closes the connection, and nothing else', async (_, bytes) => {
  const { agent, port } = await startScriptedServer();
  agent.statistics = {};
  const other = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  client.socket.write(bytes);
  client.socket.write(bytes);
  await client.hasEnded();
  expect(await other.stats()).toEqual({});
  other.close();
});

test.each([
  ['(.?){999}(.?){999}', 60, /take \d+ steps or more, the limit is 200400$/],
  ['.*', 257, /there are 257 conditions, the limit is 256$/],
])(
  'a filter of members that would keep the agent busy for seconds is refused: %s, %i times',
  async (pattern, count, problem) => {
    const { agent, port } = await startScriptedServer();
    const names = Array.from({ length: count }, (_, index) => `t${index}`);
    const tags = Object.fromEntries(names.map((name) => [name, 'a'.repeat(400)]));
    const versions = {} as AgentMember['versions'];
    agent.memberList = [{ name: 'n', addr: Uint8Array.of(127, 0, 0, 1), port: 7946, tags, status: 'alive', versions }];
    const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
    onTestFinished(() => client.close());
    const filter = { tags: Object.fromEntries(names.map((name) => [name, pattern])) };
    await expect(client.members(filter)).rejects.toThrow(problem);
    expect(await client.members({ tags: { t1: 'a+' } })).toHaveLength(1);
  },
);

test('streams of one connection are limited', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  for (let seq = 1; seq <= serverLimits.streams + 1; seq++) client.send('stream', seq, { type: '*' });
  await client.hasValues(serverLimits.streams + 2);
  expect(client.errors).toEqual([`Too many streams, the limit is ${serverLimits.streams}`]);
  expect(agent.listenerCount).toBe(serverLimits.streams);
});

test('connections that say nothing make room, the oldest first', async () => {
  const { port } = await startScriptedServer();
  const known = await RawClient.connect(port);
  known.send('handshake', 0, handshake);
  await known.hasValues(1);
  const silents: RawClient[] = [];
  for (let count = 1; count < serverLimits.connections; count++) silents.push(await RawClient.connect(port));
  const ended = once(silents[0]!.socket, 'close');
  const late = await RawClient.connect(port);
  late.send('handshake', 0, handshake);
  await Promise.all([ended, late.hasValues(1)]);
  expect([known, silents[1]!].map(({ socket }) => socket.closed)).toEqual([false, false]);
});

test('among clients that have said who they are there is no room beyond the limit', async () => {
  const { port } = await startScriptedServer();
  for (let count = 0; count < serverLimits.connections; count++) {
    const client = await RawClient.connect(port);
    client.send('handshake', 0, handshake);
    await client.hasValues(1);
  }
  const late = await RawClient.connect(port);
  await once(late.socket, 'close');
  expect(late.values).toEqual([]);
});

test('the body of a refused command is no command', async () => {
  const { agent, port } = await startScriptedServer({ authKey: 'sesame' });
  const client = await RawClient.connect(port);
  client.send('handshake', 0, handshake);
  client.send('event', 1, { name: 'x', payload: null, coalesce: true });
  client.send('auth', 2, { authKey: 'wrong' });
  client.send('leave', 3, undefined);
  client.send('auth', 4, { authKey: 'sesame' });
  client.send('event', 5, { name: 'x', payload: null, coalesce: true });
  await client.hasValues(6);
  expect(client.errors).toEqual(['Authentication required', 'Invalid authentication token', 'Authentication required']);
  expect(agent.calls).toEqual(['event("x", "", true)']);
});

test('the answer to leave is out before the agent ends', async () => {
  const { agent, server, port } = await startScriptedServer();
  agent.onShutdown = () => void server.close();
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  await client.leave();
  expect(agent.calls).toEqual(['leave()', 'shutdown()']);
  client.close();
});

test('a slow command holds up its own connection alone', async () => {
  const { agent, port } = await startScriptedServer();
  let leave = (): void => {};
  agent.leaving = new Promise((resolve) => (leave = resolve));
  const slow = await RawClient.connect(port);
  slow.send('handshake', 0, handshake);
  slow.send('leave', 1, undefined);
  slow.send('stats', 2, undefined);
  const other = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  expect(await other.stats()).toEqual({});
  expect(slow.values).toHaveLength(1);
  leave();
  await slow.hasValues(4);
  other.close();
});

test('a query is answerable by its number until its time is up', async () => {
  let nowMs = 0;
  const { agent, port } = await startScriptedServer({ nowMs: () => nowMs });
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  const stream = await client.stream('query');
  const answers: string[] = [];
  const respond = (payload: Uint8Array): void => void answers.push(Buffer.from(payload).toString());
  const query = { type: 'query', payload: new Uint8Array(), ltime: 1, receivedAtMs: 0, respond } as const;
  agent.emit({ ...query, name: 'short', timeoutMs: 100 });
  agent.emit({ ...query, name: 'long', timeoutMs: 200 });
  expect((await stream.next()).value).toMatchObject({ event: 'query', id: 1, name: 'short' });
  expect((await stream.next()).value).toMatchObject({ event: 'query', id: 2, name: 'long' });
  nowMs = 100;
  await expect(client.respond(1, 'late')).rejects.toThrow('No pending queries matching ID');
  await client.respond(2, 'in time');
  expect(answers).toEqual(['in time']);
  client.close();
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rpc-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a Unix socket serves its owner alone, and is gone after the close', async () => {
  const unixPath = join(temporaryFolder(), 'rpc.sock');
  const { server, agent } = await startScriptedServer({ unixPath, address: undefined });
  expect(statSync(unixPath).mode & 0o777).toBe(0o600);
  agent.statistics = { agent: { name: 'n1' } };
  const client = await RpcClient.connect({ address: unixPath });
  expect(await client.stats()).toEqual({ agent: { name: 'n1' } });
  client.close();
  await server.close();
  expect(statSync(unixPath, { throwIfNoEntry: false })).toBeUndefined();
});

test("a Unix socket is its owner's alone from its first moment", async () => {
  const unixPath = join(temporaryFolder(), 'rpc.sock');
  const umaskBefore = process.umask(0o022);
  const starting = startScriptedServer({ unixPath, address: undefined });
  expect(statSync(unixPath).mode & 0o077).toBe(0);
  expect(process.umask(umaskBefore)).toBe(0o022);
  await starting;
});

test('a Unix socket that a killed agent left behind is replaced; one that is served is not', async () => {
  const folder = temporaryFolder();
  const unixPath = join(folder, 'rpc.sock');
  await leaveSocketBehind(unixPath);
  await startScriptedServer({ unixPath, address: undefined });
  await expect(startScriptedServer({ unixPath, address: undefined })).rejects.toThrow(
    `RPC cannot listen on unix socket ${unixPath}: address already in use`,
  );
});

test('a Unix socket that another agent has made at the same path outlives the first agent', async () => {
  const unixPath = join(temporaryFolder(), 'rpc.sock');
  const { server } = await startScriptedServer({ unixPath, address: undefined });
  unlinkSync(unixPath);
  const { agent } = await startScriptedServer({ unixPath, address: undefined });
  agent.statistics = { agent: { name: 'n2' } };
  await server.close();
  const client = await RpcClient.connect({ address: unixPath });
  expect(await client.stats()).toEqual({ agent: { name: 'n2' } });
  client.close();
});

test.runIf(process.platform === 'linux')(
  'a Unix socket whose agent is too busy to answer is not replaced',
  async () => {
    const unixPath = join(temporaryFolder(), 'rpc.sock');
    const program = `require('net').createServer().listen({ path: '${unixPath}', backlog: 1 }, () => console.log('up'))`;
    const busy = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void busy.kill('SIGKILL'));
    await once(busy.stdout, 'data');
    busy.kill('SIGSTOP');
    await fillBacklog(unixPath);
    await expect(startScriptedServer({ unixPath, address: undefined })).rejects.toThrow('address already in use');
    expect(statSync(unixPath).isSocket()).toBe(true);
  },
);

/** Connects until the system says that there is no more room. */
async function fillBacklog(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    onTestFinished(() => void socket.destroy());
    const isFull = await new Promise<boolean>((resolve) =>
      socket.on('connect', () => resolve(false)).on('error', () => resolve(true)),
    );
    if (isFull) return;
  }
}

/** A socket file without a process: closing a server would remove the file, so its name is changed first. */
async function leaveSocketBehind(path: string): Promise<void> {
  const { renameSync } = await import('node:fs');
  const server = createServer().listen(`${path}.other`);
  await once(server, 'listening');
  renameSync(`${path}.other`, path);
  server.close();
  await once(server, 'close');
}

test('a file that is no socket is left alone', async () => {
  const unixPath = join(temporaryFolder(), 'precious.txt');
  writeFileSync(unixPath, 'data');
  chmodSync(unixPath, 0o644);
  await expect(startScriptedServer({ unixPath, address: undefined })).rejects.toThrow('address already in use');
  expect(statSync(unixPath).size).toBe(4);
});
