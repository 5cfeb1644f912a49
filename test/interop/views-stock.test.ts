/** Views in a pool with a stock Serf agent: ours agree about it, and it is told that it cannot tell. */
import { describe, expect, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { SerfAgent } from './support/serf-agent.ts';

async function run(rpcAddress: string, ...args: string[]): Promise<string> {
  const io = captureIo({ env: { HEARSAY_RPC_ADDR: rpcAddress } });
  const code = await runCli(args, io);
  return `${code}\n${io.stdout}${io.stderr}`;
}

describe.skipIf(findPeer('serf') === undefined)('two agents of ours and one of Serf', { timeout: 120_000 }, () => {
  test('ours agree, before and after the stock one died, which cannot tell', async () => {
    const a = await OurAgent.start('a');
    const b = await OurAgent.start('b', [`-join=${a.address}`]);
    const stock = await SerfAgent.start('stock', { join: a });
    const views = (): Promise<string> => run(b.rpcAddress, 'views');
    const agreed = await eventually('all agree', views, (text) =>
      text.startsWith('0\nAll 2 that told agree: 3 members'),
    );
    expect(agreed).toContain('Cannot tell: no members of ours, or run with -kv=false\n  stock\n');
    expect(await run(b.rpcAddress, 'diff', 'a', 'stock')).toContain('2\nstock cannot tell: it is no member of ours');
    expect(await run(b.rpcAddress, 'diff', 'a', 'b')).toContain('0\na and b agree about all members.\n');
    expect(await run(stock.rpcAddress, 'views')).toContain('this agent tells no views: it is one of Serf');
    await stock.process.stop('SIGKILL');
    await eventually(
      'they agree again',
      views,
      (text) => text.startsWith('0\nAll 2 that told agree: 2 members'),
      60_000,
    );
  });
});
