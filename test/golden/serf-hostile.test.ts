import { describe, expect, test } from 'vitest';
import { encodeRelayHeader } from '../../packages/hearsay/src/serf/message-codec.ts';
import { ByteWriter } from '../../packages/hearsay/src/util/index.ts';
import { SerfNode } from '../support/serf-node.ts';
import { loadSerfVectors, newerOf, type PerGeneration } from './serf-vectors.ts';
import { fromHex, toHex } from './vectors.ts';

interface Outcome {
  /** Null: the agent lived on. */
  readonly exit: number | null;
  readonly clocks: Readonly<Record<'member_time' | 'event_time' | 'query_time', string>>;
}

interface HostilePacket {
  readonly name: string;
  readonly hex: string;
  readonly result: PerGeneration<Outcome>;
}

const { packets, relayBounce } = loadSerfVectors<{
  readonly packets: readonly HostilePacket[];
  readonly relayBounce: { readonly hexAtDestination: string };
}>('hostile');

const forwarded = ['messagesForwarded', 'queriesReceived'];

/** What each packet leads to with us: the counters that it moves. */
const outcomes: Readonly<Record<string, readonly string[]>> = {
  'install-key query without payload': ['messagesUnreadable'],
  'use-key query without payload': ['messagesUnreadable'],
  'query with an empty filter': ['messagesUnreadable'],
  'query with a cut filter': forwarded,
  'query with an address of 3 bytes and the acknowledgement flag': [
    ...forwarded,
    'queriesMatched',
    'queriesUnanswerable',
  ],
  'query without address, acknowledgement': [...forwarded, 'queriesMatched', 'queriesUnanswerable'],
  'unknown internal query': [...forwarded, 'queriesMatched', 'internalQueriesUnknown'],
  'unknown message type': ['messagesUnknown'],
  'query response nobody waits for': ['responsesUnexpected'],
  'leave message cut short': ['messagesUnreadable'],
  'empty user message': [],
  'conflict response as a message': ['messagesUnknown'],
  'push/pull as a message': ['messagesUnknown'],
  'user event with the highest clock': ['messagesUnreadable'],
  'join with the highest clock': ['messagesUnreadable'],
};

describe('a packet that hurts others does no harm', () => {
  test.each(packets)('$name', ({ name, hex, result }) => {
    const node = new SerfNode().start();
    const before = node.serf.stats.counters;
    // Memberlist's type byte is not ours.
    node.receive(fromHex(hex).subarray(1));
    const { counters: after, memberTime, eventTime, queryTime } = node.serf.stats;
    const moved = Object.keys(after).filter((counter) => after[counter] !== before[counter]);
    expect(moved.toSorted()).toEqual(outcomes[name]!.toSorted());
    // What would kill others is not handed on to them.
    if (newerOf(result).exit !== null) expect(node.takeGossip()).toEqual([]);
    const { exit, clocks } = newerOf(result);
    // Where the reference lives on, the clocks show the same; where its clock wraps to 0, ours stands still.
    if (exit === null) {
      expect([memberTime, eventTime, queryTime]).toEqual(
        [clocks.member_time, clocks.event_time, clocks.query_time].map((time) => Math.max(Number(time), 1)),
      );
    }
  });
});

test('a relay is no way to send others whatever one likes', () => {
  const node = new SerfNode().start();
  node.joined('victim', { addr: '127.0.0.1', port: 9_000 });
  const writer = new ByteWriter();
  encodeRelayHeader(writer, { addr: Uint8Array.of(127, 0, 0, 1), port: 9_000, name: 'victim' });
  const inner = fromHex(relayBounce.hexAtDestination).subarray(1);
  node.receive(Uint8Array.of(...writer.view(), ...inner));
  expect(node.sent.map(({ message }) => toHex(message))).toEqual([]);
  expect(node.serf.stats.counters['relaysRefused']).toBe(1);
});
