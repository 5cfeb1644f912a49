import { describe, expect, test } from 'vitest';
import { nodeAead } from '../../../../test/golden/node-aead.ts';
import { fromHex, toHex } from '../../../../test/golden/vectors.ts';
import { readVectors } from '../../../../test/support/vectors.ts';
import { SeededRng, type Address } from '../util/index.ts';
import { decodeAck, decodeNack, MessageType, PacketCodec, StreamCodec, type WireConfig } from '../wire/index.ts';
import { ClusterNode } from './cluster-node.ts';

// Hostile input to a live node, and what memberlist did with it. Where Go died, we go on.

interface Outcome {
  readonly class: string;
  readonly delegate_messages?: readonly string[];
  readonly other_nodes_known?: readonly string[];
  readonly replies?: readonly string[];
  readonly reply?: { readonly type: number } | null;
}

interface Vector {
  readonly name: string;
  readonly channel: 'udp' | 'tcp';
  /** Absent for three that are too long to be given; the codec's own tests make them. */
  readonly hex?: string;
  readonly sender_half_closes?: boolean;
  readonly target: {
    readonly compression: boolean;
    readonly key: string | null;
    readonly label: string;
    readonly merge_delegate: boolean;
    readonly requires_encryption: boolean;
  };
  readonly outcome: Outcome | { readonly old: Outcome; readonly new: Outcome };
}

const vectors = readVectors<Vector>('malformed').filter(({ hex }) => hex !== undefined);

/** Where we decide otherwise than the reference, each for a stated limit. */
const departures: Record<string, Partial<Outcome>> = {
  // wireLimits.wrappingMaxDepth: correct senders nest two.
  'udp-compound-nested-8': { replies: [] },
  // Nobody without a name and an address is listed.
  'udp-alive-no-fields': { other_nodes_known: [] },
  // Two clusters that meet both learn by what they differ: whoever opens a stream is told that the label is another one.
  'tcp-label-missing': { reply: { type: MessageType.error } },
  'tcp-label-other': { reply: { type: MessageType.error } },
  'tcp-label-unexpected': { reply: { type: MessageType.error } },
  'tcp-label-to-old': { reply: { type: MessageType.error } },
};

const sender: Address = { host: '192.0.2.77', port: 7777 };

class Target {
  readonly node: ClusterNode;
  readonly replies: string[] = [];
  readonly userMessages: string[] = [];
  readonly streamBytes: Uint8Array[] = [];
  isClosed: boolean = false;
  nowMs: number = 0;
  readonly #packetCodec: PacketCodec;
  readonly #config: WireConfig;
  readonly #keys: { keys: Uint8Array[] } | undefined;

  constructor({ target }: Vector) {
    const { compression, label, requires_encryption: verifyIncoming } = target;
    const keys = target.key === null ? [] : [fromHex(target.key)];
    const shared = { label, compression, verifyIncoming, verifyOutgoing: true, skipInboundLabelCheck: false };
    this.#config = { ...shared, encryptionVersion: 1 };
    this.#keys = keys.length === 0 ? undefined : { keys };
    this.#packetCodec = new PacketCodec(this.#config, this.#keys, nodeAead, () => undefined);
    const rng = new SeededRng(1);
    this.node = new ClusterNode(
      {
        name: 'target',
        advertise: { host: '192.0.2.1', port: 7946 },
        keys,
        profile: 'local',
        swim: shared,
        ...(target.merge_delegate && { delegate: { acceptMerge: () => true } }),
      },
      { rng, aead: nodeAead, fillRandom: () => undefined },
      {
        sendPacket: (to, packet) => this.#onPacket(to, packet),
        openStream: () => undefined,
        writeStream: (_, chunk) => this.streamBytes.push(chunk.slice()),
        closeStream: () => (this.isClosed = true),
        emit: (event) => {
          if (event.type === 'user-message') this.userMessages.push(toHex(event.payload));
        },
      },
    );
    this.node.start(0);
  }

  runForMs(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.node.nextDeadlineMs <= endMs) {
      this.nowMs = this.node.nextDeadlineMs;
      this.node.advance(this.nowMs);
    }
    this.nowMs = endMs;
  }

  otherNodes(): string[] {
    return this.node.allMembers.filter(({ name }) => name !== 'target').map(({ name, state }) => `${name}=${state}`);
  }

  /** The type of the one message written to the stream, null when there was none. */
  streamReply(): { type: number } | null {
    if (this.streamBytes.length === 0) return null;
    const reader = new StreamCodec(this.#config, this.#keys, nodeAead, () => undefined).newReader('initiator');
    for (const chunk of this.streamBytes) reader.receive(chunk);
    expect(reader.failure).toBe(undefined);
    return { type: { ping: 0, ack: 2, 'push-pull': 6, user: 8, error: 13 }[reader.result!.type] };
  }

  /** A valid ping, with all layers the target demands. */
  ping(seqNo: number): void {
    const ping = Uint8Array.of(0, 0x81, 0xa5, ...Buffer.from('SeqNo'), 0xcd, seqNo >>> 8, seqNo & 0xff);
    this.node.receivePacket(this.nowMs, sender, this.#packetCodec.wrap(ping, false));
  }

  #onPacket(to: Address, packet: Uint8Array): void {
    if (to.host !== sender.host) return;
    this.#packetCodec.unwrap(packet, {
      receiveMessage: (type, reader) => {
        if (type === 2) this.replies.push(`ack ${decodeAck(reader).seqNo}`);
        if (type === 11) this.replies.push(`nack ${decodeNack(reader).seqNo}`);
      },
    });
  }
}

function expectedOf(vector: Vector): Outcome | undefined {
  const { outcome } = vector;
  const newest = 'new' in outcome ? outcome.new : outcome;
  return newest.class === 'survives' ? { ...newest, ...departures[vector.name] } : undefined;
}

describe('malformed packets to a live node', () => {
  const udp = vectors.filter(({ channel }) => channel === 'udp');

  test.each(udp.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const target = new Target(vector);
    target.node.receivePacket(0, sender, fromHex(vector.hex!));
    target.runForMs(400);
    const expected = expectedOf(vector);
    if (expected !== undefined) {
      expect(target.replies).toEqual(expected.replies);
      expect(target.userMessages).toEqual(expected.delegate_messages);
      expect(target.otherNodes()).toEqual(expected.other_nodes_known);
    }
    target.replies.length = 0;
    target.ping(999);
    expect(target.replies).toEqual(['ack 999']);
  });
});

describe('malformed streams to a live node', () => {
  const tcp = vectors.filter(({ channel }) => channel === 'tcp');

  test.each(tcp.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const target = new Target(vector);
    const stream = target.node.acceptStream(0, sender)!;
    target.node.receiveStream(0, stream, fromHex(vector.hex!));
    if (vector.sender_half_closes === true) target.node.streamClosed(0, stream);
    else target.runForMs(1_000);
    expect(target.isClosed).toBe(true);
    const expected = expectedOf(vector);
    if (expected !== undefined) {
      expect(target.streamReply()).toEqual(expected.reply === null ? null : { type: expected.reply!.type });
      expect(target.otherNodes()).toEqual(expected.other_nodes_known);
    }
    expect(target.node.stats.streams).toBe(0);
    target.ping(999);
    expect(target.replies).toEqual(['ack 999']);
  });
});

test('there are 148 vectors, 145 of them given as bytes', () => {
  expect(readVectors<Vector>('malformed').length).toBe(148);
  expect(vectors.length).toBe(145);
});
