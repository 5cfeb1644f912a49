import type { ClusterStats } from '../node/index.ts';
import { samplesBy, type MetricFamily, type MetricSample } from './family.ts';

/** A metric as it is documented, and how it is read from what the cluster counts. */
export interface MetricDefinition extends Omit<MetricFamily, 'samples'> {
  /** The names of its labels, and what values they can have. */
  readonly labels: Readonly<Record<string, string>>;
  /** No samples when the part of the cluster that counts it is off. */
  readonly read: (stats: ClusterStats) => readonly MetricSample[];
}

type Numbers = Readonly<Record<string, number>>;
type Shape = Pick<MetricDefinition, 'name' | 'help' | 'unit'>;

/** One value, without labels; left out while it is undefined. */
export function plain(
  type: 'counter' | 'gauge',
  shape: Shape,
  read: (stats: ClusterStats) => number | undefined,
): MetricDefinition {
  const samples = (value: number | undefined): MetricSample[] => (value === undefined ? [] : [{ labels: {}, value }]);
  return { ...shape, type, labels: {}, read: (stats) => samples(read(stats)) };
}

/** One value for each that a label can have. */
export function labelled(
  type: 'counter' | 'gauge',
  shape: Shape,
  label: readonly [name: string, values: string],
  read: (stats: ClusterStats) => Numbers | undefined,
): MetricDefinition {
  const [name, values] = label;
  return { ...shape, type, labels: { [name]: values }, read: (stats) => samplesBy(name, read(stats) ?? {}) };
}
