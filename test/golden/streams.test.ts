import { describe, expect, test } from 'vitest';
import { ByteWriter, SeededRng, randomInt, unreachable } from '../../packages/hearsay/src/util/index.ts';
import {
  encodeNodeEntry,
  encodePushPullHeader,
  encodeUserMessageHeader,
  MessageType,
  encodePing,
  encodeAck,
  type StreamMessage,
  type StreamSide,
} from 'hearsay/wire';
import { toVectorValue, type VectorValue } from './message-kinds.ts';
import { feed, newStreamCodec, outcomeOf, type Chunking } from './stream-helpers.ts';
import { fromHex, loadVectors, toHex } from './vectors.ts';

interface Node {
  readonly compression: boolean;
  readonly label: string;
  readonly ring: readonly string[];
  readonly skip_inbound_label_check: boolean;
  readonly protocol_version: number;
}

interface Decoded {
  readonly empty?: true;
  readonly type?: number;
  readonly header?: VectorValue;
  readonly nodes?: readonly VectorValue[];
  readonly user_state?: string;
  readonly payload?: string;
  readonly value?: VectorValue;
}

interface StreamVector {
  readonly name: string;
  readonly from: readonly string[];
  readonly initiator: Node;
  readonly responder: Node;
  readonly initiator_sends: string;
  readonly responder_sends: string;
  readonly initiator_decoded: Decoded;
  readonly responder_decoded: Decoded;
}

const vectors = loadVectors<StreamVector>('streams');

function codecOf(node: Node, nonce?: Uint8Array): ReturnType<typeof newStreamCodec> {
  return newStreamCodec(
    {
      label: node.label,
      compression: node.compression,
      skipInboundLabelCheck: node.skip_inbound_label_check,
      encryptionVersion: node.protocol_version === 1 ? 0 : 1,
    },
    node.ring.length === 0 ? undefined : node.ring.map(fromHex),
    nonce,
  );
}

interface Direction {
  readonly name: string;
  readonly vector: StreamVector;
  readonly sender: Node;
  readonly reader: Node;
  /** The reader's side. */
  readonly side: StreamSide;
  readonly hex: string;
  readonly decoded: Decoded;
}

/** Both directions of every conversation: who sends, who reads, and what Go read. */
const directions: readonly Direction[] = vectors.flatMap((vector) => [
  {
    name: `${vector.name}, request`,
    vector,
    sender: vector.initiator,
    reader: vector.responder,
    side: 'responder',
    hex: vector.initiator_sends,
    decoded: vector.initiator_decoded,
  },
  {
    name: `${vector.name}, reply`,
    vector,
    sender: vector.responder,
    reader: vector.initiator,
    side: 'initiator',
    hex: vector.responder_sends,
    decoded: vector.responder_decoded,
  },
]);

/** What a reader with the right keys and label would say; the vectors give the content also where it cannot be read. */
const unreadable: Readonly<Record<string, string>> = {
  'ping-wrong-name, reply': 'truncated; replies: undefined',
  'user-plain, reply': 'truncated; replies: undefined',
  'user-200-old, reply': 'truncated; replies: undefined',
  'user-200-new, reply': 'truncated; replies: undefined',
  'user-empty, reply': 'truncated; replies: undefined',
  'user-encrypted-compressed-old, reply': 'truncated; replies: undefined',
  'user-encrypted-compressed-new, reply': 'truncated; replies: undefined',
  'error-encrypted-to-plain-old, request': 'encryption-unexpected; replies: stream refused: encryption-unexpected',
  'error-encrypted-to-plain-new, request': 'encryption-unexpected; replies: stream refused: encryption-unexpected',
  'error-encrypted-to-plain-old, reply': 'encryption-required; replies: undefined',
  'error-encrypted-to-plain-new, reply': 'encryption-required; replies: undefined',
  'error-plain-to-encrypted-old, request': 'encryption-required; replies: stream refused: encryption-required',
  'error-plain-to-encrypted-new, request': 'encryption-required; replies: stream refused: encryption-required',
  'error-plain-to-encrypted-old, reply': 'encryption-unexpected; replies: undefined',
  'error-plain-to-encrypted-new, reply': 'encryption-unexpected; replies: undefined',
  'error-wrong-key-old, request': 'encryption-key; replies: stream refused: encryption-key',
  'error-wrong-key-new, request': 'encryption-key; replies: stream refused: encryption-key',
  'error-wrong-key-old, reply': 'encryption-key; replies: undefined',
  'error-wrong-key-new, reply': 'encryption-key; replies: undefined',
  'label-mismatch, request': 'label-mismatch; replies: undefined',
  'label-mismatch, reply': 'truncated; replies: undefined',
  'label-missing, request': 'label-mismatch; replies: undefined',
  'label-missing, reply': 'truncated; replies: undefined',
  'label-skip-check-double, request': 'label-mismatch; replies: undefined',
  'label-skip-check-double, reply': 'truncated; replies: undefined',
};

