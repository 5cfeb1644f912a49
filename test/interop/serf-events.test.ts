import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster, type Cluster, type CreateClusterOptions } from 'hearsay';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { eventually } from './support/eventually.ts';
import { runSerf, SerfAgent, shows } from './support/serf-agent.ts';

const decoder = new TextDecoder();
const key = Buffer.alloc(32, 7).toString('base64');

/** A stock agent whose handlers write each user event into a file and answer the query `load`, and a node of ours. */
async function startMixedPool(options: CreateClusterOptions = {}, key?: string): Promise<MixedPool> {
  const folder = mkdtempSync(join(tmpdir(), 'hearsay-handlers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'events');
  const agent = await SerfAgent.start('stock', {
    ...(key !== undefined && { key }),
    flags: [
      '-tag=role=db',
      `-event-handler=user=echo "$SERF_USER_EVENT $(cat)" >> ${log}`,
      '-event-handler=query:load=echo "$SERF_SELF_NAME says $(cat)"',
    ],
  });
  const ours = await createCluster({
    name: 'ours',
    bind: '127.0.0.1:0',
    profile: 'local',
    tags: { role: 'web', rack: 'r7' },
    ...(key !== undefined && { keys: [key] }),
    ...options,
  });
  onTestFinished(() => ours.close());
  await ours.join(agent.address);
  await ours.waitForMembers(2, { timeoutMs: 10_000 });
  await shows(agent, 'ours', 'alive');
  const told = (): string[] => {
    try {
      return readFileSync(log, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  };
  return { agent, ours, told };
}

interface MixedPool {
  readonly agent: SerfAgent;
  readonly ours: Cluster;
  /** User events as the agent's handler wrote them down. */
  readonly told: () => string[];
}

describe.skipIf(findPeer('serf') === undefined)('a node of ours in the pool of a stock Serf agent', () => {
  test('shows up with its tags, sees those of the agent, and changes its own', async () => {
    const { agent, ours } = await startMixedPool();
    const tagsAtAgent = async (): Promise<unknown> => (await agent.members()).find(({ name }) => name === 'ours')?.tags;
    // Beside the user's tags, the one by which a member says that it takes part in gossiped state.
    expect(await tagsAtAgent()).toEqual({ role: 'web', rack: 'r7', gs: '1' });
    expect(ours.member('stock')).toMatchObject({ status: 'alive', tags: { role: 'db' } });
    await ours.setTags({ role: 'cache' });
    const isNew = (tags: unknown): boolean => JSON.stringify(tags) === '{"gs":"1","role":"cache"}';
    await eventually('the agent has the new tags', tagsAtAgent, isNew);
  });

  test.each([
    ['plain', undefined],
    ['encrypted', key],
  ])('user events go both ways, each delivered once: %s', async (_, key) => {
    const { agent, ours, told } = await startMixedPool({}, key);
    const heard: string[] = [];
    ours.on('user', ({ name, payload }) => heard.push(`${name} ${decoder.decode(payload)}`));
    for (let i = 1; i <= 5; i++) {
      ours.event('from-us', `${i}`);
      expect(await runSerf(agent.rpcAddress, ['event', '-coalesce=false', 'from-them', `${i}`])).toMatchObject({
        code: 0,
      });
    }
    const all = ['from-them', 'from-us'].flatMap((name) => [1, 2, 3, 4, 5].map((i) => `${name} ${i}`));
    await eventually('the agent has heard all', told, (lines) => lines.length >= 10);
    await eventually(
      'we have heard all',
      () => heard,
      (events) => events.length >= 10,
    );
    expect(told().toSorted()).toEqual(all);
    expect(heard.toSorted()).toEqual(all);
    expect(agent.complaints).toEqual([]);
  });

  test('our query is acknowledged and answered by the agent', async () => {
    const { agent, ours } = await startMixedPool();
    ours.onQuery('load', ({ payload }) => `ours says ${decoder.decode(payload)}`);
    const query = ours.query('load', 'hello', { requestAck: true, timeoutMs: 3_000 });
    const answers: string[] = [];
    const acks: string[] = [];
    for await (const answer of query) {
      if (answer.type === 'ack') acks.push(answer.from);
      else answers.push(decoder.decode(answer.payload).trimEnd());
    }
    expect(acks.toSorted()).toEqual(['ours', 'stock']);
    expect(answers.toSorted()).toEqual(['ours says hello', 'stock says hello']);
    expect(await query.summary).toMatchObject({ silent: [], droppedCount: 0 });
    const filtered = ours.query('load', 'x', { tags: { role: '^d' }, timeoutMs: 2_000 });
    expect((await filtered.summary).responded).toEqual(['stock']);
    expect(agent.complaints).toEqual([]);
  });

  test('the agent’s query is acknowledged and answered by us', async () => {
    const { agent, ours } = await startMixedPool();
    ours.onQuery('uptime', async ({ from, payload }) => `for ${from}: ${decoder.decode(payload)}`);
    const { code, stdout } = await runSerf(agent.rpcAddress, ['query', '-timeout=2s', 'uptime', 'since when']);
    expect(code).toBe(0);
    expect(stdout).toContain("Ack from 'ours'");
    expect(stdout).toContain("Response from 'ours': for stock: since when");
    expect(agent.complaints).toEqual([]);
  });

  test('keys are changed from either side on both', async () => {
    const { agent, ours } = await startMixedPool({}, key);
    const newKey = Buffer.alloc(32, 8).toString('base64');
    expect((await ours.keys.install(newKey)).error).toBeUndefined();
    expect(await runSerf(agent.rpcAddress, ['keys', `-use=${newKey}`])).toMatchObject({ code: 0 });
    expect((await ours.keys.remove(key)).error).toBeUndefined();
    expect((await ours.keys.list()).keys).toEqual({ [newKey]: 2 });
    expect(ours.keyring.list()).toHaveLength(1);
  });

  test('leaves as Serf wants it, and comes back on the same object', async () => {
    const { agent, ours } = await startMixedPool();
    await ours.leave();
    await shows(agent, 'ours', 'left');
    await ours.join(agent.address);
    await shows(agent, 'ours', 'alive');
    expect(agent.complaints).toEqual([]);
  });

  test('coordinates give a round trip that can be believed', async () => {
    const { agent, ours } = await startMixedPool();
    await eventually(
      'both coordinates are known',
      () => ours.rtt('stock'),
      (rtt) => rtt !== undefined,
    );
    expect(ours.rtt('stock')).toBeLessThan(100);
    // The agent knows ours when it has probed us itself.
    await eventually(
      'the agent estimates the round trip',
      async () => (await runSerf(agent.rpcAddress, ['rtt', 'ours'])).stdout,
      (stdout) => /Estimated ours <-> stock rtt: \d+\.\d+ ms/.test(stdout),
    );
  });
});
