/*
 * A simulator that never fails is not running: every bug that is planted into the protocol must be found, by the
 * checker that is there for it, within a stated number of seeds.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hunts } from './hunts.ts';
import { PatchedBuilds, type Build } from './patched-build.ts';
import { plantedBugs, type PlantedBug } from './planted-bugs.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('run-hunt.mjs', import.meta.url));
const builds = new PatchedBuilds();
let healthy: Build | undefined;

beforeAll(async () => {
  await builds.prepare();
  healthy = await builds.build(undefined);
});

afterAll(() => healthy?.remove());

test.concurrent.for(plantedBugs)('found: $name', { timeout: 120_000 }, async (bug) => {
  const build = await builds.build(bug);
  try {
    const { seed, invariant, report } = await hunt(build, bug.hunt ?? 'swarm', bug.withinSeeds);
    expect(seed, `not found within ${bug.withinSeeds} seeds`).toBeDefined();
    expect(bug.foundBy, report).toContain(invariant);
  } finally {
    build.remove();
  }
});

test.concurrent.for(Object.keys(hunts))('nothing is found without a bug: %s', { timeout: 120_000 }, async (name) => {
  const { seed, invariant, report } = await hunt(healthy!, name, mostSeeds(plantedBugs, name));
  expect(seed, `${invariant}: ${report}`).toBeUndefined();
});

interface HuntResult {
  readonly seed?: number;
  readonly invariant?: string;
  readonly report?: string;
}

async function hunt(build: Build, name: string, seedCount: number): Promise<HuntResult> {
  const { stdout } = await run(process.execPath, [script, build.simUrl, build.huntsUrl, name, String(seedCount)]);
  return JSON.parse(stdout) as HuntResult;
}

/** All seeds that any bug may take. */
function mostSeeds(bugs: readonly PlantedBug[], name: string): number {
  return Math.max(...bugs.filter((bug) => (bug.hunt ?? 'swarm') === name).map((bug) => bug.withinSeeds));
}
