/** A trace in a pool with stock Serf agents: they pass the event on and hand it to handlers, and cannot tell when they heard. */
import { describe, expect, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { SerfAgent } from './support/serf-agent.ts';

async function trace(agent: OurAgent, args: readonly string[]): Promise<string> {
  const io = captureIo({ env: { HEARSAY_RPC_ADDR: agent.rpcAddress } });
  await runCli(['trace', ...args], io);
  return io.stdout;
}

describe.skipIf(findPeer('serf') === undefined)('two agents of ours and two of Serf', { timeout: 120_000 }, () => {
  test('ours are traced, and of the stock ones it is said that they cannot tell', async () => {
    const a = await OurAgent.start('a');
    const b = await OurAgent.start('b', [`-join=${a.address}`]);
    await SerfAgent.start('s1', { join: a });
    await SerfAgent.start('s2', { join: b });
    const listed = (): string => a.io.stdout;
    await eventually('all are members', listed, (text) => text.includes('s1') && text.includes('s2'));
    const event = await trace(a, ['event', 'ping', 'hello']);
    expect(event).toContain('Event "ping" from a was heard by all 2 that can tell (2 cannot)');
    expect(event).toMatch(/s[12], s[12]: no members of ours, or run with -kv=false: they cannot tell/);
    expect(event).toMatch(/└─ b |heard from stock member s[12], which cannot tell its own parent/);
    const write = await trace(a, ['kv', 'probe', '1']);
    expect(write).toContain('Key "probe" from a was heard by all 2 that can tell, the last one');
  });
});
