import { ClusterError, type ByteReader, type ByteWriter } from '../util/index.ts';
import { readVarint, writeVarint } from '../kv/index.ts';
import { Bins } from './bins.ts';
import { telemetryLimits } from './limits.ts';
import { readNumber, readSigned, writeNumber, writeSigned } from './numbers.ts';
import type { Sketch } from './sketch.ts';

/** How wrong a quantile is at most, as a part of itself, before bins are put together. */
const alpha = 0.01;
/** Nearer to zero than this counts as zero: a nanosecond, where seconds are measured. */
const smallestValue = 1e-9;
/** Beyond this no number has a bin: 2^1024 at the finest. */
const indexMax = 36_000;

const { binsMax, collapsesMax } = telemetryLimits;
/** Counts that were read and not yet added: bad bytes may still follow. */
const [scratch, negativeScratch] = [new Float64Array(binsMax), new Float64Array(binsMax)];

/**
 * How values are distributed: counts in bins whose bounds grow by 2 %, so that every quantile is within 1 % of an observed
 * value (DDSketch, Masson et al. 2019). When values span more than 2,048 bins, about 18 decades, neighbours are put
 * together everywhere, which doubles the error, and {@link alpha} says so (UDDSketch, Epicoco et al. 2020).
 */
export class Histogram implements Sketch<Histogram> {
  readonly kind = 'histogram' as const;
  #collapses: number = 0;
  #gamma: number = (1 + alpha) / (1 - alpha);
  #perLog: number = 1 / Math.log((1 + alpha) / (1 - alpha));
  readonly #positive: Bins = new Bins();
  /** By the bin of the absolute value. */
  readonly #negative: Bins = new Bins();
  #zeroCount: number = 0;
  #count: number = 0;
  #sum: number = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** Of all values, exact but for rounding. */
  get sum(): number {
    return this.#sum;
  }

