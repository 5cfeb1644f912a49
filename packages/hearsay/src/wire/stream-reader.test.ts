import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../util/index.ts';
import { wireLimits } from './limits.ts';
import { encodeNodeEntry, encodePushPullHeader, encodeUserMessageHeader } from './stream-message-codec.ts';
import { MessageType, type NodeEntry } from './messages.ts';
import { StreamCodec } from './stream-framing.ts';
import type { StreamReader } from './stream-reader.ts';
import type { WireConfig } from './wire-config.ts';

const plain: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  skipInboundLabelCheck: false,
};
const codec = new StreamCodec(plain, undefined, undefined, () => {});
const compressing = new StreamCodec({ ...plain, compression: true }, undefined, undefined, () => {});

const entry: NodeEntry = {
  name: 'node-a',
  addr: Uint8Array.of(192, 0, 2, 1),
  port: 7946,
  meta: null,
  incarnation: 1,
  state: 0,
  vsn: Uint8Array.of(1, 5, 2, 0, 0, 0),
};

function read(bytes: Uint8Array): StreamReader {
  const reader = codec.newReader('responder');
  reader.receive(bytes);
  return reader;
}

/** A push/pull that announces what it is told to, and holds `entries` entries. */
function pushPull(nodes: number, userStateLen: number, entries: number = 0): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(MessageType.pushPull);
  encodePushPullHeader(writer, { nodes, userStateLen, join: true });
  for (let index = 0; index < entries; index += 1) encodeNodeEntry(writer, entry);
  return writer.copy();
}

