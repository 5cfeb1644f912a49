import { expect } from 'vitest';
import { MixedAgent } from './mixed-agent.ts';
import { otherMaker, type MixedPool } from './mixed-pool.ts';

/** An agent of the other maker comes with the name of one of the pool: it loses the vote and ends; who has the name stays. */
export async function wantsTakenName(pool: MixedPool, name: string): Promise<void> {
  const holder = pool.agent(name);
  const join = pool.agent(`${holder.maker}-2`).address;
  const newcomer = await MixedAgent.start(name, otherMaker[holder.maker], { key: pool.key, join });
  expect(await newcomer.process.ended).toBe(0);
  await pool.shows(name, 'alive');
  const { port } = holder;
  await pool.everyone(
    `knows where ${name} is`,
    async (agent) => (await agent.members()).find((member) => member.name === name)?.port,
    (seen) => seen === port,
  );
}
