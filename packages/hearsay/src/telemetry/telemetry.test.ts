import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kvDefaults, type OwnedEntry } from '../kv/index.ts';
import { ByteWriter, SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { CounterLedger } from './counter-ledger.ts';
import { Folder } from './folder.ts';
import { telemetryLimits } from './limits.ts';
import { writeNumber } from './numbers.ts';
import { packWhole, pageKeys, readPage } from './page.ts';
import { Telemetry } from './telemetry.ts';

const lonelyHost = { name: 'a', packetMaxBytes: 1_400, liveMembers: () => [], isCapable: () => false, send: () => {} };

/** The lane of telemetry as one reader has it, without a network. */
class Lane {
  readonly entries: Map<string, Map<string, OwnedEntry>> = new Map();
  readonly clock: StepClock = new StepClock();
  readonly folder: Folder = new Folder(this);

  nodes(): IterableIterator<string> {
    return this.entries.keys();
  }

  get(node: string, key: string): OwnedEntry | undefined {
    return this.entries.get(node)?.get(key);
  }

  ageMs(): number {
    return 0;
  }

  /** A life of a member. */
  start(node: string, seed: number): Telemetry {
    const env = { clock: this.clock, timers: new TimerQueue(), rng: new SeededRng(seed) };
    const own = new Map<string, OwnedEntry>();
    this.entries.set(node, own);
    const kv = {
      config: kvDefaults,
      state: { telemetry: this },
      setTelemetry: (key: string, value: Uint8Array) => void own.set(key, { key, value } as OwnedEntry),
      deleteTelemetry: (key: string) => void own.delete(key),
    };
    return new Telemetry({ periodMs: 1_000, windowMs: 2_000 }, kv as never, lonelyHost, env);
  }
}

describe('a counter of all members', () => {
  test('does not go backwards when a member restarts, nor when one is gone', () => {
    const lane = new Lane();
    const [a, b] = [lane.start('a', 1), lane.start('b', 2)];
    a.instrument('counter', 'hits').add(10);
    b.instrument('counter', 'hits').add(5);
    a.publish();
    b.publish();
    expect(lane.folder.foldCounter('hits')).toMatchObject({ total: 15, nodes: 2 });
    const again = lane.start('a', 3);
    again.instrument('counter', 'hits').add(1);
    again.publish();
    expect(lane.folder.foldCounter('hits')).toMatchObject({ total: 16, nodes: 2 });
    lane.entries.delete('b');
    expect(lane.folder.foldCounter('hits')).toMatchObject({ total: 16, nodes: 1 });
  });

  test('takes no part of what a member claims that no counter comes to, and counts the sample as unreadable', () => {
    const lane = new Lane();
    const a = lane.start('a', 1);
    a.instrument('counter', 'hits').add(10);
    a.publish();
    for (const generation of [1, 2]) {
      const writer = new ByteWriter();
      for (const number of [1e308, 0]) writeNumber(writer, number);
      const head = { generation, epoch: generation, windowMs: 1 };
      const value = packWhole(head, [{ name: 'hits', kind: 'counter', body: writer.copy() }]);
      lane.entries.set('b', new Map([[pageKeys[0]!, { value } as OwnedEntry]]));
      expect(lane.folder.foldCounter('hits')).toMatchObject({ total: 10, nodes: 1 });
    }
    expect(lane.folder.unreadableCount).toBe(2);
  });

  test('is not changed for good by a total that is no count', () => {
    const ledger = new CounterLedger();
    ledger.receive('a', 1, 10);
    for (const total of [1e308, Infinity, Number.NaN, -1]) expect(ledger.receive('b', total, total)).toBe(false);
    ledger.receive('b', 1, 5);
    expect(ledger.total).toBe(15);
  });

  test('counts each increase once, however often and late samples are seen', () => {
    const lives = fc.array(fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    fc.assert(
      fc.property(lives, (lives) => {
        const ledger = new CounterLedger();
        let truth = 0;
        for (const [generation, increases] of lives.entries()) {
          let total = 0;
          for (const increase of increases) {
            total += increase;
            truth += increase;
            for (const seen of [total, total, total - increase]) ledger.receive('a', generation, seen);
            expect(ledger.total).toBe(truth);
          }
        }
      }),
    );
  });
});

test('of counters under ever new names those that are read last are followed', () => {
  const lane = new Lane();
  const [a, b] = [lane.start('a', 1), lane.start('b', 2)];
  for (const each of [a, b]) {
    each.instrument('counter', 'hits').add(3);
    each.publish();
  }
  for (let index = 0; index < 3_000; index += 1) {
    lane.folder.foldCounter(`c${index}`);
    if (index % 1_000 === 0) lane.folder.foldCounter('hits');
    if (index === 500) lane.entries.delete('b');
  }
  expect(lane.folder.followedCount).toBe(1_024);
  lane.folder.tend();
  // What the one that is gone had counted is remembered.
  expect(lane.folder.foldCounter('hits')).toMatchObject({ total: 6, nodes: 1 });
});

test('of a member that publishes more metrics than it can have no more are looked at', () => {
  const lane = new Lane();
  const head = { generation: 1, epoch: 1, windowMs: 1 };
  const pageOf = (index: number): OwnedEntry => {
    const names = Array.from({ length: 100 }, (_, metric) => `p${index}.${metric}`);
    const metrics = names.map((name) => ({ name, kind: 'gauge' as const, body: Uint8Array.of(1, 2) }));
    return { key: pageKeys[index]!, value: packWhole(head, metrics) } as OwnedEntry;
  };
  lane.entries.set('b', new Map(pageKeys.map((key, index) => [key, pageOf(index)])));
  expect(lane.folder.metrics()).toHaveLength(200);
  expect(lane.folder.kindOf('p1.7')).toBe('gauge');
  expect(lane.folder.kindOf('p2.7')).toBeUndefined();
});

test('where members disagree about the kind of a metric, that of most of them counts', () => {
  const lane = new Lane();
  for (const [node, kind] of Object.entries({ a: 'counter', b: 'gauge', c: 'gauge' } as const)) {
    const telemetry = lane.start(node, 1);
    if (kind === 'counter') telemetry.instrument(kind, 'load').add(1);
    else telemetry.instrument(kind, 'load').set(1);
    telemetry.publish();
  }
  expect(lane.folder.kindOf('load')).toBe('gauge');
  expect(lane.folder.kindOf('nothing')).toBeUndefined();
});

test('a page with a name that no metric can have is not read', () => {
  const metric = { kind: 'gauge', body: Uint8Array.of(1, 2) } as const;
  const pageOf = (name: string): Uint8Array =>
    packWhole({ generation: 1, epoch: 1, windowMs: 1 }, [{ ...metric, name }]);
  expect(readPage(pageOf('http.latency_ms'))?.metrics).toHaveLength(1);
  for (const name of ['\u001b[2J', 'two\nlines', 'a b', '__proto__ ', 'é', '1st']) {
    expect(readPage(pageOf(name))).toBeUndefined();
  }
});

test('histograms stand for the window, and what is older is gone', () => {
  const lane = new Lane();
  const a = lane.start('a', 1);
  const latency = a.instrument('histogram', 'latency');
  for (const value of [1, 10, 100]) {
    latency.current.record(value);
    a.publish();
  }
  expect(lane.folder.fold('histogram', 'latency')!.sketch.count).toBe(2);
  expect(lane.folder.fold('histogram', 'latency')!.sketch.quantile(0)).toBeCloseTo(10, 0);
});

test('many metrics are split over entries that fit a packet, each is found once, and those without room are named', () => {
  const lane = new Lane();
  const a = lane.start('a', 1);
  for (let user = 0; user < 5_000; user += 1) {
    for (const name of ['d0', 'd1', 'd2', 'd3']) a.instrument('distinct', name).current.add(`${user}`);
  }
  a.instrument('gauge', 'small').set(7);
  a.publish();
  const pages = [...lane.entries.get('a')!.values()].map(({ value }) => value);
  expect(pages).toHaveLength(3);
  for (const page of pages) expect(page.length).toBeLessThanOrEqual(telemetryLimits.entryMaxBytes);
  expect(a.stats.leftOut).toEqual(['d3']);
  expect(lane.folder.fold('gauge', 'small')).toMatchObject({ nodes: 1 });
  // Fewer entries: what was in the others moves, and is not found twice.
  for (const name of ['d0', 'd1', 'd3']) a.remove(name);
  a.publish();
  expect(lane.entries.get('a')!.size).toBe(1);
  expect(lane.folder.fold('distinct', 'd2')).toMatchObject({ nodes: 1 });
});

test('no bytes make a page throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readPage(Uint8Array.of(1, ...bytes))),
    { numRuns: 2_000 },
  );
});

test('entries that cannot be read are counted, and the others folded', () => {
  const lane = new Lane();
  const a = lane.start('a', 1);
  a.instrument('gauge', 'g').set(1);
  a.publish();
  lane.entries.set('b', new Map([['~m', { key: '~m', value: Uint8Array.of(1, 2, 3) } as OwnedEntry]]));
  expect(lane.folder.fold('gauge', 'g')).toMatchObject({ nodes: 1 });
  expect(lane.folder.unreadableCount).toBe(1);
});
