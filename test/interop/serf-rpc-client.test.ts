import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  formatMemberAddress,
  RpcClient,
  type ClusterError,
  type RpcKeysResponse,
  type RpcStream,
  type RpcStreamRecord,
} from 'hearsay/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { freePort } from './support/ports.ts';
import { SerfAgent, type SerfOptions } from './support/serf-agent.ts';

/** An agent, whoever made it. */
type Agent = Pick<SerfAgent, 'name' | 'address' | 'rpcAddress'>;
type AgentOptions = Pick<SerfOptions, 'key' | 'rpcAuthKey'> & { readonly join?: Agent };
type StartAgent = (name: string, options?: AgentOptions) => Promise<Agent>;

const startStock: StartAgent = (name, options) => SerfAgent.start(name, options);

const startOurs: StartAgent = (name, { key, rpcAuthKey, join } = {}) =>
  OurAgent.start(name, [
    ...(key === undefined ? [] : [`-encrypt=${key}`]),
    ...(rpcAuthKey === undefined ? [] : [`-config-file=${authFile(rpcAuthKey)}`]),
    ...(join === undefined ? [] : [`-join=${join.address}`]),
  ]);

function authFile(key: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'auth.json'), JSON.stringify({ rpc_auth: key }));
  return join(folder, 'auth.json');
}

async function connectTo(agent: Agent, authKey?: string): Promise<RpcClient> {
  const options = { address: agent.rpcAddress, timeoutMs: 20_000 };
  const client = await RpcClient.connect(authKey === undefined ? options : { ...options, authKey });
  onTestFinished(() => client.close());
  return client;
}

/** Two agents that see each other, and a client of each. */
async function startPool(start: StartAgent, options: AgentOptions = {}) {
  const first = await start('serf-1', options);
  const second = await start('serf-2', { ...options, join: first });
  const clients = [await connectTo(first), await connectTo(second)] as const;
  for (const client of clients) {
    await sees(client, 'serf-1', 'alive');
    await sees(client, 'serf-2', 'alive');
  }
  return { agents: [first, second] as const, clients };
}

/** Waits until the agent lists `name` with that status. */
async function sees(client: RpcClient, name: string, status: string): Promise<void> {
  await eventually(
    `the agent shows ${name} as ${status}`,
    async () => (await client.members()).find((member) => member.name === name)?.status,
    (seen) => seen === status,
  );
}

async function nextOf<Item>(stream: RpcStream<Item>): Promise<Item> {
  const { value, done } = await stream.next();
  if (done === true) throw new Error('the stream has ended');
  return value;
}

/** The next record of that event: joins of the pool's start come late, for the agent joins several into one. */
async function nextEvent(
  stream: RpcStream<RpcStreamRecord>,
  event: RpcStreamRecord['event'],
): Promise<RpcStreamRecord> {
  for (;;) {
    const record = await nextOf(stream);
    if (record.event === event) return record;
  }
}

