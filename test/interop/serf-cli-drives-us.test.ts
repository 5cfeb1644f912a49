/**
 * The stock `serf` command, in every one of its uses, against our agent and against a stock one that stands in an equal
 * pool: the same text, the same exit status.
 *
 * What must differ is taken out first, and no more than this: addresses and ports; times, round trips and versions of
 * the runtime; the order of lines about several members, and of tags in a line; the tag of gossiped state, which is off. And where the stock binary is of the
 * older generation our agent still speaks as the newer one does: see `asNewGeneration`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { OurAgent } from './support/our-agent.ts';
import { runSerf, SerfAgent, type SerfOutput } from './support/serf-agent.ts';

/** Command lines, run one after the other. */
type Script = readonly string[];

const big = 'x'.repeat(1_100);
const key1 = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');
const key2 = Buffer.from(Array.from({ length: 32 }, (_, index) => index + 32)).toString('base64');
const badKey = 'AAECAw==';

const plainScript: Script = [
  'members',
  'members -detailed',
  'members -format=json',
  'members -format=xml',
  'members -name=node-[ab]',
  'members -name=node',
  'members -status=alive|failed',
  'members -status=left',
  'members -status=left -format=json',
  'members -tag role=web -tag dc=',
  'members -role=lb',
  'members -name=(',
  'info',
  'info -format=json',
  'event deploy v1',
  'event -coalesce=false restart',
  `event big ${big}`,
  'query load',
  'query -format=json load payload',
  'query -no-ack -timeout=500ms load',
  'query -node=node-b -timeout=500ms load',
  'query -tag role=^web$ -timeout=500ms load',
  'query -timeout=500ms nobody-answers',
  'query -relay-factor=1 -timeout=1s load',
  'query _serf_conflict x',
  'query -timeout=300ms _serf_ping x',
  'query -timeout=300ms _serf_ping',
  `query big ${big}`,
  'query -format=xml load',
  'tags -set version=7 -set role=proxy -delete dc',
  'members -name=node-a -format=json',
  'tags -set a=b=c -set empty=',
  `tags -set k=${big}`,
  'tags -set novalue',
  'tags -set role=lb -set dc=east -delete a -delete empty -delete version',
  'members',
  'rtt node-b',
  'rtt node-b node-a',
  'rtt ghost',
  'reachability',
  'reachability -verbose',
  'join 127.0.0.1:1',
  'keys -list',
  `keys -install=${key2}`,
  'keys -install=!!!',
  'force-leave ghost',
  'force-leave node-b',
  'monitor -log-level=loud',
  'leave',
];

const encryptedScript: Script = [
  'members',
  'event deploy x',
  'members -rpc-auth=open',
  'members -rpc-auth=sesame',
  'keys -rpc-auth=sesame -list',
  `keys -rpc-auth=sesame -install ${key2}`,
  'keys -rpc-auth=sesame -list',
  `keys -rpc-auth=sesame -use ${key2}`,
  `keys -rpc-auth=sesame -remove ${key2}`,
  `keys -rpc-auth=sesame -remove ${key1}`,
  `keys -rpc-auth=sesame -use ${key1}`,
  `keys -rpc-auth=sesame -install ${badKey}`,
  `keys -rpc-auth=sesame -remove ${key1}`,
  `keys -rpc-auth=sesame -install ${key2}`,
  'keys -rpc-auth=sesame -list',
  'info -rpc-auth=sesame',
];

describe.skipIf(findPeer('serf') === undefined)('the stock command against our agent', { timeout: 240_000 }, () => {
  test('says the same as against a stock agent, in a plain pool', async () => {
    const handler = '-event-handler=query:load=echo 0.4$SERF_TAG_ROLE';
    const first = ['-tag=role=lb', '-tag=dc=east', handler];
    const pools = await startPools({ first, second: ['-tag=role=web', handler] });
    await compare(pools, (rpcAddress) => runAll(rpcAddress, plainScript));
  });

  test('says the same as against a stock agent, in an encrypted pool with a key for RPC', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearsay-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const authFile = join(folder, 'auth.json');
    writeFileSync(authFile, JSON.stringify({ rpc_auth: 'sesame' }));
    const flags = [`-encrypt=${key1}`];
    const first = [...flags, `-config-file=${authFile}`];
    const pools = await startPools({ first, second: flags, rpcAuthKey: 'sesame' });
    await compare(pools, (rpcAddress) => runAll(rpcAddress, encryptedScript));
  });

  test('monitors the same events', async () => {
    const pools = await startPools({ first: ['-tag=role=x'], second: [] });
    await compare(pools, async (rpcAddress) => {
      const monitor = runSerf(rpcAddress, ['monitor', '-log-level=err'], 4_000);
      await delay(500);
      await runAll(rpcAddress, ['event -coalesce=false deploy v1', 'event -coalesce=false empty', 'event later v2']);
      await runAll(rpcAddress, ['query -timeout=300ms load q', 'tags -set y=2']);
      const { code, stdout } = await monitor;
      const events = stdout.split('Event Info:').slice(1).map(eventLines);
      expect(events.length).toBeGreaterThan(3);
      return { code, events: events.toSorted() };
    });
  });
});

