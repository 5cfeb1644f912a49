/** `hearsay telemetry` against our RPC server over an agent that a test scripts, and over two clusters that measure. */
import { createCluster } from 'hearsay';
import type { RpcTelemetry } from 'hearsay/client';
import { expect, onTestFinished, test } from 'vitest';
import { reportTelemetry } from '../../packages/agent/src/agent/telemetry-report.ts';
import { expectDocument } from '../support/json-documents.ts';
import { runCommand } from '../support/run-command.ts';
import { ScriptedRpc } from '../support/scripted-rpc.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

async function run(args: readonly string[], report: RpcTelemetry | undefined) {
  const { agent, port } = await startScriptedServer();
  agent.telemetryReport = report;
  return { ...(await runCommand(`127.0.0.1:${port}`, ['telemetry', ...args])), agent };
}

const sampling = { nodes: 3, oldestMs: 9_400 };
const folded: RpcTelemetry = {
  node: 'a',
  mode: 'fold',
  metrics: [
    { name: 'http.requests', kind: 'counter', ...sampling, errorBound: 0, value: 1_234, perSecond: 12.5 },
    { name: 'jobs', kind: 'gauge', ...sampling, errorBound: 0, value: 6, mean: 2, min: 1, max: 3 },
    {
      name: 'latency_ms',
      kind: 'histogram',
      ...sampling,
      errorBound: 0.01,
      count: 300,
      mean: 20.123456,
      p50: 12,
      p90: 40,
      p99: 99.5,
    },
    {
      name: 'paths',
      kind: 'topK',
      ...sampling,
      keys: [
        { key: '/\u001b[31m', count: 7, overcount: 1 },
        { key: '/b', count: 2, overcount: 0 },
      ],
    },
    { name: 'users', kind: 'distinct', ...sampling, errorBound: 0.065, value: 1_001.5 },
  ],
  missing: [],
};

test('each kind of metric is told in the numbers that it has', async () => {
  const { code, stdout, stderr } = await run([], folded);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const lines = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  expect(lines).toEqual([
    'METRIC KIND MEMBERS OLDEST ALL OF THEM',
    'http.requests counter 3 9s total 1234 per second 12.5',
    'jobs gauge 3 9s sum 6 mean 2 min 1 max 3',
    'latency_ms histogram 3 9s p50 12 p90 40 p99 99.5 mean 20.12 count 300',
    String.raw`paths topK 3 9s /\x1b[31m 7, /b 2`,
    'users distinct 3 9s about 1002 (to 6.5 %)',
    '',
  ]);
});

test('a poll asks as it is told, and who has not answered makes it fail', async () => {
  const missing = [
    { name: 's', reason: 'stock' },
    { name: 'c', reason: 'no answer' },
  ];
  const args = ['-poll', '-tag', 'role=web', '-wait=1s', 'jobs'];
  const { code, stdout, agent } = await run(args, { ...folded, mode: 'poll', metrics: [folded.metrics[1]!], missing });
  expect(code).toBe(2);
  expect(stdout).toContain('c has not answered');
  expect(stdout).toContain('s was not asked');
  const question = { metrics: ['jobs'], mode: 'poll', tags: { role: 'web' }, timeoutMs: 1_000 };
  expect(agent.calls).toContain(`telemetry(${JSON.stringify(question)})`);
  expect((await run(['-poll'], { ...folded, missing: [missing[0]!] })).code).toBe(0);
});

test('an estimate tells how much of the weight is left', async () => {
  const report = { ...folded, mode: 'estimate', metrics: [folded.metrics[1]!], estimatedNodes: 3.1, massLeft: 0.136 };
  const { code, stdout } = await run(['-estimate'], report);
  expect(code).toBe(0);
  expect(stdout).toContain('Estimated by about 3 members; 13.6 % of their weight is left.');
  expect((await run(['-estimate'], { ...folded, mode: 'estimate', metrics: [] })).stdout).toContain('No estimate yet');
  expect((await run(['-estimate', '-poll'], folded)).code).toBe(1);
});

test('with --json it is a document of its schema', async () => {
  const { stdout } = await run(['--json'], folded);
  expect(expectDocument(stdout, 'hearsay/telemetry/1')).toMatchObject({ node: 'a', mode: 'fold' });
});

test('an agent of Serf, and one without telemetry, are told for what they are', async () => {
  const rpc = await ScriptedRpc.start({});
  onTestFinished(() => rpc.stop());
  expect((await runCommand(rpc.address, ['telemetry'])).stderr).toContain('it is one of Serf');
  const without = await run([], undefined);
  expect(without).toMatchObject({ code: 1, stdout: '' });
  expect(without.stderr).toContain('the test has set no telemetry');
});

test('what an agent reports of real members fits the document, in every mode', async () => {
  const telemetry = { periodMs: 200, windowMs: 12_000, process: false, estimate: ['jobs'], estimateRoundMs: 50 };
  const common = { bind: '127.0.0.1:0', profile: 'local', kv: { periodMs: 50 }, telemetry } as const;
  const first = await createCluster({ name: 'a', ...common });
  const second = await createCluster({ name: 'b', ...common, seeds: [`127.0.0.1:${first.address.port}`] });
  onTestFinished(async () => void (await Promise.all([first.close(), second.close()])));
  await first.waitForMembers(2);
  for (const { telemetry: own } of [first, second]) {
    own.counter('requests').add(3);
    own.gauge('jobs').set(2);
    own.histogram('latency_ms').record(5);
    own.distinct('users').add('ada');
    own.topK('paths').add('/');
  }
  await expect.poll(() => first.telemetry.value('requests')?.nodes, { timeout: 10_000 }).toBe(2);
  await expect
    .poll(() => first.telemetry.value('jobs', { mode: 'estimate' })?.value, { timeout: 20_000 })
    .toBeDefined();
  for (const mode of ['fold', 'poll', 'estimate'] as const) {
    const report = await reportTelemetry(first, { metrics: [], mode, tags: {} });
    const document = JSON.parse(JSON.stringify({ schema: 'hearsay/telemetry/1', ...report })) as RpcTelemetry;
    expectDocument(JSON.stringify(document), 'hearsay/telemetry/1');
    const jobs = document.metrics.find(({ name }) => name === 'jobs');
    expect(jobs).toMatchObject({ kind: 'gauge', min: 2, max: 2 });
    if (mode === 'estimate') continue;
    expect(document.metrics.find(({ name }) => name === 'requests')).toMatchObject({ value: 6, nodes: 2 });
    expect(document.metrics.find(({ name }) => name === 'paths')?.keys).toEqual([{ key: '/', count: 2, overcount: 0 }]);
  }
});
