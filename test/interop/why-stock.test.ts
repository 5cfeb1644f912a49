/** Why, in a pool with stock Serf agents: a verdict from those that keep evidence, and what the others could not tell. */
import { describe, expect, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { SerfAgent } from './support/serf-agent.ts';

async function why(agent: OurAgent, name: string): Promise<string> {
  const io = captureIo({ env: { HEARSAY_RPC_ADDR: agent.rpcAddress } });
  await runCli(['why', name], io);
  return io.stdout;
}

describe.skipIf(findPeer('serf') === undefined)('two agents of ours and two of Serf', { timeout: 120_000 }, () => {
  test('of a stock member that died the verdict is told, and what stock members could not tell', async () => {
    const a = await OurAgent.start('a');
    const b = await OurAgent.start('b', [`-join=${a.address}`]);
    await SerfAgent.start('witness', { join: a });
    const victim = await SerfAgent.start('victim', { join: a });
    const listed = (): string => b.io.stdout;
    await eventually('all are members', listed, (text) => text.includes('victim') && text.includes('witness'));
    await victim.process.stop('SIGKILL');
    const text = await eventually(
      'there is a verdict',
      () => why(b, 'victim'),
      (answer) => answer.includes('victim died.\n  target-died, certain; now'),
      60_000,
    );
    expect(text).toContain('its machine refused the connection of');
    expect(text).toMatch(
      /victim is no member of ours and keeps no evidence: it could not tell how its own timers were/,
    );
  });
});
