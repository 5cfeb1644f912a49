import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../../../test/golden/vectors.ts';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import { ByteWriter } from '../util/index.ts';
import { encodeJoinIntent, encodeLeaveIntent, encodeUserEvent } from './message-codec.ts';
import { SerfMessageType, type SerfPushPull } from './messages.ts';
import { encodePushPull } from './push-pull-codec.ts';
import { replaySnapshot } from './snapshot.ts';

interface Scenario {
  readonly steps: readonly { readonly op: string; readonly args?: { readonly hex?: string } }[];
}

const path = new URL('../../../../test/vectors/serf/state.json', import.meta.url);
const { scenarios } = JSON.parse(readFileSync(path, 'utf8')) as { readonly scenarios: readonly Scenario[] };
const hexOf = (op: string): Uint8Array[] =>
  scenarios
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.op === op && step.args?.hex !== undefined ? [fromHex(step.args.hex)] : []));
const messages = hexOf('notifyMsg');
const states = hexOf('mergeRemoteState');

function newNode(): SerfNode {
  const node = new SerfNode().start();
  node.joined('b');
  node.takeEvents();
  return node;
}

describe('whatever comes, nothing is thrown', () => {
  const node = newNode();
  const withMistakes = (valid: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
    fc
      .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }), fc.nat(200))
      .map(([bytes, changes, cutAt]) => {
        const copy = bytes.slice();
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return cutAt % 3 === 0 ? copy.slice(0, cutAt) : copy;
      });

  test('as a message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), withMistakes(messages)), (bytes) => node.receive(bytes)),
      { numRuns: 3_000 },
    );
  });

  test('as a state', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), withMistakes(states)), fc.boolean(), (bytes, isJoin) =>
        node.serf.onRemoteState(bytes, isJoin),
      ),
      { numRuns: 3_000 },
    );
  });

  test('as the payload of an ack', () => {
    const [member] = [{ name: 'b' }] as never[];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => node.serf.onPingComplete(member!, 1.5, bytes)),
      { numRuns: 1_000 },
    );
  });
});

test('what cannot be read, is of no known kind or travels otherwise is counted and not passed on', () => {
  const node = newNode();
  node.receive(new Uint8Array());
  for (const type of [2, 6, 7, 8, 10, 255]) node.receive(Uint8Array.of(type, 0x80));
  for (const type of [0, 1, 3, 4, 5]) node.receive(Uint8Array.of(type, 0xc1));
  const { counters } = node.serf.stats;
  expect([counters['messagesUnknown'], counters['messagesUnreadable']]).toEqual([6, 5]);
  expect(node.serf.hasBroadcasts()).toBe(false);
  expect(node.takeEvents()).toEqual([]);
});

