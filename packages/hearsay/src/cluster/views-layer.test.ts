import { expect, test } from 'vitest';
import { InMemoryWorld, type WorldNode } from '../../../../test/support/in-memory-world.ts';
import type { ClusterEvent, ClusterOptions, ClusterViews } from './index.ts';

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

/** Of a node's events, those that end a `diff` or a `converged`. */
function resultsAt<Type extends 'diff-done' | 'converged-done'>(node: WorldNode, type: Type): EventOf<Type>[] {
  return node.events.filter((event): event is EventOf<Type> => event.type === type);
}

type EventOf<Type extends ClusterEvent['type']> = Extract<ClusterEvent, { readonly type: Type }>;

test.each(pools)('in a %s pool a death is seen by all in the same way, and none is left behind', (_, options) => {
  const world = formPool(['a', 'b', 'c', 'd'], [], options);
  world.nodes.get('d')!.isUp = false;
  const survivors = ['a', 'b', 'c'].map((name) => world.nodes.get(name)!);
  expect(world.runUntil(() => survivors.every(({ core }) => core.memberCount === 3), 30_000)).toBe(true);
  const areAgreed = (): boolean => survivors.every((node) => viewsAt(node).isAgreed);
  expect(areAgreed()).toBe(false);
  expect(world.runUntil(areAgreed, 5_000)).toBe(true);
  const [group] = viewsAt(survivors[0]).groups;
  expect(group!.members.map(({ counts }) => counts.failed)).toEqual([1, 1, 1]);
});

test('who is alone in its view is named with what differs, and why', () => {
  const world = formPool(['a', 'b', 'c', 'd', 'e'], [], { serf: {} });
  const [a, e] = [world.nodes.get('a')!, world.nodes.get('e')!];
  // `e` hears of the death of `d` from nobody: of all packets to it only those of state get through.
  world.mayPass = (_, to, kind) => to !== e || kind === 'stream';
  world.nodes.get('d')!.isUp = false;
  expect(world.runUntil(() => a.core.memberCount < 5, 30_000)).toBe(true);
  const others = viewsAt(a).groups.filter(({ isOurs }) => !isOurs);
  expect(others[0]!.differs).toEqual({ onlyHere: [], onlyThere: ['d'] });
});

test('halves that are apart see each only itself, as the others are gone in their eyes', () => {
  const world = formPool(['a', 'b', 'c', 'd'], [], { serf: {} });
  const isLeft = (node: WorldNode): boolean => ['a', 'b'].includes(node.core.localMember.name);
  world.mayPass = (from, to) => isLeft(from) === isLeft(to);
  const all = [...world.nodes.values()];
  expect(world.runUntil(() => all.every(({ core }) => core.memberCount === 2), 30_000)).toBe(true);
  world.runForMs(5_000);
  expect(groupsAt(all[0])).toEqual([['a', 'b']]);
  expect(groupsAt(all[3])).toEqual([['c', 'd']]);
  expect(viewsAt(all[0]).isAgreed).toBe(true);
  world.mayPass = () => true;
  expect(world.runUntil(() => all.every(({ core }) => core.memberCount === 4), 60_000)).toBe(true);
  expect(world.runUntil(() => all.every((node) => viewsAt(node).isAgreed), 10_000)).toBe(true);
  expect(groupsAt(all[0])).toEqual([['a', 'b', 'c', 'd']]);
});

test('who waits for all to agree hears of it when they do, once, and not after it gave up', () => {
  const world = formPool(['a', 'b', 'c', 'd'], ['x'], { serf: {} });
  const [a, b, d] = ['a', 'b', 'd'].map((name) => world.nodes.get(name)!) as [WorldNode, WorldNode, WorldNode];
  d.isUp = false;
  expect(world.runUntil(() => a.core.memberCount === 4, 30_000)).toBe(true);
  const request = a.core.converged(world.nowMs);
  const given = b.core.converged(world.nowMs);
  b.core.abandon(world.nowMs, given);
  world.runForMs(100);
  expect(resultsAt(a, 'converged-done')).toEqual([]);
  world.runForMs(10_000);
  const results = resultsAt(a, 'converged-done');
  expect(results.map((event) => event.request)).toEqual([request]);
  expect(results[0]!.views!.groups.map(({ liveCount }) => liveCount)).toEqual([4]);
  expect(resultsAt(b, 'converged-done')).toEqual([]);
});

