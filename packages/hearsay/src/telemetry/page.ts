import { ByteReader, ByteWriter } from '../util/index.ts';
import { readVarint, writeVarint } from '../kv/index.ts';
import { decodeUtf8, utf8Length, writeUtf8 } from '../wire/index.ts';
import { telemetryLimits } from './limits.ts';
import { isMetricName } from './metric-name.ts';
import { metricKinds, type MetricKind } from './sketch.ts';

/** The first byte of an entry. Others are of a later kind, and are left alone. */
const pageVersion = 1;
const { entryMaxBytes, entriesMax, metricMaxBytes, metricsMax, nameMaxBytes } = telemetryLimits;

/** What the samples of a page have in common. */
export interface PageHead {
  /** Tells one life of a registry from another. */
  readonly generation: number;
  /** The number of the period, from when the registry began. */
  readonly epoch: number;
  /** Of the time that histograms and the like stand for. */
  readonly windowMs: number;
}

/** One metric, as it is published. */
export interface EncodedMetric {
  readonly name: string;
  readonly kind: MetricKind;
  readonly body: Uint8Array;
}

/** A published entry, of which only the names have been read. */
export interface Page extends PageHead {
  readonly metrics: readonly EncodedMetric[];
}

/** The telemetry key of the page with that index. */
export function pageKey(index: number): string {
  return index === 0 ? '~m' : `~m${index}`;
}

/** All of them, in order. */
export const pageKeys: readonly string[] = Array.from({ length: entriesMax }, (_, index) => pageKey(index));

/**
 * Packs metrics into entries of at most 1,100 bytes, in their order, each where there is room first. What does not fit
 * into `pagesMax` of them is left out.
 */
export function packPages(
  head: PageHead,
  metrics: readonly EncodedMetric[],
  pagesMax: number,
): { readonly pages: Uint8Array[]; readonly leftOut: string[] } {
  const writers: ByteWriter[] = [];
  const leftOut: string[] = [];
  for (const metric of metrics) {
    const bytes = metricBytes(metric);
    let writer = writers.find(({ length }) => length + bytes <= entryMaxBytes);
    if (writer === undefined && writers.length < pagesMax) {
      writer = new ByteWriter(entryMaxBytes);
      writeHead(writer, head);
      writers.push(writer);
    }
    if (writer === undefined) leftOut.push(metric.name);
    else writeMetric(writer, metric);
  }
  return { pages: writers.map((writer) => writer.copy()), leftOut };
}

/** All metrics in one, however long it is. */
export function packWhole(head: PageHead, metrics: readonly EncodedMetric[]): Uint8Array {
  const writer = new ByteWriter();
  writeHead(writer, head);
  for (const metric of metrics) writeMetric(writer, metric);
  return writer.copy();
}

/** Undefined for what is no page, or one of another version. */
export function readPage(bytes: Uint8Array): Page | undefined {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== pageVersion) return undefined;
  const head = { generation: reader.u32(), epoch: readVarint(reader), windowMs: readVarint(reader) };
  const metrics: EncodedMetric[] = [];
  while (reader.remaining > 0 && metrics.length < metricsMax) {
    const nameBytes = readVarint(reader);
    if (nameBytes === 0 || nameBytes > nameMaxBytes) reader.fail('name');
    const name = decodeUtf8(reader.view(nameBytes));
    if (!isMetricName(name)) reader.fail('name');
    const kind = metricKinds[reader.u8()];
    const bodyBytes = readVarint(reader);
    if (bodyBytes > metricMaxBytes) reader.fail('metric');
    const body = reader.view(bodyBytes);
    // A kind of later versions is passed over.
    if (kind !== undefined && reader.failure === undefined) metrics.push({ name, kind, body });
  }
  return reader.failure === undefined && reader.remaining === 0 ? { ...head, metrics } : undefined;
}

function writeHead(writer: ByteWriter, { generation, epoch, windowMs }: PageHead): void {
  writer.u8(pageVersion);
  writer.u32(generation);
  writeVarint(writer, epoch);
  writeVarint(writer, Math.round(windowMs));
}

function writeMetric(writer: ByteWriter, { name, kind, body }: EncodedMetric): void {
  writeVarint(writer, utf8Length(name));
  writeUtf8(writer, name);
  writer.u8(metricKinds.indexOf(kind));
  writeVarint(writer, body.length);
  writer.write(body);
}

/** Lengths take two bytes at most. */
function metricBytes({ name, body }: EncodedMetric): number {
  return 1 + utf8Length(name) + 1 + 2 + body.length;
}
