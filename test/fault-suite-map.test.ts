/** What docs/fault-suite.md says is tested is: its tests, scenarios and checkers exist, and it leaves none out. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultScenarios } from 'hearsay/sim';
import { expect, test } from 'vitest';
import { exists, listFiles, rootFolder } from './support/source-files.ts';

const document = 'docs/fault-suite.md';
const rows = readFileSync(join(rootFolder, document), 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 5 && /^(I?\d+)$/.test(cells[1]!))
  .map((cells) => ({ id: cells[1]!, references: cells[3]!.split('<br>') }));

test('every fault from 1 to 64 and every invariant from I1 to I15 has its row', () => {
  const faults = Array.from({ length: 64 }, (_, index) => String(index + 1));
  const invariants = Array.from({ length: 15 }, (_, index) => `I${index + 1}`);
  expect(rows.map(({ id }) => id)).toEqual([...faults, ...invariants]);
});

test('every test that is named exists', () => {
  const problems = referencesTo(/^`(?<file>[^`]+)`: (?<what>.+)$/).flatMap(({ file, what }) => {
    if (!exists(file!)) return [`${file!} does not exist`];
    return readFileSync(join(rootFolder, file!), 'utf8').includes(what!) ? [] : [`${file!} has no test "${what!}"`];
  });
  expect(problems).toEqual([]);
});

test('the scenarios that are named are those of the suite, at their numbers', () => {
  const named = rows.flatMap(({ id, references }) =>
    references.filter((text) => text.startsWith('fault suite: ')).map((text) => `${id} ${text.slice(13)}`),
  );
  expect(named.toSorted()).toEqual(faultScenarios.map(({ number, name }) => `${number} ${name}`).toSorted());
});

test('the checkers that are named exist', () => {
  const files = listFiles('packages/hearsay/src/sim/checkers');
  for (const { what } of referencesTo(/^checker: (?<what>.+)$/)) {
    expect(files).toContain(`packages/hearsay/src/sim/checkers/${what!}.ts`);
  }
});

test('every reference is a test, a benchmark, a scenario, a checker, or said to be open', () => {
  const unknown = rows
    .flatMap(({ references }) => references)
    .filter((text) => !/^(`[^`]+\.(test\.ts|mjs)`: .|fault suite: .|checker: .|open: .)/.test(text));
  expect(unknown).toEqual([]);
});

function referencesTo(pattern: RegExp): Record<string, string>[] {
  const found = rows.flatMap(({ references }) => references.map((text) => pattern.exec(text)?.groups));
  return found.filter((groups) => groups !== undefined);
}
