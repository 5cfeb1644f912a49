import { test } from 'vitest';
import { done } from './commands.ts';
import { eventually } from './eventually.ts';
import type { Maker } from './mixed-agent.ts';
import type { SharedPool } from './mixed-suite.ts';

type Step = readonly [action: 'install' | 'use' | 'remove', agent: 'stock-1' | 'ours-1', command: Maker];

/** Two changes of the key: in the second each agent and each command does what another did in the first. */
const changes: readonly (readonly Step[])[] = [
  [
    ['install', 'ours-1', 'stock'],
    ['use', 'stock-1', 'ours'],
    ['remove', 'ours-1', 'ours'],
  ],
  [
    ['install', 'stock-1', 'ours'],
    ['use', 'ours-1', 'stock'],
    ['remove', 'stock-1', 'stock'],
  ],
];

/** Keys are changed on all six from either side, or are refused on all six in a plain pool. */
export function testMixedKeys(shared: () => SharedPool, firstKey: string | undefined): void {
  if (firstKey === undefined) testWithoutKeys(shared);
  else testChanges(shared, firstKey);
}

function testWithoutKeys(shared: () => SharedPool): void {
  test.each(['stock-1', 'ours-1'])('without encryption no member has keys, says %s', async (name) => {
    const agent = shared().pool.agent(name);
    for (const maker of ['stock', 'ours'] as const) {
      await eventually(
        `the ${maker} command has heard all`,
        () => agent.command(['keys', '-list'], maker),
        ({ code, stdout }) => code === 1 && stdout.includes('6/6 nodes reported failure'),
      );
    }
  });
}

function testChanges(shared: () => SharedPool, firstKey: string): void {
  let oldKey = firstKey;
  test.each(changes)('the key is changed by %j, %j and %j', async (...steps) => {
    const { pool, sentEvents } = shared();
    const newKey = Buffer.alloc(32, `after ${oldKey}`).toString('base64');
    for (const [action, name, command] of steps) {
      const args = ['keys', `-${action}=${action === 'remove' ? oldKey : newKey}`];
      // A key request is a query, and gossip alone need not bring it to every member at once: it is repeated.
      await eventually(
        `all six have done it: ${action}`,
        () => pool.agent(name).command(args, command),
        ({ code }) => code === 0,
        60_000,
      );
    }
    for (const name of ['stock-1', 'ours-1']) {
      for (const command of ['stock', 'ours'] as const) {
        await eventually(
          `${name} has heard of the keys of all`,
          () => pool.agent(name).command(['keys', '-list'], command),
          ({ code, stdout }) => code === 0 && stdout.trim().split('\n').slice(3).join() === `${newKey}  [6/6]`,
        );
      }
    }
    pool.key = newKey;
    for (const agent of pool.agents) {
      const name = `key-changed-by-${steps[0]![1]}`;
      await done(agent, ['event', '-coalesce=false', name, agent.name]);
      sentEvents.push(`user ${name}: ${agent.name}`);
    }
    await pool.handledOnce(sentEvents);
    oldKey = newKey;
  });
}
