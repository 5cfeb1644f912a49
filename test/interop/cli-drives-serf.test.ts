/**
 * Our command and the stock one, in the same use against the same stock agent: the same text, the same exit status. What
 * has no order in the stock command (lines about several members, tags in a line) is put in order; times are left out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { captureIo } from '../../packages/agent/src/cli/captured-io.ts';
import { runCli } from '../../packages/agent/src/cli/run-cli.ts';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { runSerf, SerfAgent, type SerfOutput } from './support/serf-agent.ts';

const big = 'x'.repeat(1_100);
const keys = [0, 32, 64].map((first) =>
  Buffer.from(Array.from({ length: 32 }, (_, at) => at + first)).toString('base64'),
);
const [firstKey, secondKey, thirdKey] = keys as [string, string, string];

const plainLines: readonly string[] = [
  'members',
  'members -detailed=true',
  'members -format json',
  'members -format=xml',
  'members -name=node-[ab] -status alive|failed',
  'members -status=left',
  'members -status=left -format=json',
  'members -tag role=web -tag dc=',
  'members -role=lb',
  'members -name=(',
  'members -tag role',
  'info',
  'info -format=json',
  'event deploy v1',
  'event -coalesce=false restart',
  'event deploy -coalesce=false',
  `event big ${big}`,
  'query -timeout=500ms load',
  'query -timeout=500ms load -payload',
  'query -timeout=500ms -format=json load',
  'query -timeout=500ms -no-ack load',
  'query -timeout=500ms -node=node-b load',
  'query -timeout=500ms -tag role=^web$ load',
  'query -timeout=500ms -relay-factor=1 load',
  'query -timeout=500ms _serf_ping x',
  'query -timeout=500ms _serf_ping',
  `query big ${big}`,
  'query -relay-factor=256 load',
  'tags -set version=7 -set role=proxy -delete dc',
  'members -name=node-a',
  `tags -set k=${big}`,
  'tags -set role=lb -set dc=east -delete version',
  'rtt node-b',
  'rtt node-b node-a',
  'rtt ghost',
  'reachability',
  'reachability -verbose',
  'join 127.0.0.1:1',
  'keys -list',
  `keys -install=${firstKey}`,
  'keys -list -use=x',
  'force-leave ghost',
  'force-leave -prune=false node-b',
  'monitor -log-level=loud',
];

const encryptedLines: readonly string[] = [
  'members',
  'members -rpc-auth=wrong',
  'keys -rpc-auth=sesame -list',
  `keys -rpc-auth=sesame -install=${secondKey}`,
  `keys -rpc-auth=sesame -use=${thirdKey}`,
  `keys -rpc-auth=sesame -remove=${firstKey}`,
  `keys -rpc-auth=sesame -use=${secondKey}`,
  `keys -rpc-auth=sesame -remove=${firstKey}`,
  'keys -rpc-auth=sesame -install=AAECAw==',
  'keys -rpc-auth=sesame -install=!!!',
  'keys -rpc-auth=sesame -list',
];

describe.skipIf(findPeer('serf') === undefined)('our command against a stock agent', { timeout: 240_000 }, () => {
  test('says what the stock command says, in a plain pool', async () => {
    const handler = '-event-handler=query:load=echo 0.4$SERF_TAG_ROLE';
    const agent = await startPool(['-tag=role=lb', '-tag=dc=east', handler], ['-tag=role=web', handler]);
    await compare(agent.rpcAddress, plainLines);
  });

  test('says what the stock command says, in an encrypted pool with a key for RPC', async () => {
    const flags = [`-encrypt=${firstKey}`];
    const agent = await startPool(flags, flags, 'sesame');
    await compare(agent.rpcAddress, encryptedLines);
  });

  test('joins and leaves as the stock command does', async () => {
    const [first, second, third] = [await SerfAgent.start('a'), await SerfAgent.start('b'), await SerfAgent.start('c')];
    const joined = await runOurs(first.rpcAddress, ['join', '-replay', second.address, third.address]);
    expect(joined).toEqual({ code: 0, stdout: 'Successfully joined cluster by contacting 2 nodes.\n' });
    const left = [await runOurs(second.rpcAddress, ['leave']), await runSerf(third.rpcAddress, ['leave'])];
    expect(left[0]).toEqual({ code: 0, stdout: 'Graceful leave complete\n' });
    expect(left[1]).toEqual(left[0]);
    await eventually(
      'both have left',
      () => runOurs(first.rpcAddress, ['members', '-status=left', '--json']),
      ({ stdout }) => (JSON.parse(stdout) as { members: unknown[] }).members.length === 2,
    );
    const pruned = await runOurs(first.rpcAddress, ['force-leave', '-prune', 'b']);
    expect(pruned).toEqual({ code: 0, stdout: '' });
    await eventually(
      'one is forgotten',
      () => runOurs(first.rpcAddress, ['members', '--json']),
      ({ stdout }) => (JSON.parse(stdout) as { members: unknown[] }).members.length === 2,
    );
  });

  test('monitors the same events and ends with the agent as the stock command does', async () => {
    const agent = await SerfAgent.start('a', { flags: ['-tag=role=x'] });
    await delay(1_500);
    const monitors = [
      runOurs(agent.rpcAddress, ['monitor', '-log-level=err']),
      runSerf(agent.rpcAddress, ['monitor', '-log-level=err']),
    ];
    await delay(1_000);
    for (const line of [
      'event -coalesce=false deploy v1',
      'event -coalesce=false empty',
      'query -timeout=300ms load q',
    ]) {
      await runOurs(agent.rpcAddress, line.split(' '));
    }
    await runOurs(agent.rpcAddress, ['tags', '-set', 'y=2']);
    await delay(2_000);
    await agent.leave();
    const [ours, stock] = await Promise.all(monitors);
    expect(ours!.stdout.split('Event Info:').length).toBeGreaterThan(4);
    expect(inOrder(withoutLeave(ours!.stdout))).toBe(inOrder(withoutLeave(stock!.stdout)));
    expect(ours!.code).toBe(stock!.code);
  });
});

/** An agent that goes tells its own leave to some of its clients, and closes before it has told it to others. */
function withoutLeave(monitored: string): string {
  const blocks = monitored.replace(farewell, '').split('Event Info:');
  const kept = blocks.filter((block) => !block.includes('"member-leave"'));
  const lines = [...kept, farewell.exec(monitored)?.[0] ?? ''].join('\n').split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** What both say when the agent is gone. */
const farewell = /\s*Remote side ended the monitor![^]*/;

/** Two stock agents; resolves to the first when it sees both, and what their joining has caused is over. */
async function startPool(first: readonly string[], second: readonly string[], rpcAuthKey?: string): Promise<SerfAgent> {
  const auth = rpcAuthKey === undefined ? {} : { rpcAuthKey };
  const agent = await SerfAgent.start('node-a', { flags: first, ...auth });
  await SerfAgent.start('node-b', { flags: second, join: agent });
  await eventually(
    'the first sees both',
    () => agent.members(),
    (members) => members.length === 2,
  );
  await delay(1_500);
  return agent;
}

/** Runs each line with the stock command and then with ours. */
async function compare(rpcAddress: string, lines: readonly string[]): Promise<void> {
  const wrong: unknown[] = [];
  for (const line of lines) {
    const stock = comparable(await runSerf(rpcAddress, line.split(' ')));
    const ours = comparable(await runOurs(rpcAddress, line.split(' ')));
    if (JSON.stringify(ours) !== JSON.stringify(stock)) wrong.push({ line, ours, stock });
  }
  expect(wrong).toEqual([]);
}

async function runOurs(rpcAddress: string, [name, ...rest]: readonly string[]): Promise<SerfOutput> {
  const io = captureIo();
  const code = await runCli([name!, `-rpc-addr=${rpcAddress}`, ...rest], io);
  return { code, stdout: io.stdout };
}

function comparable({ code, stdout }: SerfOutput): SerfOutput {
  return { code, stdout: inOrder(stdout) };
}

function inOrder(text: string): string {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/\S+=\S*(?:,\S+=\S*)+/, (tags) => tags.split(',').toSorted().join(','))
      // The last name in a list of JSON has no comma.
      .replace(/,$/, '')
      .replaceAll(/\d+\.\d+ (ms|sec)/g, 'N $1')
      .replaceAll(/((?:goroutines|_queue|health_score)(?: = |": "))\d+/g, '$1N')
      // Whichever line comes last has lost the spaces at its end.
      .trimEnd(),
  );
  return lines.toSorted().join('\n');
}
