import { expect, test } from 'vitest';
import { ByteWriter, SeededRng, StepClock, TimerQueue, type Address, type ByteReader } from '../util/index.ts';
import {
  decodeIndirectPing,
  decodePing,
  encodeAck,
  encodeAlive,
  encodeDead,
  encodeNack,
  encodePing,
  MessageType,
  PacketCodec,
  parseIp,
} from '../wire/index.ts';
import { swimPresets, type SwimConfig } from './config.ts';
import { silentDelegate } from './delegate.ts';
import { Keyring } from './keyring.ts';
import { Swim } from './swim.ts';
import type { SwimTraceEvent } from './trace-events.ts';
import { swimRuleSets, type RuleSetName } from './rules.ts';

type Traced<Type extends SwimTraceEvent['type']> = Extract<SwimTraceEvent, { readonly type: Type }>;

const target: Address = { host: '192.0.2.50', port: 7946 };
const helper: Address = { host: '192.0.2.51', port: 7946 };
const stranger: Address = { host: '192.0.2.99', port: 7946 };

/** A node that knows a target and perhaps a helper, its rounds, and what it was told of pings. */
class Bench {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly swim: Swim;
  readonly traces: SwimTraceEvent[] = [];
  readonly rttsMs: number[] = [];
  readonly pings: { seqNo: number; to: string }[] = [];
  readonly nackRequests: boolean[] = [];
  /** Message types of every packet sent. */
  readonly packets: number[][] = [];
  /** When streams were opened, and the last of them. */
  readonly streamsAtMs: number[] = [];
  lastStream: number = 0;
  readonly #codec: PacketCodec;

  constructor(swim: Partial<SwimConfig> = {}, rules: RuleSetName = 'sharp') {
    const config = {
      ...swimPresets.lan,
      compression: false,
      pushPullIntervalMs: 0,
      healIntervalMs: 0,
      streamPings: false,
      ...swim,
    };
    const wire = { label: '', compression: false, encryptionVersion: 1, verifyIncoming: true } as const;
    const codecConfig = { ...wire, verifyOutgoing: true, skipInboundLabelCheck: false };
    this.#codec = new PacketCodec(codecConfig, undefined, undefined, () => undefined);
    this.swim = new Swim(
      {
        name: 'self',
        addr: parseIp('192.0.2.1')!,
        port: 7946,
        bindPort: 7946,
        vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
        config,
        keyring: new Keyring(),
        rules: swimRuleSets[rules],
        seeds: [],
        allowedNetworks: undefined,
        delegate: { ...silentDelegate, onPingComplete: (_, rttMs) => this.rttsMs.push(rttMs) },
      },
      {
        clock: this.clock,
        timers: this.timers,
        rng: new SeededRng(1),
        aead: undefined,
        fillRandom: () => undefined,
        trace: (event) => this.traces.push(event),
      },
      {
        sendPacket: (to, packet) => this.#note(to, packet),
        openStream: (stream) => {
          this.streamsAtMs.push(this.clock.nowMs);
          this.lastStream = stream;
        },
        writeStream: () => undefined,
        closeStream: () => undefined,
      },
    );
    this.swim.start();
  }

  introduce(name: string, { host, port }: Address): void {
    const alive = { incarnation: 1, node: name, addr: parseIp(host)!, port, meta: null };
    const vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
    this.#receive(stranger, (writer) => encodeAlive(writer, { ...alive, vsn }));
  }

  /** Others say that the member is dead. */
  bury(node: string): void {
    this.#receive(stranger, (writer) => encodeDead(writer, { incarnation: 1, node, from: 'stranger' }));
  }

  ack(from: Address, seqNo: number): void {
    this.#receive(from, (writer) => encodeAck(writer, { seqNo, payload: null }));
  }

  /** The member `sourceNode` pings this node. */
  ping(from: Address, sourceNode: string): void {
    const source = { sourceAddr: parseIp(from.host)!, sourcePort: from.port, sourceNode };
    this.#receive(from, (writer) => encodePing(writer, { seqNo: 1, node: 'self', ...source }));
  }

  nack(from: Address, seqNo: number): void {
    this.#receive(from, (writer) => encodeNack(writer, { seqNo }));
  }

