import type { RpcMetric, RpcTelemetry } from 'hearsay/client';
import { safeText, table, type Paint } from '../output.ts';
import { spanText } from '../units.ts';

/** Keys of a list that are shown on its line. */
const keysShown = 3;

/** Metrics of all members, for people. */
export function telemetryText(telemetry: RpcTelemetry, paint: Paint): string {
  const { metrics, missing } = telemetry;
  const head = ['METRIC', 'KIND', 'MEMBERS', 'OLDEST', 'ALL OF THEM'].map((title) => paint(title, 'bold'));
  const rows = metrics.map((metric) => [
    safeText(metric.name),
    safeText(metric.kind),
    String(metric.nodes),
    spanText(metric.oldestMs),
    numbersOf(metric),
  ]);
  const list = metrics.length === 0 ? `${nothingText(telemetry)}\n` : table([head, ...rows]);
  return [list, estimateText(telemetry), ...missing.map(missingText)].join('');
}

function nothingText({ mode }: RpcTelemetry): string {
  if (mode === 'estimate') return 'No estimate yet, or nothing to estimate: see -telemetry-estimate of the agent.';
  return mode === 'poll' ? 'Nobody has such a metric.' : 'Nothing is published yet: members do so every ten seconds.';
}

function estimateText({ estimatedNodes, massLeft }: RpcTelemetry): string {
  if (estimatedNodes === undefined || massLeft === undefined) return '';
  return `\nEstimated by about ${Math.round(estimatedNodes)} members; ${rounded(100 * massLeft)} % of their weight is left.\n`;
}

function missingText({ name, reason }: RpcTelemetry['missing'][number]): string {
  const why = reason === 'stock' ? 'was not asked: it is no member of ours' : 'has not answered';
  return `${safeText(name)} ${why}\n`;
}

function numbersOf(metric: RpcMetric): string {
  const { kind, value, perSecond, count, mean, min, max, p50, p90, p99, keys, errorBound } = metric;
  switch (kind) {
    case 'counter':
      return `${told('total', value)} ${told('per second', perSecond)}${boundText(errorBound)}`;
    case 'histogram':
      return `${told('p50', p50)} ${told('p90', p90)} ${told('p99', p99)} ${told('mean', mean)} ${told('count', count)}`;
    case 'distinct':
      return `${told('about', value)}${boundText(errorBound)}`;
    case 'topK':
      return (keys ?? [])
        .slice(0, keysShown)
        .map((each) => `${safeText(each.key)} ${each.count}`)
        .join(', ');
    default:
      return `${told('sum', value)} ${told('mean', mean)} ${told('min', min)} ${told('max', max)}${boundText(errorBound)}`;
  }
}

function told(what: string, value: number | undefined): string {
  return `${what} ${value === undefined ? '-' : rounded(value)}`;
}

function boundText(errorBound: number | undefined): string {
  return errorBound === undefined || errorBound === 0 ? '' : ` (to ${rounded(100 * errorBound)} %)`;
}

/** To four digits, and whole numbers whole. */
function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