function userHeader(userMsgLen: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(MessageType.user);
  encodeUserMessageHeader(writer, { userMsgLen });
  return writer.copy();
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

function compressedZeros(length: number): Uint8Array {
  return compressing.encode(new Uint8Array(length), 'responder');
}

describe('a limit holds to the unit, before anything that was only announced is waited for', () => {
  test.each([
    ['nodes', pushPull(wireLimits.pushPullNodesMax, 0), pushPull(wireLimits.pushPullNodesMax + 1, 0), 'node-count'],
    [
      'user state',
      pushPull(0, wireLimits.userStateMaxBytes),
      pushPull(0, wireLimits.userStateMaxBytes + 1),
      'too-large',
    ],
    [
      'user message',
      userHeader(wireLimits.streamUserMessageMaxBytes),
      userHeader(wireLimits.streamUserMessageMaxBytes + 1),
      'too-large',
    ],
  ])('%s', (_name, largest, larger, failure) => {
    expect(read(largest).failure).toBeUndefined();
    expect(read(largest).result).toBeUndefined();
    expect(read(larger).failure).toBe(failure);
  });

  test('an encrypted frame', () => {
    const sealing = new StreamCodec(
      plain,
      { keys: [new Uint8Array(16)] },
      { seal: () => new Uint8Array(0), open: () => undefined },
      () => {},
    );
    for (const [length, failure] of [
      [wireLimits.streamFrameMaxBytes, undefined],
      [wireLimits.streamFrameMaxBytes + 1, 'too-large'],
    ] as const) {
      const reader = sealing.newReader('responder');
      reader.receive(Uint8Array.of(MessageType.encrypt, length >>> 24, length >>> 16, length >>> 8, length));
      expect(reader.failure).toBe(failure);
    }
  });

  test('what comes out of a compression', () => {
    // Zeros are a ping that is not one: what matters is how many there are.
    expect(read(compressedZeros(wireLimits.streamDecompressedMaxBytes)).failure).toBe('wrong-type');
    expect(read(compressedZeros(wireLimits.streamDecompressedMaxBytes + 1)).failure).toBe('compression-too-large');
  });

  test('the map of a message', () => {
    const ping = (padding: number): Uint8Array => {
      const header = [MessageType.ping, 0x81, 0xa1, 0x78, 0xdb, padding >>> 24, padding >>> 16, padding >>> 8, padding];
      return Uint8Array.from(header);
    };
    const largest = wireLimits.streamMapMaxBytes - 8;
    expect(read(ping(largest)).failure).toBeUndefined();
    expect(read(ping(largest + 1)).failure).toBe('too-large');
  });

  test('all bytes of a stream', () => {
    const reader = codec.newReader('responder');
    // A compression that announces as much as a stream may hold, less what comes before.
    const announced = wireLimits.streamMaxBytes - 14;
    reader.receive(
      Uint8Array.of(
        9,
        0x81,
        0xa3,
        0x42,
        0x75,
        0x66,
        0xdb,
        announced >>> 24,
        announced >>> 16,
        announced >>> 8,
        announced,
      ),
    );
    const chunk = new Uint8Array(1024 * 1024);
    for (let sent = 0; sent + chunk.length <= wireLimits.streamMaxBytes - 11; sent += chunk.length)
      reader.receive(chunk);
    expect(reader.failure).toBeUndefined();
    reader.receive(chunk);
    expect(reader.failure).toBe('too-large');
  });
});

test('what is held is what has come, whatever is announced', () => {
  const reader = codec.newReader('responder');
  const message = pushPull(wireLimits.pushPullNodesMax, wireLimits.userStateMaxBytes, 10);
  reader.receive(message);
  expect([reader.heldBytes, reader.result, reader.failure]).toEqual([message.length, undefined, undefined]);
});

describe('node entries cost no more than in proportion to the bytes they come in', () => {
  /** Of a suspect `a`, without what is zero: name, incarnation, state and versions. */
  const shortest = '84a44e616d65a161ab496e6361726e6174696f6e01a5537461746501a356736ea6010502000000';
  const withEntries = (nodes: number, hex: string): Uint8Array => Buffer.concat([pushPull(nodes, 0), bytesOf(hex)]);
  const readBoth = (message: Uint8Array): (StreamReader['failure'] | number)[] =>
    [message, compressing.encode(message, 'responder')].map((bytes) => {
      const { failure, result } = read(bytes);
      return failure ?? (result?.type === 'push-pull' ? result.entries.length : 0);
    });

  test('one that is too short to say anything is refused', () => {
    expect(bytesOf(shortest)).toHaveLength(wireLimits.nodeEntryMinBytes);
    expect(readBoth(withEntries(2, shortest.repeat(2)))).toEqual([2, 2]);
    // nil, an empty map, one that has only a name, and the shortest but for its state.
    const stateless = shortest.replace('84', '83').replace('a5537461746501', '');
    for (const hex of ['c0', '80', '81a44e616d65a161', stateless]) {
      const padding = '00'.repeat(wireLimits.nodeEntryMinBytes);
      expect([hex, ...readBoth(withEntries(2, shortest + hex + padding))]).toEqual([hex, 'node-count', 'node-count']);
    }
  });

  test('a count that what was decompressed has no room for is refused before an entry is read', () => {
    const message = withEntries(3, shortest.repeat(2));
    const [plainly, compressed] = [message, compressing.encode(message, 'responder')].map(read);
    // More may come where no layer has an end.
    expect([plainly!.result, plainly!.failure]).toEqual([undefined, undefined]);
    expect(compressed!.failure).toBe('node-count');
  });
});

test('reading byte by byte takes time in proportion to the bytes', () => {
  const message = pushPull(4_000, 200_000, 4_000);
  const bytes = Buffer.concat([message, new Uint8Array(200_000)]);
  const reader = codec.newReader('responder');
  // Were it quadratic, half a million chunks would take hours.
  for (let at = 0; at < bytes.length; at += 1) reader.receive(bytes.subarray(at, at + 1));
  expect(reader.result).toMatchObject({ type: 'push-pull', join: true });
});

test('after the message further bytes are ignored and not kept', () => {
  const reader = read(pushPull(0, 0));
  const { heldBytes, result } = reader;
  reader.receive(new Uint8Array(1000));
  reader.receiveEnd();
  expect([reader.heldBytes, reader.result, reader.failure]).toEqual([heldBytes, result, undefined]);
});

test('the end before the message is complete is a failure that asks for no reply', () => {
  const reader = read(pushPull(1, 0));
  reader.receiveEnd();
  expect([reader.failure, reader.wantsErrorReply]).toEqual(['truncated', undefined]);
});

test('the opening side takes replies and the answering side requests', () => {
  const types = { 0: 'responder', 2: 'initiator', 8: 'responder', 13: 'initiator' } as const;
  for (const [type, side] of Object.entries(types)) {
    for (const reading of ['initiator', 'responder'] as const) {
      const reader = codec.newReader(reading);
      reader.receive(Uint8Array.of(Number(type), 0x80));
      expect([type, reading, reader.failure]).toEqual([type, reading, reading === side ? undefined : 'unknown-type']);
    }
  }
});