test('a newcomer has not told yet, so nobody takes it for agreed', () => {
  const world = formPool(['a', 'b'], [], { serf: {} });
  const c = world.add('c', { serf: {}, kv: {} });
  c.start();
  c.join(world.nodes.get('a')!);
  const a = world.nodes.get('a')!;
  expect(world.runUntil(() => a.core.memberCount === 3, 10_000)).toBe(true);
  expect(viewsAt(a).silent).toEqual([{ name: 'c', reason: 'no digest' }]);
  expect(viewsAt(a).isAgreed).toBe(false);
  expect(world.runUntil(() => viewsAt(a).isAgreed, 5_000)).toBe(true);
});

test('a node that leaves tells those that still wait', () => {
  const world = formPool(['a', 'b', 'c'], [], {});
  const [a, c] = [world.nodes.get('a')!, world.nodes.get('c')!];
  world.mayPass = (from) => from !== c;
  a.core.converged(world.nowMs);
  world.runForMs(1_000);
  a.core.converged(world.nowMs);
  c.isUp = false;
  expect(world.runUntil(() => a.core.memberCount === 2, 30_000)).toBe(true);
  a.core.converged(world.nowMs);
  a.core.leave(world.nowMs, 1_000);
  world.runForMs(10_000);
  expect(resultsAt(a, 'converged-done').map(({ views }) => views?.groups.length)).toEqual([1, 1, undefined]);
});

test.each(pools)('in a %s pool two members are asked, and where they disagree is told', (_, options) => {
  const world = formPool(['a', 'b', 'c', 'd'], ['x'], options);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => world.nodes.get(name)!) as [WorldNode, WorldNode, WorldNode];
  // `c` hears of no rumor: what it believes stays as it was, but it answers over streams.
  world.mayPass = (_, to, kind) => to !== c || kind === 'stream';
  world.nodes.get('d')!.isUp = false;
  expect(world.runUntil(() => b.core.memberCount === 4, 30_000)).toBe(true);
  a.core.diff(world.nowMs, 'b', 'c', 3_000);
  world.runForMs(3_100);
  const [{ diff }] = resultsAt(a, 'diff-done') as [EventOf<'diff-done'>];
  expect([diff.a.absence, diff.b.absence]).toEqual([undefined, undefined]);
  const [gravest] = diff.differences;
  expect(gravest).toMatchObject({ name: 'd', aspects: ['liveness'], a: { state: 'failed' } });
  expect(['alive', 'suspect']).toContain(gravest!.b!.state);
});

test('who asks may be one of the two, and who cannot tell is told with why', () => {
  const world = formPool(['a', 'b', 'c'], ['x'], { serf: {} });
  const [a, c] = [world.nodes.get('a')!, world.nodes.get('c')!];
  c.isUp = false;
  const pairs = [
    ['a', 'b'],
    ['a', 'a'],
    ['b', 'x'],
    ['b', 'nobody'],
    ['c', 'b'],
  ] as const;
  const requests = pairs.map(([one, other]) => a.core.diff(world.nowMs, one, other, 1_000));
  world.runForMs(1_100);
  const results = resultsAt(a, 'diff-done');
  expect(results.map(({ request }) => request).toSorted()).toEqual(requests);
  const absences = new Map(results.map(({ request, diff }) => [request, [diff.a.absence, diff.b.absence]]));
  expect(requests.map((request) => absences.get(request))).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, 'stock'],
    [undefined, 'unknown'],
    ['no answer', undefined],
  ]);
  expect(results.every(({ diff }) => diff.differenceCount === 0)).toBe(true);
});
