/** `hearsay keys rotate` in pools of stock agents and ours, driven through either. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { runSerf, SerfAgent } from './support/serf-agent.ts';

const oldKey = Buffer.alloc(32, 7).toString('base64');

describe.skipIf(findPeer('serf') === undefined)('keys rotate', { timeout: 180_000 }, () => {
  test.each(['a stock agent', 'our agent'])('gives a mixed pool a new key through %s', async (through) => {
    const stock = await SerfAgent.start('stock-1', { key: oldKey });
    await SerfAgent.start('stock-2', { key: oldKey, join: stock });
    const ours = await OurAgent.start('ours', [`-encrypt=${oldKey}`, `-join=${stock.address}`]);
    await eventually(
      'all see all',
      () => stock.members(),
      (members) => members.filter(({ status }) => status === 'alive').length === 3,
    );
    const state = stateFile();
    const asked = through === 'our agent' ? ours.rpcAddress : stock.rpcAddress;
    const { code, stdout, stderr } = await rotate(asked, state);
    expect(stdout + stderr).toMatch(/install: [^]*use: [^]*remove: [^]*==> Done/);
    expect(code).toBe(0);
    const { target } = JSON.parse(readFileSync(state, 'utf8')) as { readonly target: string };
    for (const agent of [stock, ours]) {
      const list = await runSerf(agent.rpcAddress, ['keys', '-list']);
      expect(list.stdout.split('\n').filter((line) => /\[\d\/\d\]/.test(line))).toEqual([`${target}  [3/3]`]);
    }
  });
});

function stateFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-rotate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state.json');
}

async function rotate(rpcAddress: string, state: string) {
  const io = captureIo();
  const flags = [`-rpc-addr=${rpcAddress}`, `-state=${state}`, '-interval=200ms', '-timeout=2m'];
  const code = await runCli(['keys', 'rotate', ...flags], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}
