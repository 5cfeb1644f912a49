/** `hearsay why`: against our RPC server over an agent that a test scripts, and against agents that lose one another. */
import { ClusterError } from 'hearsay';
import { RpcClient, type RpcWhyReport } from 'hearsay/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { OurAgent } from '../interop/support/our-agent.ts';
import { expectDocument } from '../support/json-documents.ts';
import { runCommand } from '../support/run-command.ts';
import type { ScriptedAgent } from '../support/scripted-agent.ts';
import { ScriptedRpc } from '../support/scripted-rpc.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

async function run(args: readonly string[], script: (agent: ScriptedAgent) => void = () => {}) {
  const { agent, port } = await startScriptedServer();
  agent.whyReport = report;
  script(agent);
  return { ...(await runCommand(`127.0.0.1:${port}`, args)), agent };
}

const report: RpcWhyReport = {
  node: 'db-1',
  state: 'dead',
  verdict: {
    cause: 'path-broken',
    path: 'to-target',
    certainty: 'likely',
    text: 'the network probably failed db-1: what was sent to it did not arrive, though what it sent did',
    grounds: ['its own pings still came to b'],
    alternatives: ['target-died'],
    missing: ['s keeps no evidence'],
  },
  startedAgoMs: 130_000,
  accusers: ['a', 'b'],
  timeline: [
    { agoMs: 131_000, id: 'a/7', witness: 'a', text: 'pinged it 1.0 s before: no answer at all' },
    { agoMs: 3_200, id: 'b/9', witness: 'b\n', text: 'a accuses it too' },
  ],
  witnesses: ['a', 'b'],
  missing: [{ name: 's', reason: 'stock' }],
};

test('the verdict stands first, then its grounds, what happened, and what was not to be had', async () => {
  const { code, stdout, stderr } = await run(['why', 'db-1']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    [
      'the network probably failed db-1: what was sent to it did not arrive, though what it sent did. It may also have been: target-died.',
      '  path-broken, likely; now dead',
      '',
      'Grounds',
      '  its own pings still came to b',
      '',
      'Accused by',
      '  a, b',
      '',
      'What happened',
      '     2 min ago  a/7           pinged it 1.0 s before: no answer at all',
      '     3.2 s ago  b/9           a accuses it too',
      '',
      'Not to be had',
      '  s keeps no evidence',
      '',
      'Heard',
      '  a, b',
      '',
    ].join('\n'),
  );
});

test('with --json it is a document of its schema', async () => {
  const { code, stdout } = await run(['why', '--json', 'db-1']);
  expect(code).toBe(0);
  expect(expectDocument(stdout, 'hearsay/why/1')).toMatchObject({ node: 'db-1', verdict: { path: 'to-target' } });
});

test('the agent is asked for the time that --at names, and waits as long as --wait says', async () => {
  const before = Date.now();
  const ago = await run(['why', 'db-1', '-at=5m', '-wait=7s']);
  const [, atMs, timeoutMs] = /^why\("db-1", \{"atMs":(\d+),"timeoutMs":(\d+)\}\)$/.exec(ago.agent.calls[0]!)!;
  expect(Number(atMs)).toBeGreaterThanOrEqual(before - 300_000);
  expect(Number(atMs)).toBeLessThanOrEqual(Date.now() - 300_000);
  expect(timeoutMs).toBe('7000');
  const absolute = await run(['why', 'db-1', '--at', '2026-01-02T03:04:05Z']);
  expect(absolute.agent.calls[0]).toContain(`"atMs":${Date.UTC(2026, 0, 2, 3, 4, 5)}`);
});

test('when nobody can tell, the code is 2', async () => {
  const verdict = { ...report.verdict, cause: 'unknown', certainty: 'none', text: 'nobody can tell', grounds: [] };
  const { code, stdout } = await run(['why', 'db-1'], (agent) => (agent.whyReport = { ...report, verdict }));
  expect(code).toBe(2);
  expect(stdout).toContain('unknown, no evidence; now dead');
});

test.each([
  [['why'], "missing required argument 'node'"],
  [['why', 'db-1', 'db-2'], 'too many arguments'],
  [['why', 'db-1', '-at=tomorrow'], 'a time in the past'],
  [['why', 'db-1', '-at=2999-01-01'], 'a time in the past'],
  [['why', 'db-1', '-wait=2m'], '1m at most'],
])('%j is refused, and no agent is asked', async (args, text) => {
  const { code, stderr, agent } = await run(args);
  expect(code).toBe(1);
  expect(stderr).toContain(text);
  expect(agent.calls).toEqual([]);
});

test('what the agent says no to keeps its code, and its words', async () => {
  const { agent, port } = await startScriptedServer();
  agent.failures.set('why', new ClusterError('ERR_CONFIG', 'atMs is 5, it must be something else'));
  const client = await RpcClient.connect({ address: `127.0.0.1:${port}` });
  onTestFinished(() => client.close());
  await expect(client.why('db-1')).rejects.toMatchObject({ code: 'ERR_CONFIG', message: /atMs is 5/ });
  agent.failures.set('why', new ClusterError('ERR_STATE', 'the node has left'));
  const { code, stderr } = await runCommand(`127.0.0.1:${port}`, ['why', 'db-1']);
  expect(code).toBe(1);
  expect(stderr).toContain('the node has left');
});

test('an agent of Serf is told for what it is', async () => {
  const rpc = await ScriptedRpc.start({});
  onTestFinished(() => rpc.stop());
  const { code, stdout, stderr } = await runCommand(rpc.address, ['why', 'db-1']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('this agent keeps no evidence: it is one of Serf, or of an earlier version of hearsay');
});

test('of agents that lose one another, the others say what happened; of a stranger nobody can tell', async () => {
  const a = await OurAgent.start('a');
  const b = await OurAgent.start('b', [`-join=${a.address}`]);
  const c = await OurAgent.start('c', [`-join=${a.address}`]);
  expect(await runCommand(a.rpcAddress, ['why', 'nobody'])).toMatchObject({ code: 2 });
  const well = await runCommand(b.rpcAddress, ['why', 'c']);
  expect(well).toMatchObject({ code: 2, stdout: expect.stringContaining('nobody remembers any trouble with c') });
  c.io.interrupt('SIGINT');
  await c.ended;
  await vi.waitFor(
    async () => {
      const { code, stdout } = await runCommand(b.rpcAddress, ['why', 'c']);
      expect(stdout).toContain('c left on purpose.\n  left-on-purpose, certain; now left');
      expect(code).toBe(0);
    },
    { timeout: 20_000, interval: 200 },
  );
});
