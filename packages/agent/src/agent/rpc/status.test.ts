import { ClusterError } from 'hearsay';
import { encodeResponse, RpcClient, type RpcStatus } from 'hearsay/client';
import { expect, onTestFinished, test } from 'vitest';
import { FakeRpcAgent } from '../../../../../test/support/fake-rpc-agent.ts';
import { startScriptedServer } from '../../../../../test/support/scripted-server.ts';

async function connect(address: string): Promise<RpcClient> {
  const client = await RpcClient.connect({ address });
  onTestFinished(() => client.close());
  return client;
}

test('a client gets what the agent tells of itself, of as many members as it asks for', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await connect(`127.0.0.1:${port}`);
  agent.statusReport = {
    node: 'ä',
    healthScore: 3,
    members: [{ name: 'b', state: 'alive', why: '', isOurs: true }],
  } as unknown as RpcStatus;
  expect(await client.status({ membersMax: 7 })).toEqual(agent.statusReport);
  await client.status();
  expect(agent.calls).toEqual(['status(7)', 'status(0)']);
});

test('an agent that has no status any more says why, and the connection stays', async () => {
  const { agent, port } = await startScriptedServer();
  const client = await connect(`127.0.0.1:${port}`);
  agent.failures.set('status', new ClusterError('ERR_STATE', 'the cluster is closed'));
  await expect(client.status()).rejects.toMatchObject({ code: 'ERR_RPC', message: 'the cluster is closed' });
  agent.statusReport = { node: 'a' } as RpcStatus;
  expect(await client.status()).toEqual({ node: 'a' });
});

test.each([-1, 0.5, NaN])('a client does not ask for %s members', async (membersMax) => {
  const { agent, port } = await startScriptedServer();
  const client = await connect(`127.0.0.1:${port}`);
  await expect(client.status({ membersMax })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  expect(agent.calls).toEqual([]);
});

test.each([
  ['no JSON', new Uint8Array([0x7b]), '', { code: 'ERR_RPC', message: 'the status of the agent cannot be read' }],
  ['a command that it does not know', new Uint8Array(0), 'Unsupported command', { code: 'ERR_UNSUPPORTED' }],
])('an agent that answers with %s is an error', async (_, status, error, expected) => {
  const fake = await FakeRpcAgent.start(({ command, seq }, send) => {
    if (command === 'hearsay/status/1/read') send(encodeResponse(command, { error, seq }, { status }));
  });
  const client = await connect(fake.address);
  await expect(client.status()).rejects.toMatchObject(expected);
});
