import { describe, expect, test } from 'vitest';
import { nodeAead } from '../../../../test/golden/node-aead.ts';
import { readVectors } from '../../../../test/support/vectors.ts';
import { PacketCodec } from '../wire/index.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { silentDelegate, type Delegate } from './delegate.ts';
import { Member } from './member.ts';
import { Outbox } from './outbox.ts';
import { SwimStats } from './stats.ts';

const somewhere = { host: '192.0.2.1', port: 7946 };

interface Setup {
  readonly label?: string;
  readonly encryptionVersion?: 0 | 1;
  readonly packetMaxBytes?: number;
  readonly membershipShare?: number;
  readonly delegate?: Partial<Delegate>;
}

class Fixture {
  readonly queue: BroadcastQueue = new BroadcastQueue(() => 1_000);
  readonly packets: Uint8Array[] = [];
  readonly outbox: Outbox;
  readonly #codec: PacketCodec;

  constructor({ label = '', encryptionVersion, packetMaxBytes = 1_400, membershipShare = 0.75, delegate }: Setup = {}) {
    const keys = encryptionVersion === undefined ? undefined : { keys: [new Uint8Array(16)] };
    const rest = { compression: false, verifyIncoming: true, verifyOutgoing: true, skipInboundLabelCheck: false };
    const config = { label, encryptionVersion: encryptionVersion ?? 1, ...rest };
    this.#codec = new PacketCodec(config, keys, nodeAead, () => undefined);
    this.outbox = new Outbox({
      codec: this.#codec,
      queue: this.queue,
      delegate: { ...silentDelegate, ...delegate },
      effects: {
        sendPacket: (_, packet) => this.packets.push(packet.slice()),
        openStream: () => undefined,
        writeStream: () => undefined,
        closeStream: () => undefined,
      },
      stats: new SwimStats(),
      packetMaxBytes,
      membershipShare,
    });
  }

  sendPrimary(lengthBytes: number): void {
    this.outbox.begin().write(message(0, lengthBytes));
    this.outbox.send(somewhere, undefined);
  }

  /** Types and lengths of the messages in packet `index`, type byte included. */
  parts(index: number = 0): { type: number; length: number }[] {
    const parts: { type: number; length: number }[] = [];
    this.#codec.unwrap(this.packets[index]!, {
      receiveMessage: (type, reader) => parts.push({ type, length: 1 + reader.remaining }),
    });
    return parts;
  }
}

/** `type` and zeros. */
function message(type: number, lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  bytes[0] = type;
  return bytes;
}

/** A delegate that gives out messages of these lengths while they fit, the first first, and never runs out. */
function delegateWith(lengths: readonly number[]): Partial<Delegate> {
  return {
    hasBroadcasts: () => true,
    takeBroadcasts: (_, overheadBytes, limitBytes, out) => {
      let leftBytes = limitBytes;
      for (const length of lengths) {
        if (length + overheadBytes > leftBytes) continue;
        leftBytes -= length + overheadBytes;
        out.push(new Uint8Array(length));
      }
    },
  };
}

interface Vector {
  readonly name: string;
  readonly encryption_version?: 0 | 1;
  readonly label: string;
  readonly packet_length_on_wire: number;
  readonly part_lengths: readonly number[];
  readonly primary_length: number;
  readonly queued_lengths: readonly number[];
  readonly udp_buffer_size: number;
  readonly user_lengths: readonly number[] | null;
}

describe('memberlist piggybacking', () => {
  const vectors = readVectors<Vector>('piggyback');

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const fixture = new Fixture({
      label: vector.label,
      packetMaxBytes: vector.udp_buffer_size,
      ...(vector.encryption_version !== undefined && { encryptionVersion: vector.encryption_version }),
      ...(vector.user_lengths !== null && { delegate: delegateWith(vector.user_lengths) }),
    });
    for (const length of vector.queued_lengths) fixture.queue.queueUnique(message(3, length));
    fixture.sendPrimary(vector.primary_length);
    expect(fixture.packets.map((packet) => packet.length)).toEqual([vector.packet_length_on_wire]);
    expect(fixture.parts().map(({ length }) => length)).toEqual(vector.part_lengths);
  });

  test('there are eight vectors', () => {
    expect(vectors.length).toBe(8);
  });
});

test('with nothing to ride along a primary message is sent bare', () => {
  const fixture = new Fixture();
  fixture.sendPrimary(40);
  expect(fixture.packets).toEqual([message(0, 40)]);
});

test('while user messages wait, membership rumors keep to their share of every packet', () => {
  // In memberlist they take all of it for as long as there are enough of them (hashicorp/memberlist#299).
  const fixture = new Fixture({ membershipShare: 0.5, delegate: delegateWith(Array.from({ length: 100 }, () => 20)) });
  for (let i = 0; i < 200; i++) fixture.queue.queueUnique(message(3, 40));
  for (let i = 0; i < 20; i++) fixture.sendPrimary(40);
  for (let i = 0; i < 20; i++) {
    const rumorBytes = fixture.parts(i).reduce((sum, { type, length }) => sum + (type === 3 ? length + 2 : 0), 0);
    expect(rumorBytes).toBeLessThanOrEqual((1_400 - 40 - 2) / 2);
    expect(fixture.parts(i).some(({ type }) => type === 8)).toBe(true);
  }
});

test('a user message as long as a packet goes out although membership rumors never end', () => {
  const fixture = new Fixture({ delegate: delegateWith([1_300]) });
  for (let i = 0; i < 200; i++) fixture.queue.queueUnique(message(3, 40));
  const member = new Member('b');
  for (let i = 0; i < 4; i++) fixture.outbox.sendGossip(somewhere, member);
  expect([0, 1, 2, 3].filter((i) => fixture.parts(i).some(({ type }) => type === 8))).toEqual([3]);
});

