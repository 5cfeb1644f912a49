import type { MetricSum, Metrics } from './metrics.ts';

/** In front of every name that leaves the agent, as with Serf. */
export const metricPrefix = 'serf-agent.';

/** What SIGUSR1 prints: the intervals of the last minute that are over, in the format of Serf (go-metrics). */
export function formatMetricsDump({ intervals }: Metrics): string {
  return intervals
    .slice(0, -1)
    .flatMap(({ startedAtMs, gauges, counters, samples }) => {
      const time = `[${goTime(startedAtMs, false)}]`;
      return [
        ...[...gauges].map(([name, value]) => `${time}[G] '${metricPrefix}${name}': ${value.toFixed(3)}\n`),
        ...[...counters].map(([name, sum]) => `${time}[C] '${metricPrefix}${name}': ${sumText(sum)}\n`),
        ...[...samples].map(([name, sum]) => `${time}[S] '${metricPrefix}${name}': ${sumText(sum)}\n`),
      ];
    })
    .join('');
}

function sumText({ count, sum, sumOfSquares, min, max, updatedAtMs }: MetricSum): string {
  const variance = count > 1 ? Math.max(0, (sumOfSquares - sum ** 2 / count) / (count - 1)) : 0;
  const deviation = Math.sqrt(variance);
  const spread =
    deviation === 0
      ? ''
      : `Min: ${min.toFixed(3)} Mean: ${(sum / count).toFixed(3)} Max: ${max.toFixed(3)} Stddev: ${deviation.toFixed(3)} `;
  return `Count: ${count} ${spread}Sum: ${sum.toFixed(3)} LastUpdated: ${goTime(updatedAtMs, true)}`;
}

/** `2006-01-02 15:04:05 +0000 UTC`, with milliseconds or without. */
function goTime(ms: number, withMs: boolean): string {
  const [day, time] = new Date(ms).toISOString().slice(0, -1).split('T');
  return `${day} ${withMs ? time : time!.slice(0, 8)} +0000 UTC`;
}
