/*
 * Three short runs, written down event by event and compared byte for byte: whoever changes what the protocol does, or
 * when, sees it here. Longer ones, of every layer, are held to the hash of all that happened in them. To write both again
 * after a wanted change, and read the difference before it is committed:
 *
 *   HEARSAY_WRITE_TRANSCRIPTS=1 npx vitest run test/scenarios/golden-transcripts.test.ts
 *
 * A run is the same on every version of Node. With another one than that of the shell:
 *
 *   npx -p node@24 node node_modules/vitest/vitest.mjs run test/scenarios/golden-transcripts.test.ts
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

const fixedRuns: readonly (readonly [string, () => Scenario])[] = [
  [
    'plain, joining, lossy',
    () =>
      simulate({ seed: 1_721, nodeCount: 32, start: 'joining', network: { loss: 0.05, duplication: 0.05 } })
        .runForMs(5_000)
        .crash('n7')
        .isolate('n9', { forMs: 4_000 })
        .pause('n11')
        .runForMs(4_000)
        .resume('n11')
        .updateMeta('n3', 'three')
        .runForMs(20_000)
        .restart('n7')
        .runForMs(15_000),
  ],
  [
    'Serf',
    () => {
      const pool = simulate({ seed: 1_722, nodeCount: 20, serf: {}, network: { loss: 0.05 } });
      pool.serf.event('n7', 'deploy', 'v2');
      pool.serf.answer('load', (node) => `load of ${node}`);
      pool.serf.query('n2', 'load', null, { requestAck: true });
      return pool.runForMs(20_000).leave('n4').crash('n5').runForMs(20_000);
    },
  ],
  [
    'state',
    () => {
      const cluster = simulate({ seed: 1_723, nodeCount: 12, kv: {}, network: { loss: 0.05 } });
      for (let key = 0; key < 20; key++) cluster.kv.put(`n${1 + (key % 12)}`, `k${key}`, 'v');
      return cluster.runForMs(10_000).isolate('n3', { forMs: 5_000 }).runForMs(15_000);
    },
  ],
  ['a thousand that know each other', () => simulate({ seed: 1_724, nodeCount: 1_000, checkers: [] }).runForMs(3_000)],
];

test.each(fixedRuns)('the run "%s" is what it was, on every version of Node', (name, run) => {
  const path = new URL('run-hashes.json', import.meta.url);
  const hashes = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
  const { hash } = run();
  if (writes) writeFileSync(path, `${JSON.stringify({ ...hashes, [name]: hash }, null, 2)}\n`);
  else expect(hash).toBe(hashes[name]);
});
