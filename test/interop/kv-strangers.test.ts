/**
 * Agents of Serf in a pool that keeps state: they refuse our commands in their own way, are left out of receipts, and
 * notice nothing of what passes between ours.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { RpcClient } from '../../packages/hearsay/src/client/index.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { runSerf, SerfAgent } from './support/serf-agent.ts';

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run({ rpcAddress }: { readonly rpcAddress: string }, args: readonly string[]): Promise<Finished> {
  const io = captureIo({ env: { SERF_RPC_ADDR: rpcAddress } });
  const code = await runCli(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

const isThere = findPeer('serf') !== undefined;

describe.skipIf(!isThere)('a stock agent and the commands of gossiped state', { timeout: 120_000 }, () => {
  test('it says that it does not know them, we say what that means, and it goes on', async () => {
    const stock = await SerfAgent.start('node-a');
    for (const args of [
      ['kv', 'get', 'k'],
      ['kv', 'put', 'k', '1'],
      ['kv', 'delete', 'k'],
      ['kv', 'list'],
      ['kv', 'watch'],
      ['kv', 'where', 'k'],
      ['kv', 'export'],
      ['flags', 'ls'],
    ]) {
      const { code, stdout, stderr } = await run(stock, args);
      expect([args, code, stdout]).toEqual([args, 1, '']);
      expect(stderr).toMatch(/: this agent does not know the commands of gossiped state: it is one of Serf, .*\n$/);
    }
    expect((await runSerf(stock.rpcAddress, ['members'])).stdout).toContain('node-a');
  });

  test('it is told of as one that keeps no state, and nobody waits for it', async () => {
    const stock = await SerfAgent.start('stock');
    const a = await OurAgent.start('a', [`-join=${stock.address}`]);
    const b = await OurAgent.start('b', [`-join=${stock.address}`]);
    await eventually(
      'a knows three',
      () => run(a, ['members', '-status=alive', '--json']),
      ({ stdout }) => (JSON.parse(stdout) as { readonly members: unknown[] }).members.length === 3,
    );
    const put = await run(a, ['kv', 'put', '-wait=30s', 'k', '1']);
    expect(put).toMatchObject({ code: 0, stdout: expect.stringContaining('seen by 2 members, ') as string });
    const where = await run(b, ['kv', 'where', '-wait=30s', 'k']);
    expect(where.stdout).toContain('  has it          2: a, b\n  keeps no state  1: stock\n');
    expect(stock.complaints).toEqual([]);
  });

  test('with -kv-bridge it hears of writes as user events', async () => {
    const stock = await SerfAgent.start('stock');
    const ours = await OurAgent.start('a', [`-join=${stock.address}`, '-kv-bridge=flags/']);
    const client = await RpcClient.connect({ address: stock.rpcAddress });
    onTestFinished(() => client.close());
    const events = await client.stream('user');
    await run(ours, ['kv', 'put', 'other', '1']);
    await run(ours, ['kv', 'put', 'flags/a', '{"on":true}']);
    expect((await events.next()).value).toMatchObject({
      name: 'kv:flags/a',
      payload: new Uint8Array(Buffer.from('{"on":true}')),
    });
    await run(ours, ['kv', 'delete', 'flags/a']);
    expect((await events.next()).value).toMatchObject({ name: 'kv-deleted:flags/a' });
  });
});
