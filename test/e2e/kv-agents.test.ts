/** Gossiped state between agents as the command line runs them: what is put on one is got, seen and watched on another. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RpcClient } from '../../packages/hearsay/src/client/index.ts';
import { captureIo, type CapturedIo, type CapturedIoOptions } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { OurAgent } from '../interop/support/our-agent.ts';
import { runCommand, type Finished } from '../support/run-command.ts';

function ioFor(agent: OurAgent, options: CapturedIoOptions = {}): CapturedIo {
  return captureIo({ ...options, env: { HEARSAY_RPC_ADDR: agent.rpcAddress } });
}

function run(agent: OurAgent, args: readonly string[], options: CapturedIoOptions = {}): Promise<Finished> {
  return runCommand(agent.rpcAddress, args, options);
}

/** Two agents that know each other. */
async function startPair(flags: readonly string[] = []): Promise<readonly [OurAgent, OurAgent]> {
  const a = await OurAgent.start('a', flags);
  const b = await OurAgent.start('b', [`-join=${a.address}`, ...flags]);
  return [a, b];
}

async function shows(agent: OurAgent, args: readonly string[], stdout: string): Promise<void> {
  await vi.waitFor(async () => expect((await run(agent, args)).stdout).toBe(stdout), { timeout: 10_000, interval: 20 });
}

test('what is put on one agent is got on the other, with a receipt, and who has it is known', async () => {
  const [a, b] = await startPair();
  const put = await run(a, ['kv', 'put', '-wait=20s', 'motd', '"back at noon"']);
  expect(put).toEqual({
    code: 0,
    stdout: '"motd" is written\nseen by 2 members, all that keep state\n',
    stderr: '',
  });
  expect(await run(b, ['kv', 'get', 'motd'])).toMatchObject({ code: 0, stdout: '"back at noon"\n' });
  const where = await run(b, ['kv', 'where', 'motd', '-wait=20s']);
  expect(where.code).toBe(0);
  expect(where.stdout).toMatch(/^motd {2}"back at noon"\n {2}written {9}\S+Z by a\n {2}has it {10}2: a, b\n$/);
  const gone = await run(b, ['kv', 'delete', '-wait=20s', 'motd']);
  expect(gone.stdout).toBe('"motd" is deleted\nseen by 2 members, all that keep state\n');
  expect(await run(a, ['kv', 'get', 'motd'])).toMatchObject({ code: 2 });
});

test('a watch on one agent shows what the other has written before, and what it writes then', async () => {
  const [a, b] = await startPair();
  await run(a, ['kv', 'put', '-wait=20s', 'flags/a', '1']);
  await run(a, ['kv', 'put', 'other', '1']);
  const io = ioFor(b);
  const watching = runCli(['kv', 'watch', 'flags/'], io);
  await vi.waitFor(() => expect(io.stdout).toBe('is     flags/a  1  by a\n'));
  await run(a, ['kv', 'put', 'flags/a', '2']);
  await vi.waitFor(() => expect(io.stdout).toContain('put    flags/a  2  by a\n'), { timeout: 10_000 });
  await run(b, ['kv', 'delete', 'flags/a']);
  await vi.waitFor(() => expect(io.stdout).toContain('delete flags/a  by b\n'), { timeout: 10_000 });
  io.interrupt('SIGINT');
  expect(await watching).toBe(0);
});

