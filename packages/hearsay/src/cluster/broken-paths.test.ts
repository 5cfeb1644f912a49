import { expect, test } from 'vitest';
import { formRestingCluster } from '../../../../test/support/form-cluster.ts';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';

const minuteMs = 60_000;

function brokenPaths(nodes: readonly WorldNode[]): string[] {
  return nodes.flatMap(({ core: { stats } }, index) => {
    const { out, in: unheard } = stats.brokenPaths;
    return out + unheard === 0 ? [] : [`n${index}: ${out} out, ${unheard} in`];
  });
}

test('of a one-way link both ends are told, each which way it is broken for it, and nobody else is', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5, {}, minuteMs);
  const [a, b] = nodes as [WorldNode, WorldNode];
  expect(brokenPaths(nodes)).toEqual([]);
  world.mayPass = (from, to, kind) => !(from === a && to === b) && !(kind === 'stream' && from === b && to === a);
  world.runForMs(2 * minuteMs);
  expect(brokenPaths(nodes)).toEqual(['n0: 1 out, 0 in', 'n1: 0 out, 1 in']);
  expect(nodes.map(({ core }) => core.stats.members.alive)).toEqual([5, 5, 5, 5, 5]);
  world.mayPass = () => true;
  world.runForMs(minuteMs);
  expect(brokenPaths(nodes)).toEqual([]);
});

test('a member that pings on although all take it for dead is one that nothing reaches', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5, {}, minuteMs);
  const [deaf, ...others] = nodes as [WorldNode, ...WorldNode[]];
  world.mayPass = (_, to) => to !== deaf;
  const isTold = (): boolean =>
    others.some(({ core }) => core.memberState('n0') === 'dead' && core.stats.brokenPaths.out === 1);
  expect(world.runUntil(isTold, minuteMs)).toBe(true);
  expect(others.map(({ core }) => core.stats.brokenPaths.in)).toEqual([0, 0, 0, 0]);
});

test('members that have crashed are no broken paths', () => {
  const world = new InMemoryWorld();
  const nodes = formRestingCluster(world, 5, {}, minuteMs);
  const [crashed, ...others] = nodes as [WorldNode, ...WorldNode[]];
  crashed.isUp = false;
  let seen = 0;
  for (let second = 0; second < 120; second += 1) {
    world.runForMs(1_000);
    seen += others.filter(({ core }) => core.stats.brokenPaths.out + core.stats.brokenPaths.in > 0).length;
  }
  expect(seen).toBe(0);
});