  /** Fires timers until the next event of that type, and returns it. */
  next<Type extends SwimTraceEvent['type']>(type: Type): Traced<Type> {
    const seen = this.traces.length;
    while (this.timers.nextDeadlineMs < 3_600_000) {
      this.clock.advanceTo(this.timers.nextDeadlineMs);
      this.timers.fireDue(this.clock.nowMs);
      const event = this.traces.slice(seen).find((candidate) => candidate.type === type);
      if (event !== undefined) return event as Traced<Type>;
    }
    throw new Error(`no ${type} within a minute`);
  }

  get seqNo(): number {
    return this.pings.at(-1)!.seqNo;
  }

  count(type: SwimTraceEvent['type']): number {
    return this.traces.filter((event) => event.type === type).length;
  }

  #receive(from: Address, encode: (writer: ByteWriter) => void): void {
    const writer = new ByteWriter(64);
    encode(writer);
    this.swim.receivePacket(from, writer.copy());
  }

  #note(to: Address, packet: Uint8Array): void {
    const types: number[] = [];
    this.packets.push(types);
    this.#codec.unwrap(packet, {
      receiveMessage: (type, reader: ByteReader) => {
        types.push(type);
        if (type === MessageType.ping) this.pings.push({ seqNo: decodePing(reader).seqNo, to: to.host });
        if (type === MessageType.indirectPing) this.nackRequests.push(decodeIndirectPing(reader).nack);
      },
    });
  }
}

/** The target of a probe keeps silent, the helper of others does not. */
function nextTimeoutOfTarget(bench: Bench): void {
  while (bench.next('probe-started').target === 'helper') bench.ack(helper, bench.seqNo);
  bench.next('probe-timeout');
}

test('the round trip is the time from the ping to its ack', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  const { atMs } = bench.next('probe-started');
  bench.clock.advanceTo(atMs + 37);
  bench.ack(target, bench.seqNo);
  expect(bench.rttsMs).toEqual([37]);
  expect(bench.traces.at(-1)).toMatchObject({ type: 'probe-acked', rttMs: 37, via: 'direct' });
});

test('an ack with the number of another round saves nobody', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  bench.next('probe-started');
  bench.ack(target, bench.seqNo - 1);
  bench.ack(target, bench.seqNo + 1);
  expect(bench.count('probe-acked')).toBe(0);
  bench.next('probe-failed');
});

test('after the probe timeout an ack counts still, and says which way it came', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  bench.introduce('helper', helper);
  // The last two are what it looks like when the target is behind address translation.
  for (const [from, via] of [
    [target, 'direct'],
    [helper, 'indirect'],
    [{ ...target, port: 1 }, 'direct'],
    [{ ...target, host: '192.0.2.254' }, 'direct'],
  ] as const) {
    nextTimeoutOfTarget(bench);
    bench.ack(from, bench.seqNo);
    expect(bench.traces.at(-1)).toMatchObject({ type: 'probe-acked', via });
  }
  expect(bench.rttsMs.filter((rttMs) => rttMs > 0)).toEqual([]);
  expect(bench.swim.stats).toMatchObject({ probesSavedByOthers: 1, probesAckedLate: 3 });
});

test('three probes in a row that only others save are a broken path, until the target answers by itself', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  bench.introduce('helper', helper);
  const savedBy = (from: Address): void => {
    nextTimeoutOfTarget(bench);
    bench.ack(from, bench.seqNo);
  };
  savedBy(helper);
  savedBy(helper);
  expect(bench.swim.paths.count()).toEqual({ out: 0, in: 0 });
  savedBy(helper);
  expect(bench.swim.paths.count()).toEqual({ out: 0, in: 1 });
  bench.ping(target, 'target');
  expect(bench.swim.paths.count()).toEqual({ out: 1, in: 0 });
  savedBy(target);
  expect(bench.swim.paths.count()).toEqual({ out: 0, in: 0 });
  expect(bench.swim.stats).toMatchObject({ probesSavedByOthers: 3, probesAckedLate: 1, probesSavedByStream: 0 });
});

test('a nack of the round in flight clears the helper, one of another round does not', () => {
  for (const [offset, healthScore] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const bench = new Bench();
    bench.introduce('target', target);
    bench.introduce('helper', helper);
    bench.next('probe-timeout');
    expect(bench.nackRequests).toEqual([true]);
    bench.nack(helper, bench.seqNo + offset);
    bench.next('probe-failed');
    expect(bench.swim.healthScore).toBe(healthScore);
    expect(bench.swim.stats.nacksMissed).toBe(healthScore);
  }
});

