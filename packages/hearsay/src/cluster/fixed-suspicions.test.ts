import { expect, test } from 'vitest';
import { simulate } from '../sim/index.ts';

test.each([1, 6])('confirmations are passed on when they can shorten a suspicion: %i', (suspicionMaxTimeoutMult) => {
  const swim = { suspicionMult: 5, suspicionMaxTimeoutMult };
  const cluster = simulate({ seed: 4, nodeCount: 12, swim, node: { rules: 'memberlist' } });
  cluster.crash('n5');
  cluster.runUntil(() => cluster.stateAt('n1', 'n5') === 'dead', 60_000);
  const confirmed = cluster.nodes.reduce((sum, { core }) => sum + core.stats.swim.suspicionsConfirmed, 0);
  if (suspicionMaxTimeoutMult === 1) expect(confirmed).toBe(0);
  else expect(confirmed).toBeGreaterThan(10);
});
