/** One value of a family, with the label values that set it apart from the others. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Part of a summary: its name is the family's with this behind it. */
  readonly suffix?: '_sum' | '_count';
}

/** How a metric is to be read: `counter` only grows, `gauge` goes up and down, `summary` has quantiles or sums. */
export type MetricType = 'counter' | 'gauge' | 'summary';

/** A metric by its name, with all its values now. */
export interface MetricFamily {
  /** Without the `_total` of counters; ends in {@link MetricFamily.unit} if there is one. */
  readonly name: string;
  readonly type: MetricType;
  readonly unit?: 'seconds' | 'bytes';
  /** One line. */
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

/** The family with these samples. */
export function familyOf(
  { name, type, unit, help }: Omit<MetricFamily, 'samples'>,
  samples: readonly MetricSample[],
): MetricFamily {
  return { name, type, ...(unit !== undefined && { unit }), help, samples };
}

/** Most values of one label in one family; the rest is added up under {@link overflowLabel}. */
export const labelValuesMax = 32;
/** The label value of what found no room. */
export const overflowLabel = 'other';

/**
 * One sample for each entry of `counts`, labelled by its name. However many there are, there are never more than
 * {@link labelValuesMax} samples: those of the greatest values keep their names.
 */
export function samplesBy(label: string, counts: Readonly<Record<string, number>>): MetricSample[] {
  const entries = Object.entries(counts);
  const sample = ([name, value]: readonly [string, number]): MetricSample => ({ labels: { [label]: name }, value });
  if (entries.length <= labelValuesMax) return entries.map(sample);
  const named = entries
    .filter(([name]) => name !== overflowLabel)
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, labelValuesMax - 1);
  return [...named.map(sample), sample([overflowLabel, sumOf(entries) - sumOf(named)])];
}

function sumOf(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((sum, [, value]) => sum + value, 0);
}
