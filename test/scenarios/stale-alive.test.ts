import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { areMutuallyAlive, deathsIn, isForgotten, namesExcept, namesIn } from './helpers.ts';

/*
 * A crash that one member does not see, for it is away at the time. When it is back the others have forgotten the
 * crashed member, so nothing in their lists contradicts the stale record that it still carries.
 */
const witnesses = ['n1', 'n2', 'n3'];

/** Who was cut off found out for itself that nobody answers; the others believe what they believed before. */
type Absence = (cluster: Scenario) => () => void;

const absences: readonly (readonly [string, Absence, boolean])[] = [
  [
    'was cut off',
    (cluster) => {
      cluster.isolate('n5');
      return () => cluster.heal();
    },
    false,
  ],
  [
    'was suspended',
    (cluster) => {
      cluster.pause('n5');
      return () => cluster.resume('n5');
    },
    true,
  ],
  [
    'comes from an image',
    (cluster) => {
      cluster.crash('n5');
      return () => cluster.restart('n5', { memory: 'kept' });
    },
    true,
  ],
];

test.each(absences)(
  'a member that %s during a crash does not revive the crashed one',
  (_, goAway, carriesStaleNews) => {
    let refusals = 0;
    for (const seed of [401, 402, 403]) {
      const cluster = simulate({ seed, nodeCount: 5 });
      const comeBack = goAway(cluster);
      cluster.crash('n4');
      cluster.runUntil(() => isForgotten(cluster, witnesses, 'n4') && isForgotten(cluster, witnesses, 'n5'));
      comeBack();
      // Exchanges in both directions, so that the stale list certainly is read by somebody.
      cluster
        .join('n5')
        .join('n1', ['n5'])
        .runForMs(5 * 60_000)
        .settle();
      expect(areMutuallyAlive(cluster, namesExcept(cluster, 'n4'))).toBe(true);
      for (const name of witnesses) expect(namesIn(cluster, name, 'member-join')).not.toContain('n4');
      expect(cluster.stateAt('n5', 'n4')).not.toBe('alive');
      refusals += refusalsIn(cluster);
    }
    // In one world or the other it hears the news before it has told its own.
    if (carriesStaleNews) expect(refusals).toBeGreaterThan(0);
  },
);

test('a member that comes back for a moment does not leave old news of the crashed one behind', () => {
  const cluster = simulate({ seed: 404, nodeCount: 6 });
  cluster.crash('n6');
  cluster.crash('n5');
  const others = namesExcept(cluster, 'n5', 'n6');
  cluster.runUntil(() => isForgotten(cluster, others, 'n6'));
  cluster.restart('n5', { memory: 'kept' }).join('n5').runForMs(1_500).crash('n5').settle();
  for (const name of others) expect(namesIn(cluster, name, 'member-join')).not.toContain('n6');
  // Each has seen it die once, and so has the one that came back: it is told.
  const deaths = deathsIn(cluster).filter((death) => death.endsWith(': n6'));
  expect(deaths.toSorted()).toEqual([...others, 'n5'].map((name) => `${name}: n6`).toSorted());
});

/** Announcements refused because their subject's end was known to be newer. */
function refusalsIn(cluster: Scenario): number {
  return cluster.nodes.reduce((sum, node) => sum + node.core.stats.swim.staleAlivesRefused, 0);
}