test('a nack that comes when no round is in flight is nobody’s', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  bench.introduce('helper', helper);
  bench.next('probe-started');
  bench.ack(target, bench.seqNo);
  bench.ack(helper, bench.seqNo);
  bench.nack(helper, bench.seqNo);
  bench.next('probe-timeout');
  bench.next('probe-failed');
  expect(bench.swim.stats.nacksMissed).toBe(1);
});

test('when there is no way to the target, others are asked at once', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  const { atMs } = bench.next('probe-started');
  bench.swim.sendFailed({ ...target, port: 1 }, 'ECONNREFUSED');
  bench.swim.sendFailed({ ...target, host: helper.host }, 'ECONNREFUSED');
  expect(bench.count('probe-timeout')).toBe(0);
  bench.swim.sendFailed(target, 'ECONNREFUSED');
  expect(bench.traces.at(-1)).toMatchObject({ type: 'probe-timeout', atMs });
  expect(bench.swim.stats.probeTimeouts).toBe(1);
});

test('an ack of a round whose ping could not be sent does not make this node healthier', () => {
  for (const couldSend of [true, false]) {
    const bench = new Bench();
    bench.introduce('target', target);
    // The next round begins at the same instant.
    bench.next('probe-failed');
    expect(bench.swim.healthScore).toBe(1);
    if (!couldSend) bench.swim.sendFailed(target, 'EHOSTUNREACH');
    bench.ack(helper, bench.seqNo);
    expect(bench.swim.healthScore).toBe(couldSend ? 0 : 1);
  }
});

test('when this node cannot send, the round says nothing about its target', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  bench.next('probe-started');
  bench.swim.sendFailed(target, 'ENOBUFS');
  bench.next('probe-started');
  expect([bench.count('probe-timeout'), bench.count('probe-failed')]).toEqual([0, 0]);
});

test('a round that was due while another was in flight begins when that one ends', () => {
  const bench = new Bench();
  bench.introduce('target', target);
  // A node that doubts itself gives a round twice the interval, so that the next tick falls into it.
  const { atMs: startedAtMs } = bench.next('probe-failed');
  const { atMs: failedAtMs } = bench.next('probe-failed');
  expect(failedAtMs - startedAtMs).toBe(2 * swimPresets.lan.probeIntervalMs);
  expect(bench.traces.findLast(({ type }) => type === 'probe-started')).toMatchObject({ atMs: failedAtMs });
});

test.each([
  [false, [0, 0, 1, 1]],
  [true, [3, 3, 2, 1]],
])(
  'a node that doubts itself lets as many periods pass as its score before it probes again: %s',
  (spacedProbes, periods) => {
    const bench = new Bench({ spacedProbes, suspicionMult: 100 }, 'memberlist');
    bench.introduce('target', target);
    bench.introduce('helper', helper);
    while (bench.next('health').score < 3);
    // From then on every round is answered.
    let atMs = bench.clock.nowMs;
    const waits = periods.map(() => {
      const isBegun =
        bench.traces.findLast(({ type }) => /^probe-(started|failed|acked)$/.test(type))!.type === 'probe-started';
      const startedAtMs = isBegun ? bench.clock.nowMs : bench.next('probe-started').atMs;
      const waitMs = startedAtMs - atMs;
      atMs = startedAtMs;
      bench.ack(bench.pings.at(-1)!.to === target.host ? target : helper, bench.seqNo);
      return waitMs / swimPresets.lan.probeIntervalMs;
    });
    expect(waits).toEqual(periods);
  },
);

test.each([true, false])('a suspect is told of it in the very ping: %s', (buddyPings) => {
  const bench = new Bench({ buddyPings, retransmitMult: 1 }, 'memberlist');
  bench.introduce('target', target);
  bench.next('probe-failed');
  // Gossip has said it often enough by then.
  bench.next('probe-started');
  const { ping, suspect } = MessageType;
  const probes = bench.packets.filter((types) => types.includes(ping));
  expect(probes.at(-1)).toEqual(buddyPings ? [ping, suspect] : [ping]);
});

