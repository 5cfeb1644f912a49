import { setTimeout as delay } from 'node:timers/promises';
import type { RuleSetName } from 'hearsay';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findPeer } from '../peers.mjs';
import { done } from './support/commands.ts';
import { eventually } from './support/eventually.ts';
import type { MixedAgent } from './support/mixed-agent.ts';
import { MixedPool } from './support/mixed-pool.ts';

/** Long enough for all others to declare it failed, short enough to be gossiped to still. */
const pauseMs = 20_000;

/** Two of each kind and one stock agent more: stock agents and ours, by which rules ours run. */
const rulesOf: Readonly<Record<string, RuleSetName | undefined>> = {
  'stock-1': undefined,
  'memberlist-1': 'memberlist',
  'sharp-1': 'sharp',
  'stock-2': undefined,
  'memberlist-2': 'memberlist',
  'sharp-2': 'sharp',
  'stock-3': undefined,
};

/** Who gets into trouble. */
const troubled = ['stock-2', 'memberlist-2', 'sharp-2'];

describe.skipIf(findPeer('serf') === undefined)(
  'three stock Serf agents and four of ours, two by the rules of memberlist and two by sharper ones',
  { timeout: 150_000 },
  () => {
    let pool: MixedPool;
    beforeAll(async () => {
      pool = await start();
      return () => pool.stop();
    }, 60_000);
    afterEach(({ task }) => {
      if (task.result?.state === 'fail') for (const { process } of pool.agents) process.printLastLines();
    });

    test('all know all, and an event of any reaches each of them once', async () => {
      for (const name of pool.names) await pool.shows(name, 'alive');
      await Promise.all(pool.agents.map((agent) => done(agent, ['event', '-coalesce=false', agent.name, 'news'])));
      await pool.handledOnce(pool.names.map((name) => `user ${name}: news`));
    });

    test('one of each kind that stands still has failed, comes back when it goes on, and nobody else falls', async () => {
      const paused = troubled.map((name) => pool.agent(name));
      for (const { process } of paused) process.send('SIGSTOP');
      await delay(pauseMs);
      for (const { process } of paused) process.send('SIGCONT');
      for (const name of pool.names) await pool.shows(name, 'alive');
      for (const agent of pool.agents) await wasToldOf(agent, paused.includes(agent) ? [] : troubled);
    });

    test('one of each kind that is killed has failed for all, and nobody else falls', async () => {
      await Promise.all(troubled.map((name) => pool.end(name, 'SIGKILL')));
      for (const name of troubled) await pool.shows(name, 'failed');
      for (const name of pool.names) await pool.shows(name, 'alive');
      for (const agent of pool.agents) await wasToldOf(agent, [...troubled, ...troubled]);
    });
  },
);

async function start(): Promise<MixedPool> {
  const pool = MixedPool.empty(undefined);
  try {
    for (const [name, rules] of Object.entries(rulesOf)) {
      const flags = rules === undefined ? [] : [`-rules=${rules}`];
      await pool.add(name, rules === undefined ? 'stock' : 'ours', { join: pool.agents.at(-1)?.address, flags });
    }
  } catch (error) {
    await pool.stop();
    throw error;
  }
  return pool;
}

/** Its handler was called for the failures of these, each as often as it is named here, and of nobody else. */
async function wasToldOf(agent: MixedAgent, names: readonly string[]): Promise<void> {
  const lines = await eventually(
    `${agent.name} told its handler of ${names.join()}`,
    () => agent.handled('member-failed'),
    ({ length }) => length >= names.length,
  );
  expect(lines.toSorted()).toEqual(names.map((name) => `member-failed ${name}`).toSorted());
}
