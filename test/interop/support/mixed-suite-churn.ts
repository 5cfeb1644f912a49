import { expect, test } from 'vitest';
import { done } from './commands.ts';
import { eventually } from './eventually.ts';
import type { MixedAgent } from './mixed-agent.ts';
import { otherMaker, type MixedPool } from './mixed-pool.ts';
import type { SharedPool } from './mixed-suite.ts';
import { wantsTakenName } from './taken-name.ts';

/** Members that go and come, by their own will and against it. Each test leaves the pool smaller. */
export function testMixedChurn(shared: () => SharedPool): void {
  test('who is alive and told to be gone denies it', async () => {
    const { pool } = shared();
    await Promise.all([
      done(pool.agent('stock-1'), ['force-leave', 'ours-2']),
      done(pool.agent('ours-1'), ['force-leave', 'stock-2']),
    ]);
    for (const name of ['ours-2', 'stock-2']) await pool.shows(name, 'alive');
    for (const agent of pool.agents) expect(agent.handled('member-leave')).toEqual([]);
  });

  test('who wants a name that is taken loses the vote and ends; who has it stays', async () => {
    await wantsTakenName(shared().pool, 'ours-1');
  });

  test('who is killed has failed; who is forced to leave has left; who is pruned is forgotten', async () => {
    const { pool } = shared();
    const names = ['stock-3', 'ours-3'];
    await Promise.all(names.map((name) => pool.end(name, 'SIGKILL')));
    await Promise.all(names.map((name) => pool.shows(name, 'failed')));
    await pool.told('member-failed', names);
    await done(pool.agent('ours-1'), ['force-leave', 'stock-3']);
    await done(pool.agent('stock-1'), ['force-leave', 'ours-3']);
    await Promise.all(names.map((name) => pool.shows(name, 'left')));
    await pool.told('member-leave', names);
    await prune(pool, 'stock-1', 'stock-3');
    await prune(pool, 'ours-1', 'ours-3');
    await pool.told('member-reap', names);
  });

  test('a snapshot that one wrote brings the other back into the pool, and old events do not come again', async () => {
    const { pool, snapshots } = shared();
    const [stock, ours] = [pool.agent('stock-2'), pool.agent('ours-2')];
    await Promise.all([pool.end('stock-2', 'SIGTERM'), pool.end('ours-2', 'SIGKILL')]);
    await done(pool.agent('stock-1'), ['event', '-coalesce=false', 'while-away', 'news']);
    await pool.everyone(
      'has heard it',
      (agent) => agent.handled('user while-away'),
      (lines) => lines.length === 1,
    );
    // As long as it has not been missed, members of ours may take what comes in its place for it, and send it state.
    await pool.shows('ours-2', 'failed');
    await pool.add('stock-2', 'ours', { port: stock.port, flags: [`-snapshot=${snapshots['stock-2']}`] });
    await pool.add('ours-2', 'stock', { port: ours.port, flags: [`-snapshot=${snapshots['ours-2']}`] });
    for (const name of ['stock-1', 'stock-2', 'ours-1', 'ours-2']) await pool.shows(name, 'alive');
    for (const name of ['stock-2', 'ours-2']) {
      const agent = pool.agent(name);
      await eventually(
        `${name} has heard what happened while it was away`,
        () => agent.handled('user '),
        (lines) => lines.length > 0,
      );
      expect(agent.handled('user ')).toEqual(['user while-away: news']);
    }
  });

  test('who leaves has left, by either command and by a signal', async () => {
    const { pool } = shared();
    const leavers = ['ours-1', 'stock-1'].map((name) => pool.dismiss(name));
    await Promise.all(
      leavers.map(async (agent) => {
        await done(agent, ['leave'], otherMaker[agent.maker]);
        expect(await agent.process.ended).toBe(0);
        await pool.shows(agent.name, 'left');
      }),
    );
    await pool.told('member-leave', ['ours-1', 'stock-1']);
    const last = pool.dismiss('stock-2');
    expect(last.maker).toBe('ours');
    await last.process.stop('SIGINT');
    expect(await last.process.ended).toBe(0);
    await pool.shows('stock-2', 'left');
  });

  test('stock agents have complained of nothing but what was done to them', () => {
    const stockAgents = shared().pool.everStarted.filter(({ maker }) => maker === 'stock');
    const complaints = stockAgents.flatMap(({ name, complaints: lines }) =>
      lines.map((line) => `${name}: ${line.trim()}`),
    );
    expect(complaints.filter((line) => !whatWasDone.some((expected) => expected.test(line)))).toEqual([]);
  });
}

/** What stock agents say of each other as well, when the same is done to them. */
const whatWasDone: readonly RegExp[] = [
  // The stock command does not wait for the last record of a query.
  /agent\.ipc: (Failed to stream|failed to decode request header)/,
  /serf: Keyring is empty \(encryption not enabled\)/,
  // Two newcomers wanted these names.
  /Conflicting address for (stock|ours)-1\.|Name conflict for '(stock|ours)-1'|serf: Node name conflicts/,
  // Two were killed, two restarted: push/pull may have met a closed port.
  /memberlist: Push\/Pull with (stock|ours)-[23] failed/,
  // It was suspected while it was away, and comes back without the tags it had.
  /^ours-2: .*Refuting (a (suspect|dead) message|an alive message for 'ours-2')/,
  // It was ended by SIGTERM, or by a leave over RPC.
  /serf: Shutdown without a Leave|agent: Serf shutdown detected/,
];

/** A pruning that a member has not heard of is repeated: nothing but gossip brings it. */
async function prune(pool: MixedPool, by: string, name: string): Promise<void> {
  const isListedBy = async (agent: MixedAgent): Promise<boolean> =>
    (await agent.members()).some((member) => member.name === name);
  await eventually(
    `nobody lists ${name}`,
    async () => {
      await done(pool.agent(by), ['force-leave', '-prune', name]);
      const who = await Promise.all(pool.agents.map(isListedBy));
      return pool.names.filter((_, at) => who[at]);
    },
    (listedBy) => listedBy.length === 0,
    60_000,
  );
}
