import { expect, test } from 'vitest';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';
import type { ClusterOptions, ClusterViews } from './index.ts';

const pools: [string, Partial<ClusterOptions>][] = [
  ['Serf', { serf: {} }],
  ['plain', {}],
];

/** Nodes of ours, and strangers that take no part in state, in one pool that has come to rest. */
function formPool(
  names: readonly string[],
  strangers: readonly string[],
  options: Partial<ClusterOptions>,
): InMemoryWorld {
  const world = new InMemoryWorld();
  for (const name of names) world.add(name, { ...options, kv: {} }).start();
  for (const name of strangers) world.add(name, options).start();
  const nodes = [...world.nodes.values()];
  for (const node of nodes.slice(1)) node.join(nodes[0]!);
  expect(world.runUntil(() => nodes.every((node) => node.core.memberCount === nodes.length), 10_000)).toBe(true);
  world.runForMs(5_000);
  return world;
}

function viewsAt(node: WorldNode | undefined): ClusterViews {
  return node!.core.views!.read();
}

/** The names in each group, as that node sees them. */
function groupsAt(node: WorldNode | undefined): string[][] {
  return viewsAt(node).groups.map(({ members }) => members.map(({ name }) => name));
}

test.each(pools)('in a %s pool all are in one group, and members that take no part could not tell', (_, options) => {
  const world = formPool(['a', 'b', 'c'], ['x'], options);
  for (const name of ['a', 'b', 'c']) {
    const views = viewsAt(world.nodes.get(name));
    expect(groupsAt(world.nodes.get(name))).toEqual([['a', 'b', 'c']]);
    expect(views.groups[0]!.liveCount).toBe(4);
    expect(views.silent).toEqual([{ name: 'x', reason: 'stock' }]);
    expect(views.isAgreed).toBe(true);
  }
  expect(world.nodes.get('x')!.core.views).toBeUndefined();
});
