import { describe, expect, test } from 'vitest';
import { CoordinateClient } from '../../packages/hearsay/src/serf/coordinate/client.ts';
import { decodePingPayload, encodePingPayload } from '../../packages/hearsay/src/serf/coordinate/ping-payload.ts';
import {
  distanceNs,
  pushed,
  vivaldiDefaults,
  type Coordinate,
} from '../../packages/hearsay/src/serf/coordinate/vivaldi.ts';
import { ByteReader, ByteWriter, SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { loadSerfVectors } from './serf-vectors.ts';
import { fromHex, toHex } from './vectors.ts';

/** The IEEE 754 image of vec, error, adjustment and height, in that order. */
interface Bits {
  readonly bits: readonly string[];
}

interface Update {
  readonly node: string;
  readonly rttNs: string;
  readonly peer: Bits;
  readonly error?: string;
  readonly resets: number;
  readonly after: Bits;
  /** Null where it is beyond 64 bits. */
  readonly distanceToPeerAfterNs?: string | null;
}

interface Trace {
  readonly name: string;
  readonly config: {
    readonly adjustmentWindowSize: number;
    readonly dimensionality: number;
    readonly gravityRho: number;
    readonly heightMin: number;
    readonly latencyFilterSize: number;
    readonly vivaldiCC: number;
    readonly vivaldiCE: number;
    readonly vivaldiErrorMax: number;
  };
  readonly start: Bits;
  readonly updates: readonly Update[];
}

interface CoordinateVectors {
  readonly distances: readonly { readonly A: Bits; readonly B: Bits; readonly distanceNs: string }[];
  readonly forces: readonly {
    readonly self: Bits;
    readonly other: Bits;
    readonly force: number;
    readonly after: Bits;
  }[];
  readonly traces: readonly Trace[];
}

const { distances, forces, traces } = loadSerfVectors<CoordinateVectors>('coordinates');
const rng = new SeededRng(1);

function toCoordinate({ bits }: Bits): Coordinate {
  const numbers = bits.map((image) => Buffer.from(image, 'hex').readDoubleBE());
  const [error, adjustment, height] = numbers.slice(-3);
  return { vec: numbers.slice(0, -3), error: error!, adjustment: adjustment!, height: height! };
}

function toBits({ vec, error, adjustment, height }: Coordinate): readonly string[] {
  return [...vec, error, adjustment, height].map((number) => {
    const image = Buffer.alloc(8);
    image.writeDoubleBE(number);
    return image.toString('hex');
  });
}

test('there are 177 updates in 6 traces, 25 distances and 4 forces', () => {
  const updateCount = traces.reduce((sum, { updates }) => sum + updates.length, 0);
  expect([updateCount, traces.length, distances.length, forces.length]).toEqual([177, 6, 25, 4]);
});

test('distances are those of Serf to the nanosecond', () => {
  for (const { A, B, distanceNs: expected } of distances) {
    expect(distanceNs(toCoordinate(A), toCoordinate(B))).toBe(Number(expected));
  }
});

test('forces move a coordinate as in Serf, bit for bit', () => {
  for (const { self, other, force, after } of forces) {
    const moved = pushed(toCoordinate(self), toCoordinate(other), force, vivaldiDefaults, rng);
    expect(toBits(moved)).toEqual(after.bits);
  }
});

const failures: Readonly<Record<string, RegExp>> = {
  dimensions: /^dimensions aren't compatible$/,
  'not-finite': /^coordinate is invalid$/,
  'round-trip-range': /^round trip time not in valid range/,
};

describe('every update leads where it leads Serf, bit for bit', () => {
  test.each(traces)('$name', ({ config, start, updates }) => {
    const own = toCoordinate(start);
    const vivaldi = {
      dimensionCount: config.dimensionality,
      errorMax: config.vivaldiErrorMax,
      errorGain: config.vivaldiCE,
      forceGain: config.vivaldiCC,
      adjustmentWindow: config.adjustmentWindowSize,
      heightMin: config.heightMin,
      latencyFilterSize: config.latencyFilterSize,
      gravityRho: config.gravityRho,
    };
    const client = new CoordinateClient(rng, vivaldi, own);
    for (const update of updates) {
      const peer = toCoordinate(update.peer);
      const failure = client.update(update.node, peer, Number(update.rttNs));
      if (update.error === undefined) expect(failure).toBeUndefined();
      else expect(update.error).toMatch(failures[failure!]!);
      expect(toBits(client.coordinate)).toEqual(update.after.bits);
      expect(client.resetCount).toBe(update.resets);
      const distance = update.distanceToPeerAfterNs ?? null;
      if (distance !== null) expect(distanceNs(client.coordinate, peer)).toBe(Number(distance));
    }
  });
});

describe('a ping payload is written and read as Serf does', () => {
  interface PayloadVector {
    readonly name: string;
    readonly kind: string;
    readonly hex: string;
    readonly fields: { readonly Adjustment: number; Error: number; Height: number; Vec: readonly number[] };
  }
  const { messages } = loadSerfVectors<{ readonly messages: readonly PayloadVector[] }>('messages');
  test.each(messages.filter(({ kind }) => kind === 'pingPayload'))('$name', ({ hex, fields }) => {
    const coordinate = {
      vec: fields.Vec,
      error: fields.Error,
      adjustment: fields.Adjustment,
      height: fields.Height,
    };
    const reader = new ByteReader(fromHex(hex));
    expect(decodePingPayload(reader)).toEqual(coordinate);
    expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
    const writer = new ByteWriter();
    encodePingPayload(writer, coordinate);
    expect(toHex(writer.view())).toBe(hex);
  });
});
