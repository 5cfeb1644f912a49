/** What reports make of results that were made up. */
import { expect, test } from 'vitest';
import { crashes } from './crashes.ts';
import type { CellRun, Experiment, ExperimentCell, ExperimentReport, ReportRow } from './experiment.ts';

/** What an experiment says of one run with each of these results, of the cell with that id. */
function reportOf<Cell extends ExperimentCell, Result>(
  experiment: Experiment<Cell, Result>,
  results: Readonly<Record<string, readonly Result[]>>,
): ExperimentReport {
  const runs = Object.entries(results).flatMap(([id, ofCell]): CellRun<Cell, Result>[] => {
    const cell = experiment.cells.find((its) => its.id === id)!;
    return ofCell.map((result, index) => ({ cell, seed: index + 1, result }));
  });
  return experiment.report(runs);
}

function rowsWith({ tables }: ExperimentReport, text: string): ReportRow[] {
  return tables.flatMap(({ rows }) => rows).filter(({ quantity }) => quantity.includes(text));
}

test('what was read off a figure of Rapid is a span, and ours may be as far off as it was read', () => {
  const removedIn = (most: number): ReportRow => {
    const removedMs = { half: most - 1_000, most, last: most + 500 };
    const none = { oneBatchShare: 0, plainSizes: 9, stableSizes: 2, bystanderDeaths: 0, meanListed: [1_000, 990] };
    const result = { removedMs, batchMs: removedMs, ...none };
    return rowsWith(reportOf(crashes, { 'n=1000 rules=memberlist alpha=4 hosts=up': [result] }), 'all ten removed')[0]!;
  };
  expect(removedIn(13_000)).toMatchObject({ published: [14, 16], target: { atLeast: 13, atMost: 18 }, verdict: 'met' });
  expect([12_900, 18_000, 18_100].map((ms) => removedIn(ms).verdict)).toEqual(['missed', 'met', 'missed']);
});
