import { simulate } from 'hearsay/sim';
import { expect, test } from 'vitest';

test('without loss no update leaves out a member, though each is sent only four times', () => {
  const cluster = simulate({ seed: 1_501, nodeCount: 50, profile: 'local', checkers: [] });
  cluster.runForMs(5_000);
  for (let trial = 0; trial < 30; trial++) {
    const name = `n${1 + ((trial * 7) % 50)}`;
    cluster.updateMeta(name, `trial ${trial}`).runForMs(1_000);
    const { incarnation } = cluster.core(name).localMember;
    const missed = cluster.nodes.filter((node) => node.core.member(name)!.incarnation !== incarnation);
    expect(missed.map((node) => node.name)).toEqual([]);
  }
});