  /** How wrong a quantile is at most, as a part of itself. */
  get alpha(): number {
    return (this.#gamma - 1) / (this.#gamma + 1);
  }

  /** Bins that have a place in memory. */
  get binCount(): number {
    return this.#positive.span + this.#negative.span;
  }

  /** @throws {@link ClusterError} `ERR_CONFIG` when the value is not a finite number */
  record(value: number, count: number = 1): void {
    if (!Number.isFinite(value) || !Number.isSafeInteger(count) || count < 1) {
      throw new ClusterError(
        'ERR_CONFIG',
        `a histogram records finite numbers a whole number of times, not ${value} ${count} times`,
      );
    }
    this.#count += count;
    this.#sum += value * count;
    if (value >= smallestValue) this.#add(this.#positive, value, count);
    else if (value <= -smallestValue) this.#add(this.#negative, -value, count);
    else this.#zeroCount += count;
  }

  /** The value below which that part of all values lies; undefined when there are none. `q` is from 0 to 1. */
  quantile(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = q * (this.#count - 1);
    const [negative, positive] = [this.#negative, this.#positive];
    let seen = 0;
    for (let index = negative.high; index >= negative.low; index -= 1) {
      seen += negative.at(index);
      if (seen > rank) return -this.#valueOf(index);
    }
    seen += this.#zeroCount;
    if (seen > rank) return 0;
    for (let index = positive.low; index <= positive.high; index += 1) {
      seen += positive.at(index);
      if (seen > rank) return this.#valueOf(index);
    }
    return positive.span > 0 ? this.#valueOf(positive.high) : 0;
  }

  /** How many values are at most `bound`, within the error of a bin. */
  countUpTo(bound: number): number {
    let count = 0;
    const [negative, positive] = [this.#negative, this.#positive];
    for (let index = negative.low; index <= negative.high; index += 1) {
      if (-this.#valueOf(index) <= bound) count += negative.at(index);
    }
    if (bound >= 0) count += this.#zeroCount;
    for (let index = positive.low; index <= positive.high; index += 1) {
      if (this.#valueOf(index) <= bound) count += positive.at(index);
    }
    return count;
  }

  merge(other: Histogram): void {
    while (this.#collapses < other.#collapses) this.#collapse();
    const same = other.#collapses < this.#collapses ? other.#collapsedTo(this.#collapses) : other;
    this.#positive.merge(same.#positive);
    this.#negative.merge(same.#negative);
    this.#zeroCount += same.#zeroCount;
    this.#count += same.#count;
    this.#sum += same.#sum;
    while (this.binCount > binsMax) this.#collapse();
  }

  encode(writer: ByteWriter, maxBytes: number): void {
    const start = writer.length;
    this.#write(writer);
    for (let level = this.#collapses + 1; writer.length - start > maxBytes && level <= collapsesMax; level += 1) {
      writer.truncate(start);
      this.#collapsedTo(level).#write(writer);
    }
  }

  mergeEncoded(reader: ByteReader): void {
    const collapses = readVarint(reader);
    const zeroCount = readVarint(reader);
    const sum = readNumber(reader);
    if (collapses > collapsesMax) reader.fail('histogram');
    const low = readSigned(reader);
    const length = readBins(reader, scratch, low, collapses);
    const negativeLow = readSigned(reader);
    const negativeLength = readBins(reader, negativeScratch, negativeLow, collapses);
    if (reader.failure !== undefined) return;
    while (this.#collapses < collapses) this.#collapse();
    // What is finer goes through a histogram of its own; nearly all are alike.
    const target = collapses < this.#collapses ? new Histogram().#collapsedTo(collapses) : this;
    target.#positive.addAll(low, scratch, length);
    target.#negative.addAll(negativeLow, negativeScratch, negativeLength);
    target.#zeroCount += zeroCount;
    target.#sum += sum;
    target.#count += zeroCount + totalOf(scratch, length) + totalOf(negativeScratch, negativeLength);
    if (target !== this) return this.merge(target);
    while (this.binCount > binsMax) this.#collapse();
  }

  #add(bins: Bins, size: number, count: number): void {
    bins.add(Math.ceil(Math.log(size) * this.#perLog), count);
    while (this.binCount > binsMax) this.#collapse();
  }

  /** In the middle of the bin, where the error to both ends is the same. */
  #valueOf(index: number): number {
    return (2 * this.#gamma ** index) / (this.#gamma + 1);
  }

  #collapse(): void {
    this.#positive.halve();
    this.#negative.halve();
    this.#collapses += 1;
    this.#gamma *= this.#gamma;
    this.#perLog /= 2;
  }

  #collapsedTo(level: number): Histogram {
    const copy = new Histogram();
    while (copy.#collapses < this.#collapses) copy.#collapse();
    copy.#positive.merge(this.#positive);
    copy.#negative.merge(this.#negative);
    [copy.#zeroCount, copy.#count, copy.#sum] = [this.#zeroCount, this.#count, this.#sum];
    while (copy.#collapses < level) copy.#collapse();
    return copy;
  }

  #write(writer: ByteWriter): void {
    writeVarint(writer, this.#collapses);
    writeVarint(writer, this.#zeroCount);
    writeNumber(writer, this.#sum);
    for (const bins of [this.#positive, this.#negative]) {
      writeSigned(writer, bins.span === 0 ? 0 : bins.low);
      writeBins(writer, bins);
    }
  }
}

/** The span, and the counts one after another; a 0 is followed by how many zeros it stands for. */
function writeBins(writer: ByteWriter, bins: Bins): void {
  writeVarint(writer, bins.span);
  let zeros = 0;
  for (let index = bins.low; index <= bins.high; index += 1) {
    const count = bins.at(index);
    if (count === 0) {
      zeros += 1;
      continue;
    }
    if (zeros > 0) {
      writer.u8(0);
      writeVarint(writer, zeros);
      zeros = 0;
    }
    writeVarint(writer, count);
  }
}

/** Reads what {@link writeBins} writes, into `counts`; says how many. */
function readBins(reader: ByteReader, counts: Float64Array, low: number, collapses: number): number {
  const span = readVarint(reader);
  const most = Math.ceil(indexMax / 2 ** collapses) + 1;
  if (span > binsMax || low < -most || low + span > most) {
    reader.fail('histogram');
    return 0;
  }
  let index = 0;
  while (index < span) {
    const count = readVarint(reader);
    if (count > 0) {
      counts[index] = count;
      index += 1;
      continue;
    }
    const zeros = readVarint(reader);
    if (zeros === 0 || zeros > span - index) {
      reader.fail('histogram');
      return 0;
    }
    counts.fill(0, index, index + zeros);
    index += zeros;
  }
  return span;
}

function totalOf(counts: Float64Array, length: number): number {
  let total = 0;
  for (let index = 0; index < length; index += 1) total += counts[index]!;
  return total;
}
