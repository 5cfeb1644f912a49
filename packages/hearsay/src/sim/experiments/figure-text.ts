import type { ReportRow, Target } from './experiment.ts';

/** A figure as tables show it: four digits that count, thousands with commas; `14 to 16` of two; `–` when there is none. */
export function figureText(value: number | readonly [low: number, high: number] | undefined): string {
  if (typeof value === 'object') return `${figureText(value[0])} to ${figureText(value[1])}`;
  if (value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.001) return value.toExponential(2);
  if (size >= 1_000) return withCommas(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** A quantile, like `99 %`. Of so few samples that it is the largest of them, it says so. */
export function quantileText(share: number, sampleCount: number): string {
  const text = `${figureText(100 * share)} %`;
  const enough = Math.round(1 / (1 - share));
  return sampleCount === 0 || sampleCount >= enough
    ? text
    : `${text} (the largest of fewer than ${figureText(enough)})`;
}

/** What a figure has to be, like `1.58 ± 0.03`, `≤ 520` or `13 to 18`; empty when nothing is asked of it. */
export function targetText(target: Target | undefined): string {
  if (target === undefined) return '';
  if ('near' in target) {
    const by = 'by' in target ? figureText(target.by) : `${figureText(100 * target.byShare)} %`;
    return `${figureText(target.near)} ± ${by}`;
  }
  if (!('atLeast' in target)) return `≤ ${figureText(target.atMost)}`;
  if (!('atMost' in target)) return `≥ ${figureText(target.atLeast)}`;
  return figureText([target.atLeast, target.atMost]);
}

/** The confidence interval of a row, like `1.54 to 1.61`; empty when it has none. */
export function intervalText({ interval }: Pick<ReportRow, 'interval'>): string {
  return interval === undefined ? '' : figureText(interval);
}

function withCommas(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
