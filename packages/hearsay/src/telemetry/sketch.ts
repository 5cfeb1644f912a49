import type { ByteReader, ByteWriter } from '../util/index.ts';

/** What can be measured, in the order of the numbers on the wire. */
export const metricKinds = ['counter', 'gauge', 'histogram', 'distinct', 'topK'] as const;

/** How a metric is summarized. */
export type MetricKind = (typeof metricKinds)[number];

/**
 * A summary of what was observed, in bounded memory, that merges with others of its kind: the summary of all that both
 * have seen. Merging has no order, so all nodes that merge the same come to the same.
 */
export interface Sketch<Self> {
  readonly kind: MetricKind;
  /** Whether nothing was observed. */
  readonly isEmpty: boolean;
  merge(other: Self): void;
  /** Writes it in at most `maxBytes`, coarser if it must be. */
  encode(writer: ByteWriter, maxBytes: number): void;
  /** Merges what another has encoded. Bad bytes fail the reader, and nothing is merged. */
  mergeEncoded(reader: ByteReader): void;
}
