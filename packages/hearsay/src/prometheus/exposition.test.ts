import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseFormat, formatMetrics } from './exposition.ts';
import { labelValuesMax, samplesBy, type MetricFamily } from './family.ts';

const seconds: MetricFamily = {
  name: 'busy_seconds',
  type: 'counter',
  unit: 'seconds',
  help: 'A "help" of\ntwo lines \\.',
  samples: [
    { labels: { by: 'a"b\\c\nd' }, value: 1.5 },
    { labels: {}, value: Infinity },
  ],
};

test('both formats escape what would end a line or a label, and name counters in their own way', () => {
  const samples = 'busy_seconds_total{by="a\\"b\\\\c\\nd"} 1.5\nbusy_seconds_total +Inf\n';
  expect(formatMetrics([seconds], 'prometheus')).toBe(
    `# HELP busy_seconds_total A "help" of\\ntwo lines \\\\.\n# TYPE busy_seconds_total counter\n${samples}`,
  );
  expect(formatMetrics([seconds], 'openmetrics')).toBe(
    `# HELP busy_seconds A \\"help\\" of\\ntwo lines \\\\.\n# TYPE busy_seconds counter\n# UNIT busy_seconds seconds\n${samples}# EOF\n`,
  );
});

test.each([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/html', 'prometheus'],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version="1.0.0"; q=0.5, text/plain', 'prometheus'],
  ['application/openmetrics-text; version=2.0.0, text/plain; q=0.1', 'prometheus'],
  ['application/openmetrics-text; q=0', 'prometheus'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
])('who accepts %j gets %s', (accept, format) => expect(chooseFormat(accept)).toBe(format));

test('however many names are counted, the samples are bounded and nothing is lost', () => {
  const counts = fc.dictionary(fc.string(), fc.nat(1_000), { maxKeys: 200 });
  fc.assert(
    fc.property(counts, (entries) => {
      const samples = samplesBy('reason', entries);
      expect(samples.length).toBeLessThanOrEqual(labelValuesMax);
      const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
      expect(sum(samples.map(({ value }) => value))).toBe(sum(Object.values(entries)));
      expect(new Set(samples.map(({ labels }) => labels['reason'])).size).toBe(samples.length);
    }),
  );
});