async function allOf<Item>(stream: RpcStream<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

const hasSerf = findPeer('serf') !== undefined;

describe.skipIf(!hasSerf).each([
  ['stock', startStock],
  ['our', startOurs],
])('our RPC client and %s agents', (_, start) => {
  test('members are listed and filtered, and tags are changed', async () => {
    const { agents, clients } = await startPool(start);
    const [client] = clients;
    await client.tags({ set: { role: 'web', zone: 'a' } });
    await client.tags({ set: { zone: 'b', extra: '' }, delete: ['role', 'zone'] });
    const members = await client.members();
    expect(members.map(({ name }) => name).toSorted()).toEqual(['serf-1', 'serf-2']);
    const first = members.find(({ name }) => name === 'serf-1')!;
    expect(first).toMatchObject({ status: 'alive', tags: { zone: 'b', extra: '' }, protocolMin: 1, delegateCur: 5 });
    expect(formatMemberAddress(first)).toBe(agents[0].address);
    const namesOf = async (filter: Parameters<RpcClient['members']>[0]) =>
      (await client.members(filter)).map(({ name }) => name).toSorted();
    expect(await namesOf({})).toEqual(['serf-1', 'serf-2']);
    expect(await namesOf({ name: 'serf-[13]' })).toEqual(['serf-1']);
    expect(await namesOf({ status: 'failed|left' })).toEqual([]);
    expect(await namesOf({ tags: { zone: '[ab]' } })).toEqual(['serf-1']);
  });

  test('an agent is made to join, and says why it cannot', async () => {
    const lonely = await start('lonely');
    const other = await start('other');
    const client = await connectTo(lonely);
    const closed = `127.0.0.1:${await freePort()}`;
    await expect(client.join([closed])).rejects.toMatchObject({
      code: 'ERR_RPC',
      message: expect.stringContaining('connection refused'),
      cause: { num: 0 },
    });
    expect(await client.join([other.address, closed], { replay: true })).toBe(1);
    await sees(client, 'other', 'alive');
  });

  test('events fired through one agent come on the stream of another', async () => {
    const { clients } = await startPool(start);
    const [sender, receiver] = clients;
    const all = await receiver.stream();
    const deploys = await receiver.stream(['user:deploy', 'member-failed']);
    await sender.event('other', undefined, { coalesce: false });
    expect(await nextEvent(all, 'user')).toEqual({
      event: 'user',
      name: 'other',
      payload: null,
      ltime: 1,
      coalesce: false,
    });
    // One after the other, for gossip does not keep an order.
    await sender.event('deploy', 'v1', { coalesce: false });
    const deploy = { event: 'user', name: 'deploy', payload: utf8('v1'), ltime: 2, coalesce: false };
    expect(await nextEvent(all, 'user')).toEqual(deploy);
    expect(await nextOf(deploys)).toEqual(deploy);
    await deploys.return();
    await sender.event('deploy', utf8('v2'), { coalesce: true });
    // Not the flag: an event that comes with an exchange of state, before it is gossiped, has lost it.
    expect(await nextEvent(all, 'user')).toMatchObject({ ltime: 3, name: 'deploy', payload: utf8('v2') });
    await sender.tags({ set: { role: 'web' } });
    expect(await nextEvent(all, 'member-update')).toMatchObject({ members: [{ tags: { role: 'web' } }] });
    await expect(receiver.stream('no-such-event')).rejects.toMatchObject({ message: 'Invalid event filter' });
    await expect(sender.event('big', 'x'.repeat(600))).rejects.toMatchObject({
      code: 'ERR_RPC',
      message: 'user event exceeds configured limit of 512 bytes before encoding',
    });
  });

  test('a query brings acks and responses, and ends when its time is up', async () => {
    const { clients } = await startPool(start);
    const [asker, answerer] = clients;
    const queries = await answerer.stream('query:ask');
    const replies = await asker.query('ask', 'how?', { requestAck: true, relayFactor: 1, timeoutMs: 2_000 });
    const asked = await nextOf(queries);
    expect(asked).toMatchObject({ event: 'query', id: 1, name: 'ask', payload: utf8('how?') });
    // While the query is open, the connection serves other requests.
    expect(await asker.members()).toHaveLength(2);
    await answerer.respond(1, 'well');
    await expect(answerer.respond(1, 'again')).rejects.toMatchObject({ code: 'ERR_RPC' });
    await expect(answerer.respond(99)).rejects.toMatchObject({ message: 'No pending queries matching ID' });
    const items = await allOf(replies);
    expect(
      items
        .filter(({ type }) => type === 'ack')
        .map(({ from }) => from)
        .toSorted(),
    ).toEqual(['serf-1', 'serf-2']);
    expect(items.filter(({ type }) => type === 'response')).toEqual([
      { type: 'response', from: 'serf-2', payload: utf8('well') },
    ]);
  });

  test('a query asks only whom it names, and an internal ping needs no payload', async () => {
    const { clients } = await startPool(start);
    const [asker] = clients;
    const acksOf = async (name: string, options: Parameters<RpcClient['query']>[2]) => {
      const items = await allOf(await asker.query(name, undefined, { requestAck: true, timeoutMs: 700, ...options }));
      return items.map(({ from }) => from).toSorted();
    };
    expect(await acksOf('ask', { nodes: ['serf-2'] })).toEqual(['serf-2']);
    expect(await acksOf('ask', { tags: { role: 'nobody' } })).toEqual([]);
    expect(await acksOf('_serf_ping', {})).toEqual(['serf-1', 'serf-2']);
    await expect(asker.query('_serf_ping', 'x')).rejects.toMatchObject({
      message: "Queries cannot contain the '_serf_' prefix",
    });
  });

  test('a monitor shows the log, one at a time on a connection', async () => {
    const { clients } = await startPool(start);
    const [client] = clients;
    const lines = await client.monitor('DEBUG');
    expect(await nextOf(lines)).toMatch(/^\d{4}\/\d\d\/\d\d .*\[INFO\] /);
    await expect(client.monitor('debug')).rejects.toMatchObject({ message: 'Monitor already exists' });
    await lines.return();
    const again = await client.monitor('info');
    expect(await nextOf(again)).toContain('[INFO]');
    await expect(client.monitor('loud')).rejects.toMatchObject({ message: 'Unknown log level: LOUD' });
  });

  test('figures and coordinates are read', async () => {
    const { clients } = await startPool(start);
    const [client] = clients;
    const stats = await client.stats();
    expect(stats).toMatchObject({ agent: { name: 'serf-1' }, runtime: { os: 'linux' }, serf: { members: '2' } });
    const coordinate = await client.coordinate('serf-1');
    expect(coordinate?.vec).toHaveLength(8);
    expect(coordinate?.height).toBeGreaterThan(0);
    expect(await client.coordinate('nobody')).toBeUndefined();
  });

  test('keys are installed, used, removed and listed in an encrypted pool', async () => {
    const [key, newKey] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const { clients } = await startPool(start, { key });
    const [client] = clients;
    expect(await client.listKeys()).toMatchObject({ keys: { [key]: 2 }, numNodes: 2, numResp: 2, numErr: 0 });
    expect(await client.installKey(newKey)).toMatchObject({ keys: null, numNodes: 2, numResp: 2, numErr: 0 });
    expect((await client.listKeys()).keys).toEqual({ [key]: 2, [newKey]: 2 });
    await client.useKey(newKey);
    const refused = await client.removeKey(newKey).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'ERR_RPC', message: expect.stringContaining('2/2 nodes') });
    const { messages, numErr } = (refused as { cause: RpcKeysResponse }).cause;
    expect(Object.keys(messages!).toSorted()).toEqual(['serf-1', 'serf-2']);
    expect(numErr).toBe(2);
    await client.removeKey(key);
    expect((await client.listKeys()).keys).toEqual({ [newKey]: 2 });
  });

  test('a failed member is forced out, then forgotten', async () => {
    const { agents, clients } = await startPool(start);
    const [client] = clients;
    const victim = await SerfAgent.start('victim', { join: agents[0] });
    await sees(client, 'victim', 'alive');
    await victim.process.stop('SIGKILL');
    await sees(client, 'victim', 'failed');
    await client.forceLeave('victim');
    await sees(client, 'victim', 'left');
    await client.forceLeave('victim', { prune: true });
    expect(await client.members()).toHaveLength(2);
    await client.forceLeave('nobody');
  });

  test('an agent is made to leave; its connection and streams end', async () => {
    const { clients } = await startPool(start);
    const [witness, leaver] = clients;
    const events = await witness.stream('member-leave');
    const own = await leaver.stream();
    await leaver.leave();
    expect(await nextOf(events)).toMatchObject({ event: 'member-leave', members: [{ name: 'serf-2' }] });
    await expect(allOf(own)).rejects.toMatchObject({ code: 'ERR_RPC_CONNECTION' });
    expect(leaver.isClosed).toBe(true);
    await expect(leaver.members()).rejects.toMatchObject({ code: 'ERR_RPC_CONNECTION' });
    await sees(witness, 'serf-2', 'left');
  });

  test('an agent with an auth key refuses who does not know it, and the connection stays in step', async () => {
    const agent = await start('guarded', { rpcAuthKey: 'sesame' });
    const stranger = await connectTo(agent);
    // The body of a refused command makes a stock agent refuse twice.
    const refused = { code: 'ERR_RPC', message: 'Authentication required' };
    await expect(stranger.event('deploy', 'v1')).rejects.toMatchObject(refused);
    await expect(stranger.members()).rejects.toMatchObject(refused);
    await expect(stranger.join(['127.0.0.1:1'])).rejects.toMatchObject(refused);
    await expect(stranger.listKeys()).rejects.toMatchObject(refused);
    await expect(connectTo(agent, 'open')).rejects.toMatchObject({ message: 'Invalid authentication token' });
    const friend = await connectTo(agent, 'sesame');
    expect(await friend.members()).toHaveLength(1);
  });

  test('many requests at once are each answered', async () => {
    const { clients } = await startPool(start);
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) =>
        index % 2 === 0
          ? (await clients[0].members({ name: `serf-${(index % 4) / 2 + 1}` }))[0]?.name
          : (await clients[0].stats()).agent?.name,
      ),
    );
    expect(answers).toEqual(answers.map((_, index) => (index % 4 === 2 ? 'serf-2' : 'serf-1')));
  });

  test('an expression with a mistake closes the connection, and the error says so', async () => {
    const { clients } = await startPool(start);
    await expect(clients[0].members({ name: '(' })).rejects.toMatchObject({
      code: 'ERR_RPC_CONNECTION',
      message: expect.stringContaining('regular expression'),
    });
  });
});

describe.skipIf(!hasSerf)('our RPC client and a process that is stopped', () => {
  test('an agent that stands still is not waited for, and one that dies ends what is open', async () => {
    const agent = await SerfAgent.start('frozen');
    const client = await connectTo(agent);
    const events = await client.stream();
    agent.process.send('SIGSTOP');
    // The signal takes a moment.
    await eventually(
      'the agent has stopped answering',
      () => client.members(undefined, { timeoutMs: 300 }).catch((error: ClusterError) => error.code),
      (answer) => answer === 'ERR_TIMEOUT',
    );
    await expect(RpcClient.connect({ address: agent.rpcAddress, timeoutMs: 300 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
    });
    const [stats] = await Promise.allSettled([client.stats(), agent.process.stop('SIGKILL')]);
    expect(stats).toMatchObject({ status: 'rejected', reason: { code: 'ERR_RPC_CONNECTION' } });
    await expect(allOf(events)).rejects.toMatchObject({ code: 'ERR_RPC_CONNECTION' });
    await expect(RpcClient.connect({ address: agent.rpcAddress })).rejects.toMatchObject({
      code: 'ERR_RPC_CONNECTION',
      message: expect.stringContaining('is the agent running'),
    });
  });
});