/** A round whose target keeps silent, until the stream is tried, and whom it may ask. */
function silentRound(rules: RuleSetName): { bench: Bench; startedAtMs: number; asked: Address } {
  const bench = new Bench({ streamPings: true }, rules);
  bench.introduce('target', target);
  bench.introduce('helper', helper);
  const { atMs } = bench.next('probe-started');
  while (bench.streamsAtMs.length === 0) {
    bench.clock.advanceTo(bench.timers.nextDeadlineMs);
    bench.timers.fireDue(bench.clock.nowMs);
  }
  return { bench, startedAtMs: atMs, asked: bench.pings.at(-1)!.to === target.host ? helper : target };
}

test('a refused port makes others be asked at once, and when they get no answer either the target is suspected at once', () => {
  const { bench, startedAtMs, asked } = silentRound('sharp');
  expect(bench.streamsAtMs).toEqual([startedAtMs + 100]);
  expect(bench.count('probe-timeout')).toBe(0);
  bench.clock.advanceTo(startedAtMs + 103);
  bench.swim.streamClosed(bench.lastStream, 'ECONNREFUSED');
  expect(bench.traces.at(-1)).toMatchObject({ type: 'probe-timeout', atMs: startedAtMs + 103 });
  expect(bench.count('probe-failed')).toBe(0);
  bench.clock.advanceTo(startedAtMs + 500);
  bench.nack(asked, bench.seqNo);
  expect(bench.traces.find(({ type }) => type === 'probe-failed')).toMatchObject({ atMs: startedAtMs + 500 });
  expect(bench.traces.find(({ type }) => type === 'suspect')).toMatchObject({ atMs: startedAtMs + 500 });
  expect([...bench.swim.evidence.records()].find(({ kind }) => kind === 'probe')).toMatchObject({
    outcome: 'failed',
    stream: 'refused',
  });
});

test('a refusal is no proof: whom others reach is not suspected', () => {
  const { bench, asked } = silentRound('sharp');
  bench.swim.streamClosed(bench.lastStream, 'ECONNREFUSED');
  bench.ack(asked, bench.seqNo);
  expect(bench.traces.at(-1)).toMatchObject({ type: 'probe-acked', via: 'indirect' });
});

test('without an answer of the helper a refusal does not shorten the period', () => {
  const { bench, startedAtMs } = silentRound('sharp');
  bench.swim.streamClosed(bench.lastStream, 'ECONNREFUSED');
  expect(bench.next('probe-failed').atMs).toBe(startedAtMs + 1_000);
});

test('a connection that stands and brings nothing changes nothing, and no second one is opened', () => {
  const { bench, startedAtMs, asked } = silentRound('sharp');
  bench.clock.advanceTo(startedAtMs + 101);
  bench.swim.streamOpened(bench.lastStream);
  expect(bench.next('probe-timeout').atMs).toBe(startedAtMs + 500);
  bench.clock.advanceTo(startedAtMs + 900);
  bench.nack(asked, bench.seqNo);
  expect(bench.next('probe-failed').atMs).toBe(startedAtMs + 1_000);
  expect(bench.streamsAtMs.filter((atMs) => atMs < startedAtMs + 1_000)).toHaveLength(1);
});

test('where not even a kernel answers others are asked early, and when they get no answer either the target is suspected', () => {
  const { bench, startedAtMs, asked } = silentRound('sharp');
  expect(bench.next('probe-timeout').atMs).toBe(startedAtMs + 200);
  bench.clock.advanceTo(startedAtMs + 600);
  bench.nack(asked, bench.seqNo);
  expect(bench.traces.find(({ type }) => type === 'suspect')).toMatchObject({ atMs: startedAtMs + 600 });
  expect(bench.streamsAtMs.filter((atMs) => atMs < startedAtMs + 1_000)).toHaveLength(1);
});

test('a connection that stands in the end is an answer: the target has until the end of the period', () => {
  const { bench, startedAtMs, asked } = silentRound('sharp');
  bench.next('probe-timeout');
  bench.clock.advanceTo(startedAtMs + 300);
  bench.swim.streamOpened(bench.lastStream);
  bench.clock.advanceTo(startedAtMs + 600);
  bench.nack(asked, bench.seqNo);
  expect(bench.next('probe-failed').atMs).toBe(startedAtMs + 1_000);
});