test('an empty watch is ready at once, and the newest of a key is told to a client that reads late', async () => {
  const agent = await OurAgent.start('a');
  const client = await RpcClient.connect({ address: agent.rpcAddress });
  onTestFinished(() => client.close());
  const watch = await client.kv.watch({ prefix: 'none/' });
  expect((await watch.next()).value).toMatchObject({ type: 'ready' });
  await client.kv.put('none/x', 1, { ttlMs: 60_000 });
  expect((await watch.next()).value).toMatchObject({
    type: 'put',
    source: 'local',
    entry: { key: 'none/x', author: 'a', ttlMs: 60_000 },
  });
  await expect(client.kv.watch({ lane: 'shared', node: 'a' })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  await client.kv.put('none/x', 2);
  const { value } = await watch.next();
  expect(value).toMatchObject({ type: 'put', previous: Uint8Array.of(49), entry: { ttlMs: 0 } });
});

test('a key that each agent owns is read on the other, and written by itself alone', async () => {
  const [a, b] = await startPair();
  await run(a, ['kv', 'put', '-lane=owned', 'version', '"1.4.2"']);
  await run(b, ['kv', 'put', '-lane=owned', 'version', '"2.0.0"']);
  const both = 'version  "1.4.2"  a\nversion  "2.0.0"  b\n';
  await shows(a, ['kv', 'list', '-lane=owned'], both);
  await shows(b, ['kv', 'list', '-lane=owned'], both);
  await shows(b, ['kv', 'get', '-node=a', 'version'], '"1.4.2"\n');
  const watched = ioFor(a);
  const watching = runCli(['kv', 'watch', '-node=b'], watched);
  await vi.waitFor(() => expect(watched.stdout).toBe('is     version  "2.0.0"  by b\n'));
  watched.interrupt('SIGINT');
  await watching;
});

test('what one pool exports another imports', async () => {
  const a = await OurAgent.start('a');
  const other = await OurAgent.start('x');
  await run(a, ['kv', 'put', 'flags/a', '{"on":true}']);
  await run(a, ['kv', 'put', '-raw', 'blob', 'not { json', '-ttl=1h']);
  const { stdout } = await run(a, ['kv', 'export']);
  const imported = await run(other, ['kv', 'import'], { input: Buffer.from(stdout) });
  expect(imported.stdout).toBe('2 written, 0 had their values already\n');
  expect((await run(other, ['kv', 'export'])).stdout).toBe(stdout);
});

test('an import beyond what an agent writes at once waits, and writes all of it', async () => {
  const agent = await OurAgent.start('a');
  const lines = Array.from(
    { length: 520 },
    (_, index) => `{"schema":"hearsay/kv-export/1","key":"k${index}","value":1}`,
  );
  const imported = await run(agent, ['kv', 'import'], { input: Buffer.from(lines.join('\n')) });
  expect(imported.stdout).toBe('520 written, 0 had their values already\n');
  expect((await run(agent, ['kv', 'list', '-keys'])).stdout.split('\n')).toHaveLength(521);
});

test('a flag that is set on one agent is evaluated alike on the other', async () => {
  const [a, b] = await startPair();
  expect((await run(a, ['flags', 'set', 'new-ui', '-rollout', 'on=50', '-wait=20s'])).code).toBe(0);
  for (const who of ['u1', 'u2', 'u3', 'u4']) {
    const there = await run(b, ['flags', 'explain', 'new-ui', `-key=${who}`]);
    expect(there.code).toBe(0);
    expect(there.stdout).toBe((await run(a, ['flags', 'explain', 'new-ui', `-key=${who}`])).stdout);
  }
  expect((await run(b, ['flags', 'ls'])).stdout).toBe('new-ui  enabled  boolean, 1 rule, else off  a\n');
});

test('a member without state is told of as such, refuses the commands, and is not waited for', async () => {
  const a = await OurAgent.start('a');
  const b = await OurAgent.start('b', [`-join=${a.address}`, '-kv=false']);
  expect(b.io.stdout).toMatch(/Gossiped state: off\n/);
  const put = await run(a, ['kv', 'put', '-wait=20s', 'k', '1']);
  expect(put).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('seen by 1 member, the only one that keeps state\n') as string,
  });
  expect((await run(a, ['kv', 'where', 'k'])).stdout).toContain('  keeps no state  1: b\n');
  const refused = await run(b, ['kv', 'get', 'k']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toBe(
    'hearsay kv get: this agent keeps no gossiped state: it was started with -kv=false (ERR_UNSUPPORTED)\n',
  );
});

test('limits are told with their figures', async () => {
  const agent = await OurAgent.start('a');
  const large = await run(agent, ['kv', 'put', '-raw', 'k'], { input: Buffer.alloc(16_385) });
  expect(large.code).toBe(1);
  expect(large.stderr).toMatch(/^hearsay kv put: .*16385.*16384.* \(ERR_KV_VALUE_TOO_LARGE\)\n$/);
  const key = await run(agent, ['kv', 'put', 'x'.repeat(129), '1']);
  expect(key.stderr).toMatch(/^hearsay kv put: .*129.*128.* \(ERR_KV_KEY\)\n$/);
});

test('with -data-dir an agent has its state again after a restart, and nobody else may have the folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const flags = [`-data-dir=${join(folder, 'state')}`];
  const first = await OurAgent.start('a', flags);
  expect(first.io.stdout).toContain(`Gossiped state: in '${join(folder, 'state')}'\n`);
  await run(first, ['kv', 'put', 'motd', '"back at noon"']);
  await run(first, ['kv', 'put', '-lane=owned', 'version', '"1.4.2"']);
  const rival = ioFor(first);
  const taken = ['agent', '-node=b', '-bind=127.0.0.1:0', '-rpc-addr=127.0.0.1:0', ...flags];
  expect(await runCli(taken, rival)).toBe(1);
  expect(rival.stderr).toContain(join(folder, 'state'));
  first.io.interrupt('SIGTERM');
  await first.ended;
  const second = await OurAgent.start('a', flags);
  expect((await run(second, ['kv', 'get', 'motd'])).stdout).toBe('"back at noon"\n');
  expect((await run(second, ['kv', 'get', '-lane=owned', 'version'])).stdout).toBe('"1.4.2"\n');
});

test('a plain pool keeps state when it is asked to', async () => {
  const flags = ['-pool=memberlist'];
  const silent = await OurAgent.start('s', flags);
  expect(silent.io.stdout).toMatch(/Gossiped state: off\n/);
  const [a, b] = await startPair([...flags, '-kv']);
  await run(a, ['kv', 'put', 'k', '1']);
  await shows(b, ['kv', 'get', 'k'], '1\n');
});
