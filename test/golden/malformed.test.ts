import { describe, expect, test } from 'vitest';
import type { Ping, WireConfig } from 'hearsay/wire';
import { ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { writeCompressed } from '../../packages/hearsay/src/wire/compression.ts';
import { newPacketCodec, refusalsOf } from './packet-helpers.ts';
import { DecodingSink, type ReceivedMessage } from './packet-messages.ts';
import { feed, newStreamCodec } from './stream-helpers.ts';
import { fromHex, loadVectors, summaryOf } from './vectors.ts';

interface Outcome {
  readonly class: string;
  readonly delegate_messages?: readonly string[];
  /** UDP: what came back. */
  readonly replies?: readonly string[];
  /** TCP: what came back. */
  readonly reply?: { readonly layers_removed: readonly string[]; readonly type: number } | null;
}

interface MalformedVector {
  readonly name: string;
  readonly channel: 'udp' | 'tcp';
  readonly hex?: string;
  readonly crc32?: string;
  readonly length?: number;
  readonly target: {
    readonly compression: boolean;
    readonly key: string | null;
    readonly label: string;
    readonly requires_encryption: boolean;
  };
  readonly outcome: Outcome | { readonly old: Outcome; readonly new: Outcome };
}

const vectors = loadVectors<MalformedVector>('malformed');
const udp = vectors.filter(({ channel }) => channel === 'udp');
const tcp = vectors.filter(({ channel }) => channel === 'tcp');

function configOf({ target }: MalformedVector): Partial<WireConfig> {
  return { label: target.label, compression: target.compression, verifyIncoming: target.requires_encryption };
}

function keysOf({ target }: MalformedVector): readonly Uint8Array[] | undefined {
  return target.key === null ? undefined : [fromHex(target.key)];
}

/** Three inputs are too long to be given as they are. */
function bytesOf(vector: MalformedVector): Uint8Array {
  if (vector.hex !== undefined) return fromHex(vector.hex);
  const bytes = vector.name.startsWith('udp-compress-40mib') ? zerosCompressed(vector) : nestedPing(15_000);
  expect([bytes.length, summaryOf(bytes).crc32]).toEqual([vector.length, vector.crc32]);
  return bytes;
}

function zerosCompressed({ name }: MalformedVector): Uint8Array {
  const writer = new ByteWriter();
  writeCompressed(writer, new Uint8Array(name.endsWith('plus-1') ? 41_943_041 : 41_943_040));
  return writer.view();
}

/** The valid ping inside `depth` compounds of one part each. */
function nestedPing(depth: number): Uint8Array {
  const ping = fromHex(udp.find(({ name }) => name === 'udp-valid-ping')!.hex!);
  const bytes = new Uint8Array(4 * depth + ping.length);
  for (let at = 0; at < 4 * depth; at += 4) {
    const partLength = bytes.length - at - 4;
    bytes.set([7, 1, partLength >>> 8, partLength & 0xff], at);
  }
  bytes.set(ping, 4 * depth);
  return bytes;
}

/**
 * What each packet gives: the messages that decode, then the reasons of refusals. A message that decodes may still be
 * of no use (a ping for another name): what is then done with it is tested where it is done.
 */
const packetOutcomes: Readonly<Record<string, string>> = {
  'udp-valid-ping': 'ping 900',
  'udp-empty': 'empty',
  'udp-type-6': 'unknown-type',
  'udp-type-10': 'unknown-type',
  'udp-type-12': 'unknown-type',
  'udp-type-13': 'unknown-type',
  'udp-type-14': 'unknown-type',
  'udp-type-127': 'unknown-type',
  'udp-type-128': 'unknown-type',
  'udp-type-244': 'label-mismatch',
  'udp-type-255': 'unknown-type',
  'udp-type-only-0': 'truncated',
  'udp-type-only-1': 'truncated',
  'udp-type-only-2': 'truncated',
  'udp-type-only-3': 'truncated',
  'udp-type-only-4': 'truncated',
  'udp-type-only-5': 'truncated',
  'udp-type-only-7': 'truncated',
  'udp-type-only-9': 'truncated',
  'udp-type-only-11': 'truncated',
  'udp-user-empty': 'user',
  'udp-ping-truncated': 'truncated',
  'udp-ping-trailing': 'ping 900',
  'udp-ping-wrong-name': 'ping 901',
  'udp-ping-empty-name': 'ping 902',
  'udp-ping-source-3-bytes': 'ping 903',
  'udp-ping-source-port-0': 'ping 904',
  'udp-ack-unknown': 'ackResp',
  'udp-crc-good': 'ping 900',
  'udp-crc-bad': 'checksum',
  'udp-crc-short': 'unknown-type',
  'udp-crc-empty': 'empty',
  'udp-crc-nested': 'unknown-type',
  'udp-crc-in-compound': 'unknown-type',
  'udp-compress-good': 'ping 900',
  'udp-compress-crc-inside': 'unknown-type',
  'udp-compress-twice': 'ping 900',
  'udp-compress-algo-1': 'compression-algorithm',
  'udp-compress-truncated': 'truncated',
  'udp-compress-bad-code': 'compression-data',
  'udp-compress-no-eof': 'compression-data',
  'udp-compress-empty': 'empty',
  'udp-compress-nil-buf': 'compression-data',
  'udp-compress-40mib': 'compression-too-large',
  'udp-compress-40mib-plus-1': 'compression-too-large',
  'udp-compound-good': 'ping 900',
  'udp-compound-empty-part': 'ping 900, empty',
  'udp-compound-zero-parts': '',
  'udp-compound-truncated-part': 'ping 900, truncated',
  'udp-compound-200-short': 'truncated',
  'udp-compound-nested-8': 'wrapped-too-deep',
  'udp-compound-nested-15000': 'wrapped-too-deep',
  'udp-suspect-no-fields': 'suspect',
  'udp-alive-no-fields': 'alive',
  'udp-alive-vsn-5': 'alive',
  'udp-alive-vsn-2': 'alive',
  'udp-alive-huge-raw32': 'truncated',
  'udp-alive-huge-array32': 'truncated',
  'udp-indirect-ping-to-sender': 'indirectPingReq',
  'udp-indirect-ping-no-nack': 'indirectPingReq',
  'udp-enc-good': 'ping 900',
  'udp-enc-plain': 'encryption-short',
  'udp-enc-plain-not-required': 'ping 900',
  'udp-enc-wrong-key': 'encryption-key',
  'udp-enc-version-2': 'encryption-version',
  'udp-enc-short': 'encryption-short',
  'udp-enc-empty-plain': 'empty',
  'udp-enc-v0-from-v1-node': 'ping 900',
  'udp-enc-v0-pad-255': 'encryption-padding',
  'udp-enc-version-flip': 'encryption-padding',
  'udp-enc-crc-inside': 'ping 900',
  'udp-enc-crc-outside': 'encryption-version',
  'udp-label-good': 'ping 900',
  'udp-label-missing': 'label-mismatch',
  'udp-label-other': 'label-mismatch',
  'udp-label-unexpected': 'label-mismatch',
  'udp-label-zero-length': 'label-malformed',
  'udp-label-truncated': 'label-malformed',
  'udp-label-nothing-after': 'empty',
  'udp-label-enc-aad-missing': 'encryption-key',
  'udp-label-enc-aad-right': 'ping 900',
  'udp-label-inside-encryption': 'label-mismatch',
  'udp-label-to-old': 'label-mismatch',
};

/** Where Go goes on and we do not: 8 and 15,000 compounds in one another. Correct senders nest none. */
const deeperThanWeGo: ReadonlySet<string> = new Set(['udp-compound-nested-8', 'udp-compound-nested-15000']);

describe('a packet that is wrong is dropped for a reason', () => {
  test.each(udp)('$name', (vector) => {
    const codec = newPacketCodec(configOf(vector), keysOf(vector));
    const sink = new DecodingSink();
    codec.unwrap(bytesOf(vector), sink);
    expect(describePacket(sink.messages, refusalsOf(codec))).toBe(packetOutcomes[vector.name]);
  });
});

/** What a packet gave, in one line. */
function describePacket(messages: readonly ReceivedMessage[], refusals: Record<string, number>): string {
  const kinds = messages.map(({ kind, value }) => (kind === 'ping' ? `ping ${(value as Ping).seqNo}` : kind));
  return [...kinds, ...Object.keys(refusals)].join(', ');
}

test('whatever the newer library answered or handed on, we read too', () => {
  for (const vector of udp) {
    const { replies = [], delegate_messages: delivered = [] } = newerOutcome(vector);
    const outcome = packetOutcomes[vector.name]!;
    for (const reply of replies) {
      const wanted = reply.startsWith('ack') ? reply.replace('ack', 'ping') : 'indirectPingReq';
      if (!deeperThanWeGo.has(vector.name))
        expect([vector.name, outcome]).toEqual([vector.name, expect.stringContaining(wanted)]);
    }
    if (delivered.length > 0) expect(outcome).toBe('user');
  }
});

/** What each stream gives: the type of the message or the reason of the refusal, and whether an error is sent back. */
const streamOutcomes: Readonly<Record<string, string>> = {
  'tcp-valid-push-pull': 'push-pull',
  'tcp-valid-ping': 'ping',
  'tcp-nothing': 'truncated',
  'tcp-silent': 'truncated',
  'tcp-type-1': 'unknown-type',
  'tcp-type-2': 'unknown-type',
  'tcp-type-3': 'unknown-type',
  'tcp-type-4': 'unknown-type',
  'tcp-type-5': 'unknown-type',
  'tcp-type-7': 'unknown-type',
  'tcp-type-11': 'unknown-type',
  'tcp-type-12': 'unknown-type',
  'tcp-type-13': 'unknown-type',
  'tcp-type-14': 'unknown-type',
  'tcp-type-255': 'unknown-type',
  'tcp-ping-wrong-name': 'ping',
  'tcp-ping-truncated': 'truncated',
  'tcp-push-pull-type-only': 'truncated',
  'tcp-push-pull-nodes-missing': 'truncated',
  'tcp-push-pull-nodes-negative': 'node-count',
  'tcp-push-pull-nodes-1048577': 'node-count',
  'tcp-push-pull-nodes-2147483647': 'node-count',
  'tcp-push-pull-nodes-2-62': 'node-count',
  'tcp-push-pull-user-state-negative': 'negative',
  'tcp-push-pull-user-state-20mib-plus-1': 'too-large',
  'tcp-push-pull-user-state-2-62': 'too-large',
  'tcp-push-pull-user-state-short': 'truncated',
  'tcp-push-pull-trailing': 'push-pull',
  'tcp-push-pull-incompatible': 'push-pull',
  'tcp-push-pull-vsn-2': 'push-pull',
  'tcp-push-pull-no-vsn': 'push-pull',
  'tcp-push-pull-merge-delegate-no-vsn': 'push-pull',
  'tcp-two-messages': 'ping',
  'tcp-user-negative': 'negative',
  'tcp-user-20mib-plus-1': 'too-large',
  'tcp-user-2-62': 'too-large',
  'tcp-user-short': 'truncated',
  'tcp-compress-good': 'push-pull',
  'tcp-compress-twice': 'unknown-type',
  'tcp-compress-empty': 'empty, replies',
  'tcp-compress-algo-1': 'compression-algorithm, replies',
  'tcp-compress-bad-code': 'compression-data, replies',
  'tcp-compress-bad-code-replies-compressed': 'compression-data, replies',
  'tcp-compress-truncated': 'truncated',
  'tcp-encrypted-to-plain': 'encryption-unexpected, replies',
  'tcp-enc-good': 'push-pull',
  'tcp-enc-plain': 'encryption-required, replies',
  'tcp-enc-plain-not-required': 'push-pull',
  'tcp-enc-wrong-key': 'encryption-key, replies',
  'tcp-enc-aad-without-header': 'encryption-key, replies',
  'tcp-enc-length-20mib-plus-1': 'too-large, replies',
  'tcp-enc-length-zero': 'encryption-short, replies',
  'tcp-enc-length-short': 'truncated',
  'tcp-enc-header-short': 'truncated',
  'tcp-enc-empty-plain': 'empty, replies',
  'tcp-enc-trailing': 'push-pull',
  'tcp-enc-encrypted-twice': 'unknown-type',
  'tcp-label-good': 'push-pull',
  'tcp-label-missing': 'label-mismatch',
  'tcp-label-other': 'label-mismatch',
  'tcp-label-unexpected': 'label-mismatch',
  'tcp-label-truncated': 'truncated',
  'tcp-label-marker-only': 'truncated',
  'tcp-label-zero-length': 'label-malformed',
  'tcp-label-to-old': 'label-mismatch',
};

describe('a stream that is wrong is refused for a reason, with an error reply where Go sends one', () => {
  test.each(tcp)('$name', (vector) => {
    const reader = feed(newStreamCodec(configOf(vector), keysOf(vector)).newReader('responder'), bytesOf(vector));
    const replies = reader.wantsErrorReply === undefined ? '' : ', replies';
    expect(`${reader.result?.type ?? reader.failure}${replies}`).toBe(streamOutcomes[vector.name]);
    const { class: fate, reply } = newerOutcome(vector);
    // Go dies of an authenticated empty plaintext; there is no reply to compare with.
    expect(reader.wantsErrorReply !== undefined).toBe(fate === 'survives' ? reply?.type === 13 : true);
  });
});

function newerOutcome({ outcome }: MalformedVector): Outcome {
  return 'new' in outcome ? outcome.new : outcome;
}