test('membership rumors that are few leave the rest of the packet to user messages', () => {
  const fixture = new Fixture({ delegate: delegateWith([1_200]) });
  fixture.queue.queueUnique(message(3, 40));
  fixture.sendPrimary(40);
  expect(fixture.parts().map(({ type }) => type)).toEqual([0, 3, 8]);
});

test('more than 127 messages go out as several packets, none with more parts than old libraries understand', () => {
  const fixture = new Fixture({ delegate: delegateWith(Array.from({ length: 300 }, () => 1)) });
  expect(fixture.outbox.sendGossip(somewhere, new Member('b'))).toBe(300);
  expect(fixture.packets.map((packet) => packet[1])).toEqual([127, 127, 46]);
});

test('the same rumors go to each receiver of a round and count so many transmits, whatever user messages there are', () => {
  let takeCount = 0;
  const fixture = new Fixture({
    delegate: {
      hasBroadcasts: () => true,
      takeBroadcasts: (_, overheadBytes, limitBytes, out) => {
        const length = [300, 900, 120, 20][takeCount++ % 4]!;
        if (length + overheadBytes <= limitBytes) out.push(new Uint8Array(length));
      },
    },
  });
  for (let i = 0; i < 200; i++) fixture.queue.queueUnique(message(3, 40 + i));
  for (let round = 0; round < 8; round++) {
    const before = fixture.packets.length;
    for (const transmits of [0, 0, 3]) fixture.outbox.sendGossip(somewhere, new Member('b'), 1, true, transmits);
    const rumors = [0, 1, 2].map((i) => fixture.parts(before + i).filter(({ type }) => type === 3));
    expect(rumors[1]).toEqual(rumors[0]);
    expect(rumors[2]).toEqual(rumors[0]);
  }
  // Every fourth round is the users’ turn.
  const longIn = fixture.packets.map((_, i) => fixture.parts(i).some(({ length }) => length > 900));
  expect(longIn.filter(Boolean).length).toBeGreaterThanOrEqual(2);
  const sentLengths = fixture.packets.flatMap((_, i) => fixture.parts(i).filter(({ type }) => type === 3));
  for (const { message: rumor, transmitCount } of fixture.queue.entries()) {
    expect(sentLengths.filter(({ length }) => length === rumor.length).length).toBe(transmitCount);
  }
});

test('the same rumors go to each receiver of a round also when the last user message went to the first of them', () => {
  const lengths = [20, 20, 20];
  const fixture = new Fixture({
    delegate: {
      hasBroadcasts: () => lengths.length > 0,
      takeBroadcasts: (_, _overheadBytes, _limitBytes, out) => out.push(new Uint8Array(lengths.shift()!)),
    },
  });
  for (let i = 0; i < 200; i++) fixture.queue.queueUnique(message(3, 40 + i));
  for (let i = 0; i < 3; i++) fixture.sendPrimary(40);
  lengths.push(fixture.outbox.userMessageMaxBytes);
  const before = fixture.packets.length;
  for (const transmits of [0, 0, 3]) fixture.outbox.sendGossip(somewhere, new Member('b'), 2, true, transmits);
  const sent = fixture.packets.slice(before).map((_, i) => fixture.parts(before + i));
  expect(sent[0]!.map(({ type }) => type)).toEqual([8]);
  expect(sent.slice(1)).toEqual([sent[1], sent[1], sent[1]]);
  const transmitCounts = new Set(fixture.queue.entries().map(({ transmitCount }) => transmitCount));
  expect(transmitCounts).toEqual(new Set([0, 1, 3]));
});

test('gossip carries a checksum for members that understand protocol 5', () => {
  const fixture = new Fixture();
  fixture.queue.queueUnique(message(3, 40));
  const member = new Member('b');
  fixture.outbox.sendGossip(somewhere, member);
  member.vsn = Uint8Array.of(1, 5, 2, 0, 0, 0);
  fixture.outbox.sendGossip(somewhere, member);
  expect(fixture.packets.map((packet) => packet[0])).toEqual([3, 12]);
});

describe('several gossip packets for one receiver', () => {
  test('hold no message twice, each as much as one alone, and count one transmit', () => {
    const fixture = new Fixture();
    for (let i = 0; i < 100; i++) fixture.queue.queueUnique(message(1, 100 + i));
    expect(fixture.outbox.fullRumorPacketCount).toBe(10);
    const count = fixture.outbox.sendGossip(somewhere, new Member('a'), 4);
    expect(fixture.packets.length).toBe(4);
    const lengths = fixture.packets.flatMap((_, index) => fixture.parts(index).map((part) => part.length));
    expect(lengths.length).toBe(count);
    expect(new Set(lengths).size).toBe(count);
    for (const packet of fixture.packets) expect(packet.length).toBeLessThanOrEqual(1_402);
    const transmits = fixture.queue.entries().map((entry) => entry.transmitCount);
    expect(transmits.filter((transmitCount) => transmitCount === 1).length).toBe(count);
    expect(transmits.filter((transmitCount) => transmitCount > 1)).toEqual([]);
  });

  test('are no more than there is news for', () => {
    const fixture = new Fixture();
    for (let i = 0; i < 20; i++) fixture.queue.queueUnique(message(1, 100));
    fixture.outbox.sendGossip(somewhere, new Member('a'), 50);
    expect(fixture.packets.length).toBe(2);
    expect(fixture.queue.count).toBe(20);
  });
});
