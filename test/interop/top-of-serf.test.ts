/** `hearsay top` and `hearsay members -wide` on a stock agent, and what ours says of a stock member. */
import { describe, expect, test, vi } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { expectDocument } from '../support/json-documents.ts';
import { OurAgent } from './support/our-agent.ts';
import { SerfAgent } from './support/serf-agent.ts';

async function run(rpcAddress: string, args: readonly string[]): Promise<string> {
  const io = captureIo({ env: { HEARSAY_RPC_ADDR: rpcAddress } });
  expect([await runCli(args, io), io.stderr]).toEqual([0, '']);
  return io.stdout;
}

describe.skipIf(findPeer('serf') === undefined)('with a stock agent in the pool', () => {
  test('it shows what it tells, and ours shows when it stops, and why', async () => {
    const stock = await SerfAgent.start('stock', { profile: 'local' });
    const ours = await OurAgent.start('ours', [`-join=${stock.address}`]);
    const wide = async (rpcAddress: string, line: RegExp): Promise<void> =>
      vi.waitFor(async () => expect(await run(rpcAddress, ['members', '-wide'])).toMatch(line), {
        timeout: 30_000,
        interval: 100,
      });

    await wide(stock.rpcAddress, /\nours +127\.0\.0\.1:\d+ +alive +\S+ms +hearsay\/5\n/);
    await wide(ours.rpcAddress, /\nstock +127\.0\.0\.1:\d+ +alive +\d+s +\S+ms +serf\/5\n/);
    const document = expectDocument(
      await run(stock.rpcAddress, ['top', '-once', '--json', '-interval=100ms']),
      'hearsay/top/1',
    );
    expect(document).toMatchObject({ kind: 'serf', node: 'stock', memberCounts: { alive: 2 }, queues: { event: 0 } });
    expect(document['rates']).toBeUndefined();
    expect(await run(stock.rpcAddress, ['top', '-once', '-interval=100ms'])).toMatch(
      /^stock {2}an agent of Serf: .*\nMEMBERS {2}2 alive/,
    );

    stock.process.send('SIGSTOP');
    await wide(ours.rpcAddress, /\nstock .* failed +\d+s .* serf\/5 +no ack, TCP silent\n/);
    stock.process.send('SIGCONT');
    await wide(ours.rpcAddress, /\nstock .* alive .* serf\/5 +was failed: no ack, TCP silent\n/);
  });
});
