import { figureText, intervalText, targetText, type Experiment, type ReportTable, type Verdict } from 'hearsay/sim';
import { pad, stripEscapes, table, wrap, type Look, type Paint } from '../output.ts';
import type { ExperimentDocument } from './documents.ts';
import { runCountOf } from './plan.ts';
import { spanText } from './progress.ts';

const marks: Readonly<Record<Verdict, readonly [text: string, ...looks: Look[]]>> = {
  met: ['met', 'green'],
  missed: ['missed', 'red', 'bold'],
  informational: ['', 'dim'],
};

/** What an experiment showed, for people. */
export function reportText(document: ExperimentDocument, paint: Paint): string {
  const { title, source, settings, tables } = document;
  const paragraphs = settings.map((text) => wrap(text, textWidth).join('\n'));
  const figures = tables.map((its) => `${paint(its.title, 'bold')}\n${tableText(its, paint).trimEnd()}`);
  return [`${paint(title, 'bold')}\n${source}`, ...paragraphs, ...figures, summary(document, paint)].join('\n\n');
}

function summary({ tables, runs, wallMs, build, ok }: ExperimentDocument, paint: Paint): string {
  const rows = tables.flatMap((its) => its.rows);
  const metCount = rows.filter(({ verdict }) => verdict === 'met').length;
  const targetCount = rows.filter(({ verdict }) => verdict !== 'informational').length;
  const verdict = paint(`${metCount} of ${targetCount} targets met`, ok ? 'green' : 'red');
  return `${verdict}. ${runs} runs, ${spanText(wallMs)} of one processor, build ${build}.\n`;
}

function tableText({ rows }: ReportTable, paint: Paint): string {
  const head = ['', '', 'published', 'ours', '95 %', 'target', ''].map((text) => paint(text, 'dim'));
  const lines = rows.map((row, index) => {
    const [text, ...looks] = marks[row.verdict];
    const label = rows[index - 1]?.label === row.label ? '' : row.label;
    const published = row.published === undefined ? '' : figureText(row.published);
    return [
      label,
      row.quantity,
      published,
      figureText(row.ours),
      intervalText(row),
      targetText(row.target),
      paint(text, ...looks),
    ];
  });
  return table(alignRight([head, ...lines], [2, 3]).map((row) => ['', ...row]));
}

const textWidth = 96;

const listWidth = 80;

/** What there is to run, with its size when no flag changes it. */
export function listText(experiments: readonly Experiment[], paint: Paint): string {
  const counts = experiments.map((its) => [`${its.cells.length} cells`, `${runCountOf(its)} runs`]);
  const heads = table(
    alignRight(
      experiments.map(({ name }, index) => [paint(name, 'bold'), ...counts[index]!]),
      [1, 2],
    ),
  );
  const lines = heads.trimEnd().split('\n');
  return experiments
    .map(({ title, source }, index) => {
      const texts = [...wrap(title, listWidth - 2), ...wrap(source, listWidth - 2).map((text) => paint(text, 'dim'))];
      return [lines[index]!, ...texts.map((text) => `  ${text}`), ''].join('\n');
    })
    .join('\n');
}

function alignRight(rows: readonly (readonly string[])[], columns: readonly number[]): string[][] {
  const width = (column: number): number => Math.max(...rows.map((row) => stripEscapes(row[column]!).length));
  const widths = new Map(columns.map((column) => [column, width(column)]));
  return rows.map((row) =>
    row.map((cell, column) => (widths.has(column) ? pad(cell, widths.get(column)!, 'left') : cell)),
  );
}
