import {
  decodeAck,
  decodeAlive,
  decodeDead,
  decodeIndirectPing,
  decodeNack,
  decodePing,
  decodeSuspect,
  MessageType,
  newRefusals,
  PacketCodec,
  StreamCodec,
  toAddress,
  wireFailures,
  wireLimits,
  type Aead,
  type MessageSink,
  type StreamSide,
  type WireConfig,
  type WireFailure,
} from 'hearsay/wire';
import { randomInt, type ByteReader, type Rng } from '../../packages/hearsay/src/util/index.ts';
import { fromHex } from '../golden/vectors.ts';

/**
 * Seals with a fixed tag and no cipher: so that changed bytes get past it, and fast. That real AES-GCM refuses what
 * was changed is tested elsewhere.
 */
const openAead: Aead = {
  seal: (_key, _nonce, plaintext) => Buffer.concat([plaintext, tag]),
  open: (_key, _nonce, sealed) =>
    tag.equals(sealed.subarray(sealed.length - tag.length))
      ? new Uint8Array(sealed.subarray(0, sealed.length - tag.length))
      : undefined,
};
const tag = Buffer.alloc(16, 0x5a);

const plain: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  skipInboundLabelCheck: false,
};
const configs: readonly WireConfig[] = [
  plain,
  { ...plain, compression: true },
  { ...plain, label: 'dc1' },
  { ...plain, label: 'dc1', skipInboundLabelCheck: true },
  { ...plain, verifyIncoming: false },
  { ...plain, encryptionVersion: 0, compression: true },
];
/** The keys of the recorded traffic. They only have to be there: {@link openAead} does not look. */
const keys = [fromHex('000102030405060708090a0b0c0d0e0f'), fromHex('10171e252c333a41484f565d646b7279')];

interface Node {
  readonly packets: PacketCodec;
  readonly streams: StreamCodec;
}

function newNode(config: WireConfig, nodeKeys: readonly Uint8Array[]): Node {
  const source = { keys: nodeKeys };
  const fillRandom = (target: Uint8Array): Uint8Array => target.fill(7);
  return {
    packets: new PacketCodec(config, source, openAead, fillRandom),
    streams: new StreamCodec(config, source, openAead, fillRandom),
  };
}

/** Every configuration, without and with keys. */
const nodes: readonly Node[] = configs.flatMap((config) => [newNode(config, []), newNode(config, keys)]);

/** Decodes as a node would, and checks what comes out. */
class CheckingSink implements MessageSink {
  messageCount: number = 0;

  receiveMessage(type: number, reader: ByteReader): void {
    this.messageCount += 1;
    switch (type) {
      case MessageType.ping: {
        const ping = decodePing(reader);
        toAddress(ping.sourceAddr, ping.sourcePort);
        return check(ping.seqNo <= 0xffff_ffff && typeof ping.node === 'string', 'a ping has numbers and texts');
      }
      case MessageType.indirectPing:
        return check(decodeIndirectPing(reader).port <= 0xffff, 'a port has two bytes');
      case MessageType.ack:
        return check(decodeAck(reader).seqNo >= 0, 'numbers are not negative');
      case MessageType.nack:
        return check(decodeNack(reader).seqNo >= 0, 'numbers are not negative');
      case MessageType.suspect:
        return check(decodeSuspect(reader).incarnation <= 0xffff_ffff, 'an incarnation has four bytes');
      case MessageType.dead:
        return check(decodeDead(reader).incarnation <= 0xffff_ffff, 'an incarnation has four bytes');
      case MessageType.alive: {
        const alive = decodeAlive(reader);
        toAddress(alive.addr, alive.port);
        return check(alive.port <= 0xffff, 'a port has two bytes');
      }
      case MessageType.user:
        return;
      default:
        check(false, `no message of type ${type} comes in a packet`);
    }
  }
}

function check(isTrue: boolean, invariant: string): void {
  if (!isTrue) throw new Error(`fuzz: ${invariant}`);
}

const sink = new CheckingSink();

/** Gives changed bytes to a node as a packet: as they are, or wrapped so that the changes lie below the layers. */
export function runPacket(rng: Rng, bytes: Uint8Array): void {
  const { packets } = nodes[randomInt(rng, nodes.length)]!;
  const isWrapped = bytes.length > 0 && randomInt(rng, 2) === 0;
  const packet = Uint8Array.from(isWrapped ? packets.wrap(bytes, randomInt(rng, 2) === 0) : bytes);
  if (randomInt(rng, 8) === 0) flipBitNearStart(rng, packet);
  const messagesBefore = sink.messageCount;
  packets.unwrap(packet, sink);
  check(sink.messageCount - messagesBefore <= wireLimits.packetPartsMax, 'the messages of a packet are bounded');
}

/** Where label, version and checksum are: the version of a genuine packet can be changed by anyone on the path. */
function flipBitNearStart(rng: Rng, packet: Uint8Array): void {
  const at = randomInt(rng, Math.min(packet.length, 24));
  if (at < packet.length) packet[at]! ^= 1 << randomInt(rng, 8);
}

/** Gives changed bytes to a node as a stream, in random chunks. */
export function runStream(rng: Rng, bytes: Uint8Array): void {
  const { streams } = nodes[randomInt(rng, nodes.length)]!;
  const side: StreamSide = randomInt(rng, 3) === 0 ? 'initiator' : 'responder';
  const isWrapped = bytes.length > 0 && randomInt(rng, 2) === 0;
  const sent = isWrapped ? streams.encode(bytes, side === 'responder' ? 'initiator' : 'responder') : bytes;
  const reader = streams.newReader(side);
  const chunkMaxBytes = 1 + randomInt(rng, sent.length + 1);
  for (let at = 0; at < sent.length;) {
    const length = 1 + randomInt(rng, chunkMaxBytes);
    reader.receive(sent.subarray(at, at + length));
    at += length;
  }
  reader.receiveEnd();
  check((reader.result === undefined) !== (reader.failure === undefined), 'a stream ends in a message or a failure');
  check(reader.heldBytes <= sent.length, 'what is held is what has come');
  if (reader.failure === undefined) streamMessageCount += 1;
  else streamRefusals[reader.failure] += 1;
}

let streamMessageCount = 0;
const streamRefusals = newRefusals();

/** How much came through: a fuzzer that never gets past the first byte finds nothing. */
export interface Progress {
  readonly packetMessages: number;
  readonly streamMessages: number;
  /** Reasons for which nothing was refused so far. */
  readonly neverSeen: readonly WireFailure[];
}

export function progress(): Progress {
  const isSeen = (reason: WireFailure): boolean =>
    streamRefusals[reason] > 0 || nodes.some(({ packets }) => packets.stats[reason] > 0);
  return {
    packetMessages: sink.messageCount,
    streamMessages: streamMessageCount,
    neverSeen: wireFailures.filter((reason) => !isSeen(reason)),
  };
}
