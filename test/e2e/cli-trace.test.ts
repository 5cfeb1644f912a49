/** `hearsay trace`: against our RPC server over an agent that a test scripts. */
import { ClusterError } from 'hearsay';
import { RpcClient, type RpcTraceHearer, type RpcTraceReport } from 'hearsay/client';
import { expect, onTestFinished, test } from 'vitest';
import { expectDocument } from '../support/json-documents.ts';
import { runCommand } from '../support/run-command.ts';
import type { ScriptedAgent } from '../support/scripted-agent.ts';
import { ScriptedRpc } from '../support/scripted-rpc.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

async function run(args: readonly string[], script: (agent: ScriptedAgent) => void = () => {}) {
  const { agent, port } = await startScriptedServer();
  agent.traceReport = report;
  script(agent);
  return { ...(await runCommand(`127.0.0.1:${port}`, args)), agent };
}

const counts = { copyCount: 4, queuedCount: 0, sendCount: 4 };
const origin: RpcTraceHearer = {
  name: 'a',
  afterMs: 0,
  errorMs: 0,
  round: 0,
  via: 'own',
  hop: 0,
  waitedMs: 9,
  ...counts,
};

function heard(name: string, afterMs: number, more: Partial<RpcTraceHearer>): RpcTraceHearer {
  return { name, afterMs, errorMs: 1.5, round: Math.ceil(afterMs / 200), via: 'gossip', ...counts, ...more };
}

const late = { cause: 'stall', at: 'd', text: 'its process got no time for 2.50 s' };
const report: RpcTraceReport = {
  kind: 'event',
  name: 'ping',
  origin: 'a',
  tookMs: 1_200,
  model: { memberCount: 7, fanOut: 3, gossipIntervalMs: 200, sendLimit: 4, loss: 0, latencyMs: 0.5 },
  hearers: [
    origin,
    heard('b', 90, { from: 'a', hop: 1 }),
    heard('c', 150, { from: 'b', hop: 2, via: 'push-pull' }),
    heard('e\n', 170, { from: 's', hole: 'heard from stock member s, which cannot tell its own parent' }),
    heard('d', 2_600, { from: 'c', hop: 3, late }),
  ],
  unheard: [],
  missing: [
    { name: 's', reason: 'stock' },
    { name: 'f', reason: 'no answer' },
  ],
  rounds: [
    { round: 0, infected: 1, expected: 1, low: 1, high: 1 },
    { round: 1, infected: 4, expected: 4.2, low: 2, high: 5 },
    { round: 2, infected: 4, expected: 5, low: 5, high: 5 },
    { round: 3, infected: 4, expected: 5, low: 5, high: 5 },
    { round: 4, infected: 4, expected: 5, low: 5, high: 5 },
    { round: 13, infected: 5, expected: 5, low: 5, high: 5 },
  ],
  isWithinBand: false,
  spread: { p50Ms: 150, p99Ms: 2_600, maxMs: 2_600 },
  theory: { lastP50Ms: 250, lastP99Ms: 500 },
  errorMs: 1.5,
};

test('the curve stands beside theory, then who told whom, the late ones with reasons, and who cannot tell', async () => {
  const { code, stdout, stderr, agent } = await run(['trace', 'event', 'ping', 'hello']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    [
      'Event "ping" from a was heard by all 5 that can tell (2 cannot), the last one after 2.6s.',
      '  half of them within 150ms, 99 % within 2.6s; times are right to 1.5ms',
      '  theory: the last one within 250ms in half of all cases, within 500ms in 99 %',
      '',
      'Who had heard by the end of each round',
      '  A round is a gossip interval, 200 ms; each tells 3 others in it, 4 times in all. Theory',
      '  (┃, and the band of 3 deviations) is for 7 members and no loss.',
      '',
      '    0  ███████┃░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  1   theory 1.0, 1 to 1',
      '    1  ████████████████████████████████░┃░░░░░░  4   theory 4.2, 2 to 5',
      '    2  ████████████████████████████████░░░░░░░┃  4   theory 5.0, 5 to 5',
      '    4  ████████████████████████████████░░░░░░░┃  4   theory 5.0, 5 to 5',
      '   13  ███████████████████████████████████████┃  5   theory 5.0, 5 to 5',
      '  Not every round is within the band.',
      '',
      'Who told whom (when it was heard)',
      '  a',
      '  └─ b 90ms',
      '     └─ c 150ms, by push/pull',
      '        └─ d 2.6s late',
      '  ? heard from stock member s, which cannot tell its own parent',
      '  └─ e\\x0a 170ms',
      '',
      'Late, and why',
      '  d: stall; its process got no time for 2.50 s',
      '',
      'Not known',
      '  s: no members of ours, or run with -kv=false: they cannot tell',
      '  f: did not answer',
      '',
    ].join('\n'),
  );
  expect(agent.calls.at(-1)).toMatch(/^trace\("event", "ping", .*, \{"loss":0,"timeoutMs":10000\}\)$/);
});

test('a wide tree is cut, and says how many are not shown', async () => {
  const many = Array.from({ length: 200 }, (_, index) => heard(`m${index}`, 100 + index, { from: 'a', hop: 1 }));
  const { stdout } = await run(['trace', 'event', 'ping'], (agent) => {
    agent.traceReport = { ...report, hearers: [origin, ...many] };
  });
  expect(stdout).toContain('192 more');
  expect(stdout.split('\n').length).toBeLessThan(60);
});

test('with exit code 2 somebody has not heard it, and it is said why', async () => {
  const reason = { cause: 'loss', at: 'c', text: 'no copy has reached it, where others got 4' };
  const { code, stdout } = await run(['trace', 'kv', 'a', '1', '-wait=2s', '-loss=10%'], (agent) => {
    agent.traceReport = { ...report, kind: 'kv', unheard: [{ name: 'c', reason }] };
  });
  expect(code).toBe(2);
  expect(stdout).toContain('was heard by 5 of 6 that can tell');
  expect(stdout).toContain('Have not heard, and why\n  c: loss; no copy has reached it, where others got 4');
});

test('a write goes as the JSON that was typed, and the document has its schema', async () => {
  const { stdout, agent } = await run(['trace', 'kv', 'limits', '{"rps": 50}', '-json', '-loss=0.1', '-wait=1s']);
  expectDocument(stdout, 'hearsay/trace/1');
  expect(agent.calls.at(-1)).toMatch(/^trace\("kv", "limits", .*, \{"loss":0\.1,"timeoutMs":1000\}\)$/);
});

test('what the agent refuses is told, and so is one that does not know the command', async () => {
  const refused = await run(['trace', 'event', 'x'], (agent) => {
    agent.trace = () => Promise.reject(new ClusterError('ERR_STATE', '8 traces are under way, which is the limit'));
  });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('8 traces are under way');
  const rpc = await ScriptedRpc.start({});
  onTestFinished(() => rpc.stop());
  const client = await RpcClient.connect({ address: rpc.address });
  onTestFinished(() => client.close());
  await expect(client.trace({ event: 'x' })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
});
