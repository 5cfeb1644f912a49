/** A node of the pure core, and packets as its peers would send them. */
import { ClusterNode } from 'hearsay/core';
import * as wire from 'hearsay/wire';
import { nodeAead } from '../../packages/hearsay/dist/node/aead.js';
import { RandomPool } from '../../packages/hearsay/dist/node/random.js';
import { ByteWriter, SeededRng } from '../../packages/hearsay/dist/util/index.js';

/** Of the cluster that the node believes to be in. */
export const memberCount = 100;
export const nowMs = 10;

/**
 * A node that knows 99 others, in a world that takes what it sends and says nothing.
 * @param {{ keys?: Uint8Array[], label?: string }} options
 */
export function createNode(options = {}) {
  const sent = { packets: 0, bytes: 0 };
  const ignore = () => undefined;
  const effects = {
    sendPacket(_to, packet) {
      sent.packets += 1;
      sent.bytes += packet.length;
    },
    openStream: ignore,
    writeStream: ignore,
    closeStream: ignore,
    emit: ignore,
  };
  const env = { rng: new SeededRng(1), aead: nodeAead, fillRandom: new RandomPool().take };
  const node = new ClusterNode({ name: 'n0', advertise: addressOf(0), profile: 'lan', ...options }, env, effects);
  node.start(0);
  const codec = createCodec(options);
  for (let index = 1; index < memberCount; index++) {
    node.receivePacket(nowMs, addressOf(index), codec.wrap(encode(wire.encodeAlive, aliveOf(index)), false));
  }
  return { node, sent };
}

/** @param {{ keys?: Uint8Array[], label?: string, compression?: boolean }} options */
export function createCodec({ keys, label = '', compression = false } = {}) {
  const config = {
    label,
    compression,
    encryptionVersion: 1,
    verifyIncoming: true,
    verifyOutgoing: true,
    skipInboundLabelCheck: false,
  };
  return new wire.PacketCodec(config, keys && { keys }, nodeAead, new RandomPool().take);
}

/** The message as memberlist writes it: type byte and body. */
export function encode(encoder, message) {
  const writer = new ByteWriter();
  encoder(writer, message);
  return writer.copy();
}

/**
 * 256 packets from all members in turn. Sequence numbers of all lengths but the shortest, as in a long life.
 * @param {(message: Uint8Array) => Uint8Array} wrap from the ping to what is on the wire
 */
export function pings(wrap = (message) => message) {
  return Array.from({ length: 256 }, (_, i) => {
    const index = 1 + (i % (memberCount - 1));
    const ping = encode(wire.encodePing, pingFrom(index, (i + 1) * 4_999));
    return { from: addressOf(index), packet: wrap(ping).slice() };
  });
}

export function addressOf(index) {
  return { host: `10.0.0.${index + 1}`, port: 7946 };
}

export function aliveOf(index, incarnation = 1) {
  return {
    incarnation,
    node: `n${index}`,
    addr: Uint8Array.of(10, 0, 0, index + 1),
    port: 7946,
    meta: new Uint8Array(0),
    vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
  };
}

export function pingFrom(index, seqNo) {
  const sourceAddr = Uint8Array.of(10, 0, 0, index + 1);
  return { seqNo, node: 'n0', sourceAddr, sourcePort: 7946, sourceNode: `n${index}` };
}
