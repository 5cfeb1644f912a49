import { describe, expect, test } from 'vitest';
import { reportRow, type Experiment, type ExperimentReport } from './experiment.ts';
import { figureText, quantileText, targetText } from './figure-text.ts';
import { experiments, findExperiment, runCell } from './index.ts';

test('names and cells are told apart', () => {
  const names = experiments.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, cells } of experiments) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    const ids = cells.map(({ id }) => id);
    expect(new Set(ids).size, name).toBe(ids.length);
    expect(ids.length, name).toBeGreaterThan(0);
  }
});

describe.each(experiments.map((experiment) => [experiment.name, experiment] as const))('%s', (_, experiment) => {
  test('says what it is, and its cells are plain data', () => {
    expect(experiment.title.length * experiment.source.length * experiment.settings.length).toBeGreaterThan(0);
    for (const cell of [...experiment.cells, experiment.smokeCell]) expect(throughJson(cell)).toEqual(cell);
    // As tables write them: 21,000 bytes.
    for (const text of experiment.settings) expect(text).not.toMatch(/(?<![\d.])\d{4}/);
  });

  test('the same cell and seed give the same, and it survives a file', () => {
    const first = experiment.run(experiment.smokeCell, 1);
    expect(experiment.run(experiment.smokeCell, 1)).toEqual(first);
    expect(throughJson(first)).toEqual(first);
    checkReport(experiment, experiment.report([{ cell: experiment.smokeCell, seed: 1, result: throughJson(first) }]));
  });

  test('nothing at all makes a report too', () => {
    checkReport(experiment, experiment.report([]));
  });
});

test('a task names an experiment, a cell and a seed, and what does not exist is refused', () => {
  expect(findExperiment('no-such-experiment')).toBeUndefined();
  expect(() => runCell({ experiment: 'no-such-experiment', cell: '', seed: 1 })).toThrow(/no-such-experiment/);
  const { name } = experiments[0]!;
  expect(() => runCell({ experiment: name, cell: 'no such cell', seed: 1 })).toThrow(/no such cell/);
});

test('a figure meets its target or misses it', () => {
  const verdict = (ours: number | undefined, target?: Parameters<typeof reportRow>[0]['target']): string =>
    reportRow({
      label: 'a',
      quantity: 'b',
      ...(ours !== undefined && { ours }),
      ...(target !== undefined && { target }),
    }).verdict;
  expect(verdict(1.6, { near: 1.58, by: 0.03 })).toBe('met');
  expect(verdict(1.62, { near: 1.58, by: 0.03 })).toBe('missed');
  expect(verdict(110, { near: 100, byShare: 0.1 })).toBe('met');
  expect(verdict(89, { near: 100, byShare: 0.1 })).toBe('missed');
  expect([verdict(5, { atMost: 5 }), verdict(5.1, { atMost: 5 })]).toEqual(['met', 'missed']);
  expect([verdict(5, { atLeast: 5 }), verdict(4.9, { atLeast: 5 })]).toEqual(['met', 'missed']);
  const between = { atLeast: 13, atMost: 18 };
  expect([12.9, 13, 18, 18.1].map((ours) => verdict(ours, between))).toEqual(['missed', 'met', 'met', 'missed']);
  // What was to be measured and was not has missed.
  expect([verdict(undefined, { atMost: 5 }), verdict(Number.NaN, { atMost: 5 })]).toEqual(['missed', 'missed']);
  expect([verdict(7), verdict(undefined)]).toEqual(['informational', 'informational']);
});

test('figures are written as one reads them', () => {
  const texts = [undefined, Number.NaN, 0, 0.000_012_3, 0.012_345, 1.581_98, 16.96, 339_002, 435_330_000, -0.5];
  expect(texts.map(figureText)).toEqual([
    '–',
    '–',
    '0',
    '1.23e-5',
    '0.01235',
    '1.582',
    '16.96',
    '339,002',
    '435,330,000',
    '-0.5',
  ]);
  expect(targetText({ near: 1.58, by: 0.03 })).toBe('1.58 ± 0.03');
  expect(targetText({ near: 339_002, byShare: 0.3 })).toBe('339,002 ± 30 %');
  expect(figureText([14, 1_600])).toBe('14 to 1,600');
  expect(targetText({ atLeast: 13, atMost: 18 })).toBe('13 to 18');
  expect([targetText({ atMost: 520 }), targetText({ atLeast: 12 }), targetText(undefined)]).toEqual([
    '≤ 520',
    '≥ 12',
    '',
  ]);
});

test('a quantile of so few that it is the largest of them says so', () => {
  expect([quantileText(0.999, 1_000), quantileText(0.99, 100), quantileText(0.99, 0)]).toEqual([
    '99.9 %',
    '99 %',
    '99 %',
  ]);
  expect(quantileText(0.999, 999)).toBe('99.9 % (the largest of fewer than 1,000)');
  expect(quantileText(0.99, 99)).toBe('99 % (the largest of fewer than 100)');
});

function throughJson<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function checkReport({ name }: Experiment, report: ExperimentReport): void {
  for (const { title, rows } of report.tables) {
    expect(title, name).not.toBe('');
    for (const row of rows) {
      expect(reportRow(row), name).toEqual(row);
      if (row.interval !== undefined) expect(row.interval[0], row.label).toBeLessThanOrEqual(row.interval[1]);
    }
    const keys = rows.map(({ label, quantity }) => `${label}: ${quantity}`);
    expect(new Set(keys).size, `${name}, ${title}`).toBe(keys.length);
  }
  for (const { x, y, series } of report.plots) {
    for (const { points } of series) {
      for (const point of points) {
        expect(Number.isFinite(point.x) && Number.isFinite(point.y), `${name}: a point has two numbers`).toBe(true);
        expect(point.x > 0 || x.isLog !== true, `${name}: ${point.x} on a logarithmic axis`).toBe(true);
        expect(point.y > 0 || y.isLog !== true, `${name}: ${point.y} on a logarithmic axis`).toBe(true);
      }
    }
  }
}
