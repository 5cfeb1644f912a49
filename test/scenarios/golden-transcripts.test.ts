/*
 * Three short runs, written down event by event and compared byte for byte: whoever changes what the protocol does, or
 * when, sees it here. To write them again after a wanted change, and read the difference before it is committed:
 *
 *   HEARSAY_WRITE_TRANSCRIPTS=1 npx vitest run test/scenarios/golden-transcripts.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { simulate, type Scenario } from 'hearsay/sim';
import { expect, test } from 'vitest';

const writes = process.env.HEARSAY_WRITE_TRANSCRIPTS !== undefined;

const stories: readonly (readonly [string, (cluster: Scenario) => void])[] = [
  ['crash', (cluster) => cluster.runForMs(2_000).crash('n3').runForMs(45_000)],
  ['leave', (cluster) => cluster.runForMs(2_000).leave('n3', { thenStop: true }).runForMs(40_000)],
  // Long enough for a suspicion, too short for a death.
  ['refute', (cluster) => cluster.runForMs(2_000).isolate('n3', { forMs: 3_500 }).runForMs(15_000).settle()],
];

test.each(stories)('the story of a %s among three is what it was, to the last byte', (name, tell) => {
  const cluster = simulate({ seed: 1_701, nodeCount: 3 });
  tell(cluster);
  const told = `${cluster.transcript.text()}\nhash ${cluster.hash}\n`;
  const path = new URL(`${name}.transcript.txt`, import.meta.url);
  if (writes) writeFileSync(path, told);
  expect(told).toBe(readFileSync(path, 'utf8'));
});

test('the same seed gives the same run twice, and another seed another run', () => {
  for (const [, tell] of stories) {
    const run = (seed: number): string => {
      const cluster = simulate({ seed, nodeCount: 5, network: { loss: 0.1, duplication: 0.1 } });
      tell(cluster);
      return `${cluster.hash}\n${cluster.transcript.text()}`;
    };
    expect(run(1_711)).toBe(run(1_711));
    expect(run(1_711)).not.toBe(run(1_712));
  }
});
