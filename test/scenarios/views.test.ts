import { simulate, type Scenario, type ScenarioOptions } from 'hearsay/sim';
import { expect, test } from 'vitest';

/** A cluster in which all have told what they believe. */
function agreedCluster(options: ScenarioOptions): Scenario {
  const scenario = simulate({ kv: {}, checkers: [], ...options });
  expectSoon(scenario, () => areAgreed(scenario, namesOf(scenario)), 30_000);
  return scenario;
}

function namesOf(scenario: Scenario): string[] {
  return scenario.nodes.map(({ name }) => name);
}

function areAgreed(scenario: Scenario, names: readonly string[]): boolean {
  return names.every((name) => scenario.core(name).views!.read().isAgreed);
}

/** How many members are live in the eyes of each group, as that node sees it. */
function groupsAt(scenario: Scenario, name: string): { liveCount: number; members: number }[] {
  return scenario
    .core(name)
    .views!.read()
    .groups.map(({ liveCount, members }) => ({ liveCount, members: members.length }));
}

/** Looks five times a second: to read the views of all after every event would take minutes. */
function expectSoon(scenario: Scenario, isSo: () => boolean, limitMs: number): void {
  const endMs = scenario.nowMs + limitMs;
  while (!isSo() && scenario.nowMs < endMs) scenario.runForMs(200);
  expect(isSo()).toBe(true);
}

test.each([1, 2, 3])(
  'at 100 nodes all digests agree again within 6 s of when all know of a death (seed %i)',
  (seed) => {
    const scenario = agreedCluster({ seed, nodeCount: 100, network: { loss: 0.01 } });
    scenario.crash('n1');
    const survivors = namesOf(scenario).slice(1);
    expectSoon(scenario, () => survivors.every((name) => scenario.core(name).memberCount === 99), 30_000);
    expect(areAgreed(scenario, survivors)).toBe(false);
    expectSoon(scenario, () => areAgreed(scenario, survivors), 6_000);
  },
);

test('each half of a split sees itself alone, and agrees; healed, all agree', () => {
  const scenario = agreedCluster({ seed: 4, nodeCount: 20 });
  const all = namesOf(scenario);
  const halves = [all.slice(0, 10), all.slice(10)];
  scenario.partition(halves, { forMs: 90_000 });
  scenario.runForMs(60_000);
  for (const name of all) expect(groupsAt(scenario, name)).toEqual([{ liveCount: 10, members: 10 }]);
  expect(areAgreed(scenario, all)).toBe(true);
  scenario.runForMs(30_000);
  expectSoon(scenario, () => all.every((name) => scenario.core(name).memberCount === 20), 120_000);
  expectSoon(scenario, () => areAgreed(scenario, all), 10_000);
  expect(groupsAt(scenario, 'n1')).toEqual([{ liveCount: 20, members: 20 }]);
});

test('who cannot send is gone for the others, who agree, and no view of it is left', () => {
  const scenario = agreedCluster({ seed: 5, nodeCount: 10 });
  scenario.cutOff('n3', 'cannot-send');
  scenario.runForMs(60_000);
  const others = namesOf(scenario).filter((name) => name !== 'n3');
  expect(areAgreed(scenario, others)).toBe(true);
  for (const name of others) expect(groupsAt(scenario, name)).toEqual([{ liveCount: 9, members: 9 }]);
});

test('two that never hear each other are live for all, as others vouch for them: one view', () => {
  const scenario = agreedCluster({ seed: 6, nodeCount: 10 });
  scenario.divide('n1', 'n2');
  scenario.runForMs(120_000);
  expect(areAgreed(scenario, namesOf(scenario))).toBe(true);
});

test('a member that is paused and wakes is behind for a moment, and says so', () => {
  const scenario = agreedCluster({ seed: 7, nodeCount: 5 });
  scenario.pause('n5', { forMs: 20_000 });
  scenario.runForMs(15_000);
  expect(groupsAt(scenario, 'n1')).toEqual([{ liveCount: 4, members: 4 }]);
  scenario.runForMs(5_000);
  expectSoon(scenario, () => areAgreed(scenario, namesOf(scenario)), 15_000);
  expect(groupsAt(scenario, 'n5')).toEqual([{ liveCount: 5, members: 5 }]);
});

test('a silent pool refreshes each digest before its life is over', () => {
  const scenario = agreedCluster({ seed: 8, nodeCount: 5 });
  const before = scenario.core('n1').views!.stats.published;
  scenario.runForMs(600_000);
  const published = scenario.core('n1').views!.stats.published - before;
  expect(published).toBeGreaterThanOrEqual(9);
  expect(published).toBeLessThanOrEqual(12);
  const ages = scenario
    .core('n2')
    .views!.read()
    .groups.flatMap(({ members }) => members.map(({ ageMs }) => ageMs));
  expect(Math.max(...ages)).toBeLessThan(70_000);
  expect(areAgreed(scenario, namesOf(scenario))).toBe(true);
});
