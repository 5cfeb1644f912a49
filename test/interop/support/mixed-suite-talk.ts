import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask, askAll, done } from './commands.ts';
import { eventually } from './eventually.ts';
import type { Maker, MixedAgent } from './mixed-agent.ts';
import { otherMaker } from './mixed-pool.ts';
import type { SharedPool } from './mixed-suite.ts';
import { mixedSoakMs } from './soak.ts';
import type { Statsd } from './statsd.ts';

/** What six agents say to each other while all of them are well, and that nobody has a reason to complain about it. */
export function testMixedTalk(shared: () => SharedPool): void {
  test('all six know all six, whoever is asked and by whose command', async () => {
    const { pool } = shared();
    for (const name of pool.names) await pool.shows(name, 'alive');
    const lists = await Promise.all(
      pool.agents.flatMap((agent) => [memberList(agent, 'stock'), memberList(agent, 'ours')]),
    );
    const expected = pool.agents.map(({ name, address, maker }) => ({
      name,
      addr: address,
      status: 'alive',
      tags: { 'made-by': maker, old: 'x' },
      protocol: { max: 5, min: 2, version: 5 },
    }));
    for (const list of lists) expect(list).toMatchObject(expected.toSorted(byName));
    await pool.told('member-join', pool.names);
  });

  test('a change of tags is seen by all, by whichever command it was made', async () => {
    const { pool } = shared();
    await Promise.all(
      pool.agents.map(async (agent) => {
        await done(agent, ['tags', '-set', `mark=${agent.name} & co`]);
        await done(agent, ['tags', '-delete', 'old'], otherMaker[agent.maker]);
      }),
    );
    const marksAt = async (agent: MixedAgent): Promise<string> =>
      (await agent.members())
        .map(({ name, tags }) => `${name}: ${tags['mark']}, ${tags['old']}`)
        .toSorted()
        .join();
    const expected = pool.names.map((name) => `${name}: ${name} & co, undefined`).toSorted();
    await pool.everyone('sees all new tags', marksAt, (marks) => marks === expected.join());
    const updatesAt = (agent: MixedAgent): number => new Set(agent.handled('member-update')).size;
    await pool.everyone('told its handler of all changes', updatesAt, (count) => count === 6);
  });

  test('a user event of any is handed to the handler of each, once', async () => {
    const { pool, sentEvents } = shared();
    await Promise.all(
      pool.agents.map(async (agent) => {
        const [one, two, three] = [1, 2, 3].map((count) => `${agent.name}-${count}`);
        await done(agent, ['event', '-coalesce=false', one!, 'grüße an alle']);
        await done(agent, ['event', '-coalesce=false', two!, 'by the other command'], otherMaker[agent.maker]);
        await done(agent, ['event', three!, 'may be coalesced']);
        sentEvents.push(`user ${one}: grüße an alle`, `user ${two}: by the other command`);
        sentEvents.push(`user ${three}: may be coalesced`);
      }),
    );
    await pool.handledOnce(sentEvents);
  });

  test('a query of any is acknowledged and answered by all, and handed to no handler twice', async () => {
    const { pool } = shared();
    await Promise.all(
      pool.agents.map(async (agent) => {
        const { responses } = await askAll(agent, pool.names, (attempt) => [`${agent.name}-${attempt}`, 'how are you']);
        expect(responses).toEqual(Object.fromEntries(pool.names.map((name) => [name, `${name} heard how are you\n`])));
      }),
    );
    for (const agent of pool.agents) {
      const lines = agent.handled('query ');
      expect(lines).toEqual([...new Set(lines)]);
    }
  });

  // A stock agent that asks two queries at once may give both one Lamport time, and mix up the answers.
  test('filters of a query choose who answers', async () => {
    const { pool } = shared();
    const nodes = ['-node=stock-3', '-node=ours-3'];
    const cases: readonly (readonly [who: string[], flags: string[]])[] = [
      [['ours-3', 'stock-3'], nodes],
      [
        ['ours-1', 'ours-2', 'ours-3'],
        ['-tag', 'made-by=^(ours|nobody)$'],
      ],
      [['stock-3'], [...nodes, '-tag', 'made-by=sto']],
    ];
    await Promise.all(
      [pool.agent('stock-2'), pool.agent('ours-2')].map(async (agent) => {
        for (const [who, flags] of cases) await askAll(agent, who, () => [...flags, 'filtered', 'x']);
      }),
    );
  });

  test('what is asked comes back by others of both kinds as well', async () => {
    const { pool, statsd } = shared();
    await Promise.all(
      (['stock-1', 'ours-1'] as const).map(async (asker) => {
        const agent = pool.agent(asker);
        for (const answerer of ['stock-2', 'ours-2']) {
          const before = copiesCounted(agent, statsd[asker]);
          await askAll(agent, [answerer], () => ['-relay-factor=5', `-node=${answerer}`, 'relayed', 'x']);
          // There are five who may relay, of whom a stock agent at times takes fewer. Any three are of both kinds.
          await eventually(
            `${asker} got copies of what ${answerer} answered`,
            () => copiesCounted(agent, statsd[asker]),
            (now) => now.every((total, at) => total - before[at]! >= 3),
          );
        }
      }),
    );
  });

  test('an agent of either kind reaches all, by either command', async () => {
    const { pool } = shared();
    await Promise.all(
      [pool.agent('stock-1'), pool.agent('ours-1')].map(async (agent) => {
        for (const maker of ['stock', 'ours'] as const) {
          await eventually(
            `${agent.name} reaches all`,
            () => agent.command(['reachability'], maker),
            ({ code, stdout }) => code === 0 && stdout.includes('Successfully contacted all live nodes'),
          );
        }
      }),
    );
  });

  test('after all that and some time of more of it nobody has complained, and no event came twice', async () => {
    const { pool, sentEvents } = shared();
    const earlier = new Map(pool.agents.map(({ name, complaints }) => [name, complaints]));
    // A stock agent complains now and then of the stock command, which does not wait for the last record of a query.
    for (const complaint of [...earlier.values()].flat()) expect(complaint).toMatch(/\[ERR\] agent\.ipc:/);
    const endsAtMs = performance.now() + mixedSoakMs;
    let round = 0;
    let incompleteCount = 0;
    for (; performance.now() < endsAtMs; round++) {
      const agent = pool.agents[round % pool.agents.length]!;
      const maker = otherMaker[agent.maker];
      await done(agent, ['event', '-coalesce=false', `soak-${round}`, agent.name], maker);
      sentEvents.push(`user soak-${round}: ${agent.name}`);
      await done(agent, ['tags', '-set', `round=${round}`], maker);
      const { acks } = await ask(agent, ['-relay-factor=2', 'soak', `${round}`], maker);
      if (acks.length < 6) incompleteCount += 1;
      await delay(Math.min(mixedSoakMs / 60, 5_000));
    }
    console.log(`${incompleteCount} of ${round} queries did not come to all six`);
    await pool.handledOnce(sentEvents);
    for (const name of pool.names) await pool.shows(name, 'alive', 0);
    for (const { name, complaints } of pool.agents)
      expect({ name, complaints }).toEqual({ name, complaints: earlier.get(name) });
  });
}

/** How many acknowledgements and responses the agent got that it had already. */
function copiesCounted({ maker, process }: MixedAgent, statsd: Statsd): number[] {
  // Serf counts at once, ours when it is asked.
  if (maker === 'ours') process.send('SIGUSR1');
  return [statsd.total('serf.query_duplicate_acks'), statsd.total('serf.query_duplicate_responses')];
}

interface ListedMember {
  readonly name: string;
}

async function memberList(agent: MixedAgent, maker: Maker): Promise<readonly ListedMember[]> {
  const stdout = await done(agent, ['members', '-format=json'], maker);
  return (JSON.parse(stdout) as { members: ListedMember[] }).members.toSorted(byName);
}

function byName(a: ListedMember, b: ListedMember): number {
  return a.name < b.name ? -1 : 1;
}
