import { expect, test } from 'vitest';
import { ByteWriter, SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { encodeAck, encodePing, encodeUserMessageHeader, StreamCodec, type StreamMessage } from '../wire/index.ts';
import { SwimStats } from './stats.ts';
import { Strangers } from './strangers.ts';
import { Streams, type StreamAnswer } from './streams.ts';
import { passUntil } from '../../../../test/support/pass-time.ts';

const peer = { host: '10.0.0.2', port: 7_946 };
const pong = encoded((writer) => encodeAck(writer, { seqNo: 1, payload: null }));
const request = encoded((writer) =>
  encodePing(writer, { seqNo: 1, node: '', sourceAddr: null, sourcePort: 0, sourceNode: '' }),
);

function encoded(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  encode(writer);
  return writer.copy();
}

class Fixture {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly stats: SwimStats = new SwimStats();
  readonly log: string[] = [];
  readonly streams: Streams;
  answer: StreamAnswer | undefined;

  constructor() {
    const { clock, timers, stats, log } = this;
    const rng = new SeededRng(1);
    const wire = { label: '', compression: false, encryptionVersion: 1, verifyIncoming: true } as const;
    const config = { ...wire, verifyOutgoing: true, skipInboundLabelCheck: false };
    this.streams = new Streams({
      codec: new StreamCodec(config, undefined, undefined, () => undefined),
      effects: {
        sendPacket: () => undefined,
        openStream: (stream) => log.push(`open ${stream}`),
        writeStream: (stream, chunk) => log.push(`write ${stream} type ${chunk[0]}`),
        closeStream: (stream) => log.push(`close ${stream}`),
      },
      env: { clock, timers, rng, aead: undefined, fillRandom: () => undefined, trace: undefined },
      stats,
      strangers: new Strangers(clock, () => undefined),
      streamTimeoutMs: 1_000,
      onRequest: (message) => {
        log.push(`request ${message.type}`);
        return this.answer;
      },
    });
  }

  open(deadlineMs?: number): number | undefined {
    const options = { to: peer, request, expectsAnswer: true, ...(deadlineMs !== undefined && { deadlineMs }) };
    return this.streams.open(options, {
      onAnswer: (answer: StreamMessage) => this.log.push(`answer ${answer.type}`),
      onEnd: (reason) => this.log.push(`end: ${reason}`),
    });
  }

  runTo(atMs: number): void {
    passUntil(this.clock, this.timers, atMs);
  }
}

test('a request goes out once the stream is open, and the answer comes back however it is cut', () => {
  const { streams, log, ...rest } = fixtureParts();
  const stream = rest.open()!;
  streams.opened(stream);
  for (const byte of pong) streams.receive(stream, Uint8Array.of(byte));
  expect(log).toEqual(['open 1', 'write 1 type 0', 'close 1', 'answer ack']);
  expect(streams.count).toBe(0);
});

function fixtureParts(): { streams: Streams; log: string[]; open: () => number | undefined; fixture: Fixture } {
  const fixture = new Fixture();
  return { streams: fixture.streams, log: fixture.log, open: () => fixture.open(), fixture };
}

test('an answer is written before what follows from the request is done', () => {
  const { streams, log, fixture } = fixtureParts();
  fixture.answer = { message: pong, afterwards: () => log.push('afterwards') };
  streams.receive(streams.accept(peer)!, request);
  expect(log).toEqual(['request ping', 'write 1 type 2', 'close 1', 'afterwards']);
});

test('each phase has its time, and an own deadline ends all of them', () => {
  const fixture = new Fixture();
  const stream = fixture.open()!;
  fixture.runTo(900);
  fixture.streams.opened(stream);
  fixture.runTo(1_800);
  expect(fixture.streams.count).toBe(1);
  fixture.runTo(1_900);
  expect(fixture.log.slice(-2)).toEqual(['close 1', 'end: timed out']);
  fixture.open(2_300);
  fixture.runTo(2_299);
  expect(fixture.streams.count).toBe(1);
  fixture.runTo(2_300);
  expect(fixture.streams.count).toBe(0);
  expect(fixture.stats.streamsTimedOut).toBe(2);
});

test('input for a stream that is over is ignored', () => {
  const { streams, log, open } = fixtureParts();
  const stream = open()!;
  streams.closed(stream, 'refused');
  streams.opened(stream);
  streams.receive(stream, pong);
  streams.closed(stream, undefined);
  streams.abandon(stream);
  expect(log).toEqual(['open 1', 'close 1', 'end: refused']);
});

test('an abandoned stream is closed and its opener hears nothing more', () => {
  const { streams, log, open } = fixtureParts();
  const stream = open()!;
  streams.abandon(stream);
  streams.opened(stream);
  expect(log).toEqual(['open 1', 'close 1']);
});

test('streams of our own and of others are bounded apart', () => {
  const { streams, open, fixture } = fixtureParts();
  for (let i = 0; i < 130; i++) open();
  for (let i = 0; i < 130; i++) streams.accept(peer);
  expect(streams.count).toBe(254);
  expect(fixture.stats.streamsRefused).toBe(6);
  expect(fixture.log.at(-1)).toBe('end: 127 streams are open already');
  streams.closeAll();
  expect(streams.count).toBe(0);
  expect(streams.accept(peer)).toBeDefined();
});

test('bytes of unfinished messages are bounded over all streams together', () => {
  const { streams, fixture } = fixtureParts();
  const header = encoded((writer) => {
    writer.u8(8);
    encodeUserMessageHeader(writer, { userMsgLen: 20 * 1024 * 1024 });
  });
  const chunk = new Uint8Array(19 * 1024 * 1024);
  let openCount = 0;
  for (let i = 0; i < 8; i++) {
    const stream = streams.accept(peer)!;
    streams.receive(stream, header);
    streams.receive(stream, chunk);
    openCount = Math.max(openCount, streams.count);
  }
  // Six times 19 MiB are below 128 MiB, seven are not.
  expect(openCount).toBe(6);
  expect(streams.refusals['too-large']).toBe(2);
  fixture.runTo(1_000);
  expect(streams.count).toBe(0);
  const later = streams.accept(peer)!;
  streams.receive(later, header);
  streams.receive(later, chunk);
  expect(streams.count).toBe(1);
});

test('what an answering node cannot read is answered with an error, what an opener cannot read is not', () => {
  const { streams, log, open } = fixtureParts();
  streams.receive(
    streams.accept(peer)!,
    Uint8Array.of(9, 0x82, 0xa4, ...Buffer.from('Algo'), 7, 0xa3, ...Buffer.from('Buf'), 0xa0),
  );
  expect(log).toEqual(['write 1 type 13', 'close 1']);
  const stream = open()!;
  streams.opened(stream);
  log.length = 0;
  streams.receive(stream, Uint8Array.of(77));
  expect(log).toEqual(['close 2', 'end: answer refused: unknown-type']);
  expect(streams.refusals['unknown-type']).toBe(1);
});
