/** `hearsay views` and `hearsay diff` against our RPC server over an agent that a test scripts: texts, documents, exit codes. */
import type { RpcDiff, RpcDiffBelief, RpcViewGroup, RpcViews } from 'hearsay/client';
import { expect, onTestFinished, test } from 'vitest';
import { expectDocument } from '../support/json-documents.ts';
import { runCommand, type Finished } from '../support/run-command.ts';
import type { ScriptedAgent } from '../support/scripted-agent.ts';
import { ScriptedRpc } from '../support/scripted-rpc.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

async function run(args: readonly string[], script: (agent: ScriptedAgent) => void): Promise<Finished> {
  const { agent, port } = await startScriptedServer();
  script(agent);
  return runCommand(`127.0.0.1:${port}`, args);
}

function group(names: readonly string[], liveCount: number, rest: Partial<RpcViewGroup> = {}): RpcViewGroup {
  const counts = { alive: liveCount, suspect: 0, failed: 0, left: 0 };
  const members = names.map((name, index) => ({
    name,
    ageMs: index * 12_000,
    sequence: 1,
    counts,
    all: 'a'.repeat(16),
  }));
  return { live: 'b'.repeat(16), liveCount, isOurs: false, members, ...rest };
}

const agreed: RpcViews = {
  node: 'a',
  isAgreed: true,
  groups: [group(['a', 'b', 'c'], 4, { isOurs: true })],
  silent: [{ name: 's', reason: 'stock' }],
};

test('where all agree, that is said, and who cannot tell', async () => {
  const { code, stdout, stderr } = await run(['views'], (agent) => (agent.viewsReport = agreed));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    [
      'All 3 that told agree: 4 members there.',
      '  a, b, c',
      '',
      'Cannot tell: no members of ours, or run with -kv=false',
      '  s',
      '',
    ].join('\n'),
  );
});

test('each view is told with who has it, how old it is, and what differs', async () => {
  const views: RpcViews = {
    node: 'a',
    isAgreed: false,
    groups: [
      group(['b', 'c'], 5, { differs: { onlyHere: [], onlyThere: ['d'] } }),
      group(['a'], 4, { isOurs: true }),
      group(['e\n'], 2),
    ],
    silent: [{ name: 'f', reason: 'no digest' }],
  };
  const { code, stdout } = await run(['views'], (agent) => (agent.viewsReport = views));
  expect(code).toBe(2);
  expect(stdout).toBe(
    [
      '3 views of who is there, as a has heard.',
      '',
      'View 1: 2 members, with 5 there',
      '  b, c',
      '  said just now to 12 s ago',
      '  with d, not there for a',
      '',
      'View 2, that of a: 1 member, with 4 there',
      '  a',
      '  said just now',
      '',
      'View 3: 1 member, with 2 there',
      '  e\\x0a',
      '  said just now',
      '  2 fewer than for a; about whom, the digests do not tell',
      '',
      'News takes seconds to reach all: look again, and if this stays, ask two of them:',
      '  hearsay diff a b',
      '',
      'Not heard yet',
      '  f',
      '',
    ].join('\n'),
  );
});

test('who is alone says so, and whom it has not heard yet', async () => {
  const groups = [group(['a'], 3, { isOurs: true })];
  const views = { node: 'a', isAgreed: false, groups, silent: [{ name: 'b', reason: 'no digest' }] };
  const { code, stdout } = await run(['views'], (agent) => (agent.viewsReport = views));
  expect({ code, stdout }).toEqual({
    code: 2,
    stdout: 'Only a has told: 3 members there.\n  a\n\nNot heard yet\n  b\n',
  });
});

test('of many members the first are named', async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
  const views = { ...agreed, groups: [group(names, 1_000, { isOurs: true })] };
  const { stdout } = await run(['views'], (agent) => (agent.viewsReport = views));
  expect(stdout).toContain('\n  n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 988 more\n');
});

const belief: RpcDiffBelief = {
  state: 'alive',
  address: '10.0.0.1:7946',
  incarnation: 3,
  tags: { role: 'db', dc: '1' },
};
const counts = { alive: 4, suspect: 0, failed: 1, left: 0 };
const differing: RpcDiff = {
  a: { name: 'a', counts },
  b: { name: 'b', counts: { ...counts, alive: 5, failed: 0 } },
  differences: [
    { name: 'd', aspects: ['liveness'], a: { ...belief, state: 'failed' }, b: belief },
    { name: 'e', aspects: ['tags', 'incarnation'], a: belief, b: { ...belief, incarnation: 4, tags: { dc: '1' } } },
    { name: 'f', aspects: ['state'], a: { ...belief, state: 'left' } },
  ],
  differenceCount: 3,
};

test('where two members disagree, each thing has a line', async () => {
  const { agent, port } = await startScriptedServer();
  agent.diffReport = differing;
  const { code, stdout } = await runCommand(`127.0.0.1:${port}`, ['diff', 'a', 'b', '-wait=5s']);
  expect(code).toBe(2);
  expect(agent.calls).toEqual(['diff("a", "b", 5000)']);
  expect(stdout).toBe(
    [
      'a and b disagree about 3 members.',
      '  a knows 4 alive, 1 failed',
      '  b knows 5 alive',
      '',
      'MEMBER  DISAGREE ON          A        B',
      'd       whether it is there  failed   alive',
      'e       tags                 role=db  none of these',
      'e       incarnation          3        4',
      'f       state                left     not known',
      '',
    ].join('\n'),
  );
});

test('two members that agree, and one that told nothing', async () => {
  const none = { differences: [], differenceCount: 0 };
  const same = await run(['diff', 'a', 'b'], (agent) => (agent.diffReport = { ...differing, ...none }));
  expect(same).toMatchObject({ code: 0, stdout: 'a and b agree about all members.\n  knows 4 alive, 1 failed\n' });
  const silent = { ...differing, ...none, b: { name: 's', absence: 'stock', counts } };
  const { code, stdout } = await run(['diff', 'a', 's'], (agent) => (agent.diffReport = silent));
  expect({ code, stdout }).toEqual({
    code: 2,
    stdout: 's cannot tell: it is no member of ours, or runs with -kv=false.\n',
  });
});

test('with --json both are documents of their schemas', async () => {
  const views = await run(['views', '--json'], (agent) => (agent.viewsReport = agreed));
  expect(expectDocument(views.stdout, 'hearsay/views/1')).toMatchObject({ node: 'a', isAgreed: true });
  const diff = await run(['diff', 'a', 'b', '--json'], (agent) => (agent.diffReport = differing));
  expect(diff.code).toBe(2);
  expect(expectDocument(diff.stdout, 'hearsay/diff/1')).toMatchObject({ differenceCount: 3 });
});

test('an agent of Serf, and one that keeps no state, are told for what they are', async () => {
  const rpc = await ScriptedRpc.start({});
  onTestFinished(() => rpc.stop());
  const stock = await runCommand(rpc.address, ['views']);
  expect(stock).toMatchObject({ code: 1, stdout: '' });
  expect(stock.stderr).toContain('it is one of Serf');
  const without = await run(['views'], () => {});
  expect(without).toMatchObject({ code: 1, stdout: '' });
  expect(without.stderr).toContain('the test has set no views');
  expect((await run(['diff', 'a'], () => {})).stderr).toContain("missing required argument 'b'");
  expect((await run(['diff', 'a', 'b', '-wait=2m'], () => {})).stderr).toContain('1m at most');
});
