import { RpcClient } from 'hearsay/client';
import { describe, expect, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { SerfAgent } from './support/serf-agent.ts';

describe.skipIf(findPeer('serf') === undefined)('our RPC client and a stock Serf agent', () => {
  test('members', async () => {
    const agent = await SerfAgent.start('serf-1');
    const client = await RpcClient.connect({ address: agent.rpcAddress });
    const members = await client.members();
    expect(members.map(({ name }) => name)).toEqual(['serf-1']);
    client.close();
  });
});
