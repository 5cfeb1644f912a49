import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { deathsIn, namesExcept } from './helpers.ts';

const flapMs = 5_000;
const tenMinutesMs = 10 * 60_000;

test.each(['lost', 'kept'] as const)(
  'a process that is up 5 s and down 5 s, its memory %s, disturbs no bystander',
  (memory) => {
    const cluster = simulate({ seed: 701, nodeCount: 8 });
    const bystanders = namesExcept(cluster, 'n5');
    let queuedMax = 0;
    for (let elapsedMs = 0; elapsedMs < tenMinutesMs; elapsedMs += 2 * flapMs) {
      cluster.crash('n5').runForMs(flapMs);
      cluster.restart('n5', { memory });
      if (memory === 'lost') cluster.join('n5');
      cluster.runForMs(flapMs);
      for (const name of bystanders) queuedMax = Math.max(queuedMax, cluster.core(name).stats.rumorQueue.count);
    }
    // Nobody but the flapping one was ever declared dead by a bystander.
    const subjects = deathsIn(cluster)
      .filter((death) => !death.startsWith('n5:'))
      .map((death) => death.split(': ')[1]);
    expect(new Set(subjects).size).toBeLessThanOrEqual(1);
    expect(subjects.every((subject) => subject === 'n5')).toBe(true);
    // Rumors replace each other by name.
    expect(queuedMax).toBeLessThanOrEqual(8);
    cluster.settle();
    for (const name of bystanders) expect(cluster.core(name).allMembers).toHaveLength(8);
  },
);

test.each([702, 725, 738])(
  'a link that comes and goes every 5 s for ten minutes kills no bystander in the eyes of the others (seed %i)',
  (seed) => {
    const cluster = simulate({ seed, nodeCount: 8 });
    const bystanders = namesExcept(cluster, 'n5');
    const spansMs: number[] = [];
    const deadSinceMs = new Map<string, number>();
    cluster.simulator.observe({
      onEvent: ({ name: observer }, event) => {
        if (!('member' in event) || observer === 'n5' || event.member.name === 'n5') return;
        const key = `${observer}: ${event.member.name}`;
        if (event.type === 'member-failed') deadSinceMs.set(key, cluster.nowMs);
        if (event.type !== 'member-join') return;
        spansMs.push(cluster.nowMs - deadSinceMs.get(key)!);
        deadSinceMs.delete(key);
      },
    });
    for (let elapsedMs = 0; elapsedMs < tenMinutesMs; elapsedMs += 2 * flapMs) {
      cluster.isolate('n5', { forMs: flapMs }).runForMs(2 * flapMs);
    }
    cluster.settle();
    // While cut off n5 accuses others, who cannot hear of it. Its suspicions stand still, and each suspect is told before one ends.
    expect(deadSinceMs.size).toBe(0);
    expect(spansMs).toEqual([]);
    for (const name of bystanders) expect(cluster.core(name).stats.healthScore).toBeLessThanOrEqual(1);
  },
);