interface PoolFlags {
  /** Of `node-a`, the one that is driven. */
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly rpcAuthKey?: string;
}

/** Where RPC is served by the two agents that are compared. */
interface Pools {
  readonly ours: string;
  readonly stock: string;
}

/** Two pools of `node-a` and `node-b`: one of stock agents, one in which `node-a` is ours. */
async function startPools({ first, second, rpcAuthKey }: PoolFlags): Promise<Pools> {
  const auth = rpcAuthKey === undefined ? {} : { rpcAuthKey };
  const stock = await SerfAgent.start('node-a', { flags: first, ...auth });
  // The tag by which members find who keeps state is in every list of members; without state there is none.
  const ours = await OurAgent.start('node-a', [...first, '-kv=false']);
  const rpcFlags = rpcAuthKey === undefined ? [] : [`-rpc-auth=${rpcAuthKey}`];
  for (const { address, rpcAddress } of [stock, ours]) {
    await SerfAgent.start('node-b', { join: { address }, flags: second });
    await eventually(
      `${rpcAddress} sees two`,
      () => runSerf(rpcAddress, ['members', ...rpcFlags]),
      ({ stdout }) => (stdout.match(/alive/g) ?? []).length === 2,
    );
  }
  // What the joins have caused is over: coalesced events come after a second of quiet.
  await delay(1_500);
  return { ours: ours.rpcAddress, stock: stock.rpcAddress };
}

async function compare(pools: Pools, play: (rpcAddress: string) => Promise<unknown>): Promise<void> {
  const [said, expected] = await Promise.all([play(pools.ours), play(pools.stock)]);
  expect(said).toEqual(expected);
}

async function runAll(rpcAddress: string, script: Script): Promise<Record<string, SerfOutput>> {
  const outputs: Record<string, SerfOutput> = {};
  for (const [index, line] of script.entries()) {
    const { code, stdout } = await runSerf(rpcAddress, line.split(' '));
    const text = asNewGeneration(stdout.startsWith('{') ? sortedJson(stdout) : sortedLines(stdout));
    outputs[`${index} ${line.slice(0, 60)}`] = { code, stdout: withoutVariance(text) };
  }
  return outputs;
}

/**
 * The lines in order of their letters, and the tags within each. The command trims its output as a whole, so which line
 * keeps the spaces at its end depends on the order in which the agent lists its members.
 */
function sortedLines(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/\S+=\S*(?:,\S+=\S*)+/, (tags) => tags.split(',').toSorted().join(',')).trimEnd());
  return lines.toSorted().join('\n');
}

/** Lists of members and of names in order. Go writes maps in order already. */
function sortedJson(text: string): string {
  const sort = (_: string, value: unknown): unknown =>
    Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value;
  return JSON.stringify(JSON.parse(text), sort, 2);
}

function withoutVariance(text: string): string {
  return text
    .replaceAll(/(127\.0\.0\.1:|"port": )\d{4,5}/g, '$1PORT')
    .replaceAll(/\d+\.\d+ (ms|sec)/g, 'N $1')
    .replaceAll(/((?:version|goroutines|max_procs|cpu_count)(?: = |": "))[^\n"]+/g, '$1N')
    .replaceAll(/(_queue(?: = |": "))\d+/g, '$1N');
}

/** What the older generation says in other words than the newer one, which our agent follows. */
function asNewGeneration(text: string): string {
  return text
    .replaceAll(/Failed to join (\S+): dial tcp (\S+):/g, 'failed to join $2: dial tcp $2:')
    .replaceAll('Requested key', 'requested key')
    .replaceAll('Removing the primary', 'removing the primary');
}

/** The lines about an event that a monitor prints. Maps are printed in any order; the log between is each agent's own. */
function eventLines(text: string): string {
  const lines = text.split('\n').filter((line) => line.startsWith('\t'));
  return withoutVariance(
    lines
      .map((line) => line.replaceAll(/"Port":0x[0-9a-f]+/g, '"Port":PORT'))
      .toSorted()
      .join('\n'),
  );
}