test.each([
  [2, 700],
  [1, 1_000],
])(
  'when %i of three that were asked have no answer and the others say nothing, it is suspected after %i ms',
  (count, spanMs) => {
    const bench = new Bench({ streamPings: true });
    const all = ['192.0.2.50', '192.0.2.51', '192.0.2.52', '192.0.2.53'];
    for (const host of all) bench.introduce(host, { host, port: 7946 });
    const { atMs: startedAtMs, target: probed } = bench.next('probe-started');
    bench.next('probe-timeout');
    bench.clock.advanceTo(startedAtMs + 600);
    for (const host of all.filter((name) => name !== probed).slice(0, count)) {
      bench.nack({ host, port: 7946 }, bench.seqNo);
    }
    expect(bench.next('suspect')).toMatchObject({ node: probed, atMs: startedAtMs + spanMs });
  },
);

/** A node that has learnt from its probes that half of the packets get lost. */
function lossyBench(rules: RuleSetName = 'sharp'): Bench {
  const bench = new Bench({ streamPings: true }, rules);
  bench.introduce('target', target);
  bench.introduce('helper', helper);
  const { stats } = bench.swim;
  stats.probesAcked += 16;
  stats.probesSavedByStream += 12;
  return bench;
}

test('where packets get lost a target without an answer is probed twice again, and then accused', () => {
  const bench = lossyBench();
  const { target: probed } = bench.next('probe-started');
  bench.next('probe-failed');
  const isEnd = ({ type }: SwimTraceEvent): boolean => type === 'probe-repeated' || type === 'suspect';
  expect(bench.traces.filter(isEnd)).toMatchObject([
    { type: 'probe-repeated', target: probed },
    { type: 'probe-repeated', target: probed },
    { type: 'suspect', node: probed },
  ]);
  expect(new Set(bench.pings.slice(0, 3).map(({ seqNo }) => seqNo)).size).toBe(3);
  expect(bench.swim.stats).toMatchObject({ probesFailed: 3, suspicions: 1 });
});

test('an answer to a repeated probe acquits', () => {
  const bench = lossyBench();
  const { target: probed } = bench.next('probe-started');
  bench.next('probe-repeated');
  bench.ack(probed === 'target' ? target : helper, bench.seqNo);
  const acked = bench.traces.find(({ type }) => type === 'probe-acked');
  expect(acked).toMatchObject({ target: probed, rttMs: 0, via: 'direct' });
  expect(bench.count('suspect')).toBe(0);
});

test('a refused connection is no chance, wherever packets get lost', () => {
  const bench = lossyBench();
  bench.next('probe-timeout');
  bench.swim.streamClosed(bench.lastStream, 'ECONNREFUSED');
  bench.next('probe-failed');
  expect(bench.count('probe-repeated')).toBe(0);
});

test('a target that is known to be dead by then is not probed again', () => {
  const bench = lossyBench();
  const { target: probed } = bench.next('probe-started');
  bench.bury(probed);
  bench.next('probe-failed');
  expect(bench.count('probe-repeated')).toBe(0);
});

test('with the rules of memberlist nobody is probed again', () => {
  const bench = lossyBench('memberlist');
  bench.next('probe-failed');
  expect(bench.count('probe-repeated')).toBe(0);
});

test('with the rules of memberlist the stream waits for the probe timeout, and a refusal for the end of the period', () => {
  const { bench, startedAtMs, asked } = silentRound('memberlist');
  expect(bench.streamsAtMs).toEqual([startedAtMs + 500]);
  bench.swim.streamClosed(bench.lastStream, 'ECONNREFUSED');
  bench.nack(asked, bench.seqNo);
  expect(bench.next('probe-failed').atMs).toBe(startedAtMs + 1_000);
});

test.each([20, 150, 450])('targets that answer after %i ms are hardly ever tried over a stream', (rttMs) => {
  const bench = new Bench({ streamPings: true });
  bench.introduce('target', target);
  for (let probe = 0; probe < 700; probe++) {
    const { atMs } = bench.next('probe-started');
    while (bench.timers.nextDeadlineMs < atMs + rttMs) {
      bench.clock.advanceTo(bench.timers.nextDeadlineMs);
      bench.timers.fireDue(bench.clock.nowMs);
    }
    bench.clock.advanceTo(atMs + rttMs);
    bench.ack(target, bench.seqNo);
  }
  // At first it has to learn how long they take.
  expect(bench.streamsAtMs.length).toBeLessThanOrEqual(rttMs > 100 ? 3 + 700 / 69 : 0);
});
