import { expect, test } from 'vitest';
import { SerfNode } from '../../../../test/support/serf-node.ts';
import { encodeJoinIntent } from './message-codec.ts';
import { replaySnapshot } from './snapshot.ts';
import type { SerfTraceEvent } from './trace-events.ts';

/** A node with an ear to it, that collects news of members for long. */
function tracedNode(options: ConstructorParameters<typeof SerfNode>[0] = {}): {
  readonly node: SerfNode;
  readonly take: () => SerfTraceEvent[];
} {
  const heard: SerfTraceEvent[] = [];
  const config = { coalescePeriodMs: 3_000, quiescentPeriodMs: 1_000 };
  const node = new SerfNode({ config, ...options, trace: (event) => heard.push(event) }).start();
  return { node, take: () => heard.splice(0) };
}

const newsOf = (events: readonly SerfTraceEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'member-news' ? [`${event.news} ${event.member.name}`] : []));

test('news of members are told at once, and also those that collecting swallows', () => {
  const { node, take } = tracedNode();
  node.runMs(5_000);
  expect([newsOf(take()), node.takeEvents().length]).toEqual([['member-join self'], 1]);
  node.joined('b');
  node.gone('b');
  node.joined('b');
  expect(newsOf(take())).toEqual(['member-join b', 'member-failed b', 'member-join b']);
  expect(node.takeEvents()).toEqual([]);
});

test('a member that is back within a minute after it failed has flapped', () => {
  const { node, take } = tracedNode();
  const flaps = (): SerfTraceEvent[] => take().filter(({ type }) => type === 'member-flapped');
  node.joined('b');
  for (const [awayMs, expected] of [
    [59_999, [{ type: 'member-flapped', node: 'b' }]],
    [60_000, []],
  ] as const) {
    node.gone('b');
    node.runMs(awayMs);
    node.joined('b');
    expect(flaps()).toEqual(expected);
  }
});

test('messages are told as they arrive, readable or not, and as they go out with gossip', () => {
  const { node, take } = tracedNode();
  take();
  node.receive(Uint8Array.of(1, 0xc1));
  node.receive(new Uint8Array());
  node.hear(encodeJoinIntent, { ltime: 5, node: 'c' });
  const out: Uint8Array[] = [];
  node.serf.takeBroadcasts(undefined, 3, 1_400, out);
  const lengthBytes = out[0]!.length;
  expect(take()).toEqual([
    { type: 'message-received', lengthBytes: 2 },
    { type: 'message-received', lengthBytes },
    { type: 'message-gossiped', lengthBytes },
  ]);
});

test('a round trip is told with the distance by which it moved the coordinate', () => {
  const { node, take } = tracedNode();
  const peer = tracedNode();
  take();
  const member = { name: 'b' } as Parameters<SerfNode['serf']['onPingComplete']>[0];
  node.serf.onPingComplete(member, 10, peer.node.serf.ackPayload().slice());
  const [event, ...others] = take();
  expect([event, others]).toEqual([{ type: 'coordinate-moved', rttMs: 10, distanceMs: expect.any(Number) }, []]);
  expect(event?.type === 'coordinate-moved' && event.distanceMs).toBeGreaterThan(0);
});

test('members of the former life are told as they are tried, and how that ended', () => {
  const snapshot = replaySnapshot('alive: b 10.0.0.2:1\nalive: c 10.0.0.3:2\n', { rejoinAfterLeave: false });
  for (const isFound of [false, true]) {
    const { node, take } = tracedNode({ snapshot });
    for (let joins = 1; joins <= 2; joins += 1) {
      node.runMs(1);
      node.joins.pop()!.onDone({ joinedCount: isFound && joins === 2 ? 1 : 0, failures: [] });
    }
    const types = take().flatMap(({ type }) => (type.startsWith('rejoin') ? [type] : []));
    expect(types).toEqual(['rejoin-attempt', 'rejoin-attempt', isFound ? 'rejoined' : 'rejoin-failed']);
  }
});
