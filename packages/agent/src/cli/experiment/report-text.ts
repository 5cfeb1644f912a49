import { figureText, intervalText, targetText, type Experiment, type ReportTable, type Verdict } from 'hearsay/sim';
import { pad, stripEscapes, table, wrap, type Look, type Paint } from '../output.ts';
import type { ExperimentDocument } from './documents.ts';
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
  return alignNumbers([head, ...lines]);
}

/** As `table`, with figures to the right of their columns. */
function alignNumbers(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => stripEscapes(row[column]!).length));
  const widths = new Map([2, 3].map((column) => [column, width(column)]));
  return table(
    rows.map((row) => [
      '',
      ...row.map((cell, column) => (widths.has(column) ? pad(cell, widths.get(column)!, 'left') : cell)),
    ]),
  );
}

const textWidth = 96;

/** What there is to run. */
export function listText(experiments: readonly Experiment[], paint: Paint): string {
  return table(
    experiments.map(({ name, title, source, cells }) => [
      paint(name, 'bold'),
      `${title} (${source})`,
      `${cells.length} cells`,
    ]),
  );
}