describe('times further ahead than any real cluster gets (the reference follows them, and its clocks wrap to 0)', () => {
  const far = 2 ** 52;

  test('do not move a clock, and what they come with is ignored', () => {
    const node = newNode();
    node.hear(encodeLeaveIntent, { ltime: far, node: 'b', prune: true });
    node.hear(encodeJoinIntent, { ltime: far, node: 'c' });
    node.hear(encodeUserEvent, { ltime: far, name: 'x', payload: null, coalesce: false });
    // 2^64 - 1, as in `hostile.json`.
    node.receive(fromHex('0384a24343c2a54c54696d65cfffffffffffffffffa44e616d65a178a75061796c6f6164c0'));
    const { stats } = node.serf;
    expect([stats.memberTime, stats.eventTime, stats.recentIntents]).toEqual([1, 1, 0]);
    expect(stats.counters).toMatchObject({ clockJumpsRefused: 3, messagesUnreadable: 1 });
    expect(node.statusOf('b')).toBe('alive');
    expect(node.takeEvents()).toEqual([]);
  });

  const stateOf = (changes: Partial<SerfPushPull>): Uint8Array => {
    const usual = { ltime: 5, eventLtime: 5, queryLtime: 5, statusLtimes: new Map(), leftMembers: [], events: [] };
    const writer = new ByteWriter();
    encodePushPull(writer, { ...usual, ...changes });
    return writer.copy();
  };
  const clocksOf = ({ serf }: SerfNode): number[] => {
    const { memberTime, eventTime, queryTime } = serf.stats;
    return [memberTime, eventTime, queryTime];
  };

  test('as a clock in a state move the own one by less than a message could, and the rest of the state counts', () => {
    const moved = (7 / 8) * 2 ** 32 + 2;
    for (const [changes, clocks] of [
      [{ ltime: far }, [moved, 5, 5]],
      [{ eventLtime: far }, [6, moved, 5]],
      [{ queryLtime: far }, [6, 5, moved]],
    ] as const) {
      const node = newNode();
      node.serf.onRemoteState(stateOf({ ...changes, statusLtimes: new Map([['b', 4]]), leftMembers: ['b'] }), false);
      expect([clocksOf(node), node.statusOf('b')]).toEqual([clocks, 'leaving']);
      expect(node.serf.stats.counters['clockJumpsRefused']).toBe(1);
    }
  });

  test('do not cut two members off from each other for good when only one of them was moved', () => {
    const [moved, other] = [newNode(), newNode()];
    for (const ltime of [2 ** 32, 2 ** 33]) {
      moved.hear(encodeUserEvent, { ltime, name: 'x', payload: null, coalesce: false });
    }
    for (let exchange = 0; exchange < 3; exchange += 1) other.serf.onRemoteState(moved.serf.localState(false), false);
    expect(clocksOf(other)).toEqual(clocksOf(moved));
  });

  test('in the state of whom a node joins leave it within reach of the others', () => {
    const [node, other] = [new SerfNode({ name: 'a' }).start(), newNode()];
    const time = Number.MAX_SAFE_INTEGER;
    node.joined('b');
    node.serf.beginJoin(true);
    node.serf.onRemoteState(stateOf({ ltime: time, eventLtime: time, queryLtime: time }), true);
    node.serf.endJoin(1);
    other.joined('a');
    for (const each of [node, other]) each.takeEvents();
    node.serf.fireEvent('deploy', new Uint8Array(), false);
    node.serf.query(1, 'load', null);
    node.serf.leave(1_000, () => undefined);
    for (const message of node.takeGossip()) other.receive(message);
    for (const each of [node, other]) {
      expect([each.takeEventTexts().toSorted(), each.statusOf('a')]).toEqual([
        ['query load', 'user deploy'],
        'leaving',
      ]);
    }
  });

  test('do not keep out who joins a pool that was moved, nor who comes back to it with its snapshot', () => {
    const time = 2 ** 34;
    const newcomer = newNode();
    newcomer.serf.beginJoin(true);
    for (let exchange = 0; exchange < 5; exchange += 1) {
      newcomer.serf.onRemoteState(stateOf({ ltime: time, eventLtime: time, queryLtime: time }), exchange === 0);
    }
    const text = `clock: ${time - 1}\nevent-clock: ${time - 1}\nquery-clock: ${time - 1}\n`;
    const restarted = new SerfNode({ snapshot: replaySnapshot(text, { rejoinAfterLeave: false }) });
    for (const node of [newcomer, restarted]) expect(clocksOf(node)).toEqual([time, time, time]);
  });

  test('as a status time in a believable state only that status is ignored', () => {
    const node = newNode();
    const statusLtimes = new Map([
      ['b', far],
      ['c', 4],
    ]);
    node.serf.onRemoteState(stateOf({ statusLtimes, leftMembers: ['b'] }), false);
    expect([node.statusOf('b'), node.serf.stats.recentIntents]).toEqual(['alive', 1]);
  });
});

test('a flood of intents leaves the queue and the memory within their bounds', () => {
  const node = newNode();
  for (let index = 0; index < 20_000; index += 1) {
    node.hear(encodeJoinIntent, { ltime: 1 + index, node: `made-up-${index}` });
  }
  const { stats } = node.serf;
  expect(stats.recentIntents).toBeLessThanOrEqual(4_096);
  expect(stats.intentQueue).toBeLessThanOrEqual(8_192);
  node.runMs(30_000);
  expect(node.serf.stats.intentQueue).toBeLessThanOrEqual(4_096);
});

test('more intents about unknown names than are remembered are passed on once, and do not go round', () => {
  const nodes = ['a', 'b', 'c'].map((name) => new SerfNode({ name }).start());
  const nameCount = 5_000;
  const [a, b] = nodes as [SerfNode, SerfNode];
  for (let index = 0; index < nameCount; index += 1) {
    for (const node of [a, b]) node.hear(encodeJoinIntent, { ltime: 5, node: `made-up-${node.name}-${index}` });
  }
  const carry = (): boolean =>
    nodes.reduce((anything, node, index) => {
      const packet = node.takeGossip(100_000);
      for (const message of packet) nodes[(index + 1) % nodes.length]!.receive(message);
      return anything || packet.length > 0;
    }, false);
  for (let round = 0; round < 1_000 && carry(); round += 1);
  const passedOn = nodes.map(({ serf }) => serf.stats.counters['messagesForwarded']!);
  expect(Math.max(...passedOn)).toBeLessThanOrEqual(2 * nameCount);
  expect(carry()).toBe(false);
});

test('a state that is no push/pull is ignored', () => {
  const node = newNode();
  node.serf.onRemoteState(new Uint8Array(), true);
  node.serf.onRemoteState(Uint8Array.of(SerfMessageType.join, 0x80), true);
  expect(node.serf.stats.counters['statesReceived']).toBe(0);
});
