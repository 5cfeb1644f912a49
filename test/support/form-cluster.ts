import assert from 'node:assert';
import type { ClusterOptions } from '../../packages/hearsay/src/cluster/index.ts';
import type { InMemoryWorld, WorldNode } from './in-memory-world.ts';

/** All have to list all by then, in milliseconds. */
const limitMs = 10_000;

/** Members of these names that have joined through the first of them, and of which each lists all. */
export function formCluster(
  world: InMemoryWorld,
  names: readonly string[],
  options: Partial<ClusterOptions> = {},
): WorldNode[] {
  const nodes = names.map((name) => world.add(name, options).start());
  for (const node of nodes.slice(1)) node.join(nodes[0]!);
  const isFormed = world.runUntil(() => nodes.every((node) => node.core.memberCount === names.length), limitMs);
  assert(isFormed, `${names.length} members list one another within ${limitMs} ms`);
  return nodes;
}

/** So many, called `n0`, `n1` and so on, `restMs` later. */
export function formRestingCluster(
  world: InMemoryWorld,
  count: number,
  options: Partial<ClusterOptions> = {},
  restMs: number = 5_000,
): WorldNode[] {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  const nodes = formCluster(world, names, options);
  world.runForMs(restMs);
  return nodes;
}

/** Whether each of them is alive for each. */
export function seesAll(nodes: readonly WorldNode[]): boolean {
  return nodes.every((node) => nodes.every((other) => node.core.memberState(other.name) === 'alive'));
}
