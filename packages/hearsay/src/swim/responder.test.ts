import { expect, test } from 'vitest';
import { formatAddress, SeededRng, StepClock, TimerQueue } from '../util/index.ts';
import { decodeAck, decodeNack, decodePing, PacketCodec, type IndirectPing } from '../wire/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { silentDelegate } from './delegate.ts';
import { DirectPaths } from './direct-paths.ts';
import { EvidenceRecorder } from './evidence/recorder.ts';
import { MemberList } from './member-list.ts';
import { Member } from './member.ts';
import { Outbox } from './outbox.ts';
import { Responder } from './responder.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { SwimStats } from './stats.ts';
import { passUntil } from '../../../../test/support/pass-time.ts';

const asker = { host: '10.0.0.1', port: 1_111 };
const request: IndirectPing = {
  seqNo: 77,
  target: Uint8Array.of(10, 0, 0, 3),
  port: 3_333,
  node: 'target',
  nack: true,
  sourceAddr: null,
  sourcePort: 0,
  sourceNode: '',
};

class Fixture {
  readonly clock: StepClock = new StepClock();
  readonly timers: TimerQueue = new TimerQueue();
  readonly stats: SwimStats = new SwimStats();
  readonly sent: string[] = [];
  readonly responder: Responder;
  lastPing: number = -1;

  constructor() {
    const { clock, timers, stats } = this;
    const rng = new SeededRng(1);
    const env = { clock, timers, rng, aead: undefined, fillRandom: () => undefined, trace: undefined };
    const wire = { label: '', compression: false, encryptionVersion: 1, verifyIncoming: true } as const;
    const config = { ...wire, verifyOutgoing: true, skipInboundLabelCheck: false };
    const codec = new PacketCodec(config, undefined, undefined, env.fillRandom);
    const outbox = new Outbox({
      codec,
      queue: new BroadcastQueue(() => 1),
      delegate: silentDelegate,
      effects: {
        sendPacket: (to, packet) =>
          codec.unwrap(packet, {
            receiveMessage: (type, reader) => {
              if (type === 0) this.lastPing = decodePing(reader).seqNo;
              const what =
                type === 0 ? 'ping' : type === 2 ? show(decodeAck(reader)) : `nack ${decodeNack(reader).seqNo}`;
              this.sent.push(`${clock.nowMs} ${what} to ${formatAddress(to)}`);
            },
          }),
        openStream: () => undefined,
        writeStream: () => undefined,
        closeStream: () => undefined,
      },
      stats,
      packetMaxBytes: 1_400,
      membershipShare: 0.75,
    });
    const self = new Member('self');
    const delegate = { ...silentDelegate, ackPayload: () => Uint8Array.of(9) };
    const sequenceNumbers = new SequenceNumbers();
    const members = new MemberList('self', rng);
    this.responder = new Responder({
      self,
      members,
      paths: new DirectPaths(clock, members),
      evidence: new EvidenceRecorder(clock, 1_000),
      probeTimeoutMs: 500,
      bindPort: 7_946,
      outbox,
      delegate,
      sequenceNumbers,
      env,
      stats,
    });
  }

  runTo(atMs: number): void {
    passUntil(this.clock, this.timers, atMs);
  }
}

function show(ack: { readonly seqNo: number; readonly payload: Uint8Array | null }): string {
  return `ack ${ack.seqNo}${ack.payload === null ? '' : ` with ${ack.payload.join()}`}`;
}

test('an ack goes to the advertised source, or else to where the ping came from, with the payload of the layer above', () => {
  const { responder, sent, stats } = new Fixture();
  const ping = { seqNo: 5, node: '', sourceAddr: Uint8Array.of(10, 0, 0, 2), sourcePort: 2_222, sourceNode: 'b' };
  responder.receivePing(ping, asker);
  responder.receivePing({ ...ping, sourcePort: 0 }, asker);
  responder.receivePing({ ...ping, sourceAddr: null }, asker);
  responder.receivePing({ ...ping, node: 'other' }, asker);
  responder.receivePing({ ...ping, sourceAddr: Uint8Array.of(1, 2, 3) }, asker);
  expect(sent).toEqual([
    '0 ack 5 with 9 to 10.0.0.2:2222',
    '0 ack 5 with 9 to 10.0.0.1:1111',
    '0 ack 5 with 9 to 10.0.0.1:1111',
  ]);
  expect([stats.pingsAnswered, stats.pingsIgnored]).toEqual([3, 2]);
});

test('a relayed ack carries the number of the asker and no payload', () => {
  const fixture = new Fixture();
  fixture.responder.receiveIndirectPing(request, asker);
  fixture.runTo(100);
  fixture.responder.receiveAck(fixture.lastPing);
  fixture.responder.receiveAck(fixture.lastPing);
  fixture.runTo(1_000);
  expect(fixture.sent).toEqual(['0 ping to 10.0.0.3:3333', '100 ack 77 to 10.0.0.1:1111']);
});

test('the nack leaves before the probe timeout, and an ack that comes between the two is still relayed', () => {
  const fixture = new Fixture();
  fixture.responder.receiveIndirectPing(request, asker);
  fixture.runTo(450);
  fixture.responder.receiveAck(fixture.lastPing);
  expect(fixture.sent.slice(1)).toEqual(['400 nack 77 to 10.0.0.1:1111', '450 ack 77 to 10.0.0.1:1111']);
});

test('after the probe timeout an ack is for nobody, and without the wish for one no nack is sent', () => {
  const fixture = new Fixture();
  fixture.responder.receiveIndirectPing({ ...request, nack: false, port: 0 }, asker);
  fixture.runTo(500);
  fixture.responder.receiveAck(fixture.lastPing);
  expect(fixture.sent).toEqual(['0 ping to 10.0.0.3:7946']);
  expect(fixture.timers.armedCount).toBe(0);
});

test('relays are bounded, and what cannot be relayed is counted', () => {
  const fixture = new Fixture();
  for (let i = 0; i < 1_100; i++) fixture.responder.receiveIndirectPing(request, asker);
  fixture.responder.receiveIndirectPing({ ...request, target: Uint8Array.of(1) }, asker);
  expect(fixture.timers.armedCount).toBe(1_024);
  expect(fixture.stats.indirectPingsRelayed).toBe(1_024);
  expect(fixture.stats.relaysRefused).toBe(77);
  fixture.responder.dropRelays();
  fixture.runTo(1_000);
  expect(fixture.stats.nacksSent).toBe(0);
});