/** A message as the vectors write it. */
function toDecoded(message: StreamMessage): Decoded {
  switch (message.type) {
    case 'ping':
      return { type: MessageType.ping, value: toVectorValue(message.ping) };
    case 'ack':
      return { type: MessageType.ack, value: toVectorValue(message.ack) };
    case 'error':
      return { type: MessageType.error, value: { Error: message.error } };
    case 'user':
      return {
        type: MessageType.user,
        header: { UserMsgLen: message.payload.length },
        payload: toHex(message.payload),
      };
    case 'push-pull':
      return {
        type: MessageType.pushPull,
        header: { Join: message.join, Nodes: message.entries.length, UserStateLen: message.userState.length },
        nodes: message.entries.map(toVectorValue),
        user_state: toHex(message.userState),
      };
    default:
      return unreachable(message);
  }
}

describe('a stream is read as Go reads it, whole, byte by byte and in random chunks', () => {
  test.each(directions)('$name', ({ name, reader, side, hex, decoded }) => {
    const bytes = fromHex(hex);
    const rng = new SeededRng(bytes.length);
    const chunkings: Chunking[] = [[bytes.length], [1], ...Array.from({ length: 20 }, () => randomChunks(rng))];
    for (const chunking of chunkings) {
      const outcome = outcomeOf(feed(codecOf(reader).newReader(side), bytes, chunking));
      const { steps: _steps, ...expected } = decoded as Decoded & { readonly steps?: unknown };
      expect(typeof outcome === 'string' ? outcome : toDecoded(outcome)).toEqual(unreadable[name] ?? expected);
    }
  });
});

function randomChunks(rng: SeededRng): Chunking {
  return Array.from({ length: 50 }, () => 1 + randomInt(rng, 40));
}

/** The message with its type byte, as our encoders write it. */
function encodeMessage(message: StreamMessage): Uint8Array {
  const writer = new ByteWriter();
  switch (message.type) {
    case 'ping':
      encodePing(writer, message.ping);
      break;
    case 'ack':
      encodeAck(writer, message.ack);
      break;
    case 'user':
      writer.u8(MessageType.user);
      encodeUserMessageHeader(writer, { userMsgLen: message.payload.length });
      writer.write(message.payload);
      break;
    case 'push-pull':
      writer.u8(MessageType.pushPull);
      encodePushPullHeader(writer, {
        join: message.join,
        nodes: message.entries.length,
        userStateLen: message.userState.length,
      });
      for (const entry of message.entries) encodeNodeEntry(writer, entry);
      writer.write(message.userState);
      break;
    case 'error':
      break;
  }
  return writer.copy();
}

// The newer codec writes lengths above 127 in another form; see messages.test.ts.
const writable = directions.filter(
  ({ name, decoded, vector }) =>
    !(name in unreadable) &&
    decoded.type !== MessageType.error &&
    decoded.empty === undefined &&
    (vector.from.includes('old') || Object.values(decoded.header ?? {}).every((value) => Number(value) < 128)),
);

describe('a message is written to a stream as Go writes it', () => {
  test.each(writable)('$name', ({ sender, reader, side, hex }) => {
    const bytes = fromHex(hex);
    const message = feed(codecOf(reader).newReader(side), bytes).result!;
    const labelBytes = side === 'responder' && sender.label !== '' ? 2 + sender.label.length : 0;
    const nonceAt = labelBytes + 6;
    const codec = codecOf(sender, bytes.subarray(nonceAt, nonceAt + 12));
    const written = codec.encode(encodeMessage(message), side === 'responder' ? 'initiator' : 'responder');
    expect(toHex(written)).toBe(hex);
  });
  expect(writable.length).toBeGreaterThan(20);
});
