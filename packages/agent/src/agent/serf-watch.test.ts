import { expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { memberEvents } from './event-filter.ts';
import { Metrics } from './metrics.ts';
import { watchSerf, type SerfWatch } from './serf-watch.ts';

type TraceEvent = Parameters<SerfWatch['trace']>[0];
type Member = Extract<TraceEvent, { readonly type: 'member-news' }>['member'];

const member = { name: 'a', address: { host: '127.0.0.1', port: 7_946 } } as Member;

function watch(...events: readonly TraceEvent[]): { readonly lines: readonly string[]; readonly metrics: Metrics } {
  const log = new AgentLog('info');
  const metrics = new Metrics();
  const { trace } = watchSerf(log.logger('serf'), metrics);
  for (const event of events) trace(event);
  return { lines: log.ring.lines('info').map(({ text }) => text.slice(20)), metrics };
}

test('news of members are logged in the words of Serf, and counted under its names', () => {
  const { lines, metrics } = watch(...memberEvents.map((news) => ({ type: 'member-news', news, member }) as const));
  expect(lines).toEqual([
    '[INFO] serf: EventMemberJoin: a 127.0.0.1',
    '[INFO] serf: EventMemberLeave: a 127.0.0.1',
    '[INFO] serf: EventMemberFailed: a 127.0.0.1',
    '[INFO] serf: EventMemberUpdate: a',
    '[INFO] serf: EventMemberReap: a',
  ]);
  const names = ['serf.member.join', 'serf.member.left', 'serf.member.failed', 'serf.member.update'];
  expect([...metrics.totals.counters.keys()]).toEqual(names);
});

test('attempts to find members again are logged in the words of Serf', () => {
  const facts = { node: 'b', address: '127.0.0.1:7947' };
  const { lines } = watch(
    { type: 'rejoin-attempt', ...facts },
    { type: 'rejoined', ...facts },
    { type: 'rejoin-failed' },
    { type: 'reconnect-attempt', ...facts },
  );
  expect(lines).toEqual([
    '[INFO] serf: Attempting re-join to previously known node: b: 127.0.0.1:7947',
    '[INFO] serf: Re-joined to previously known node: b: 127.0.0.1:7947',
    '[WARN] serf: Failed to re-join any previously known node',
    '[INFO] serf: attempting reconnect to b 127.0.0.1:7947',
  ]);
});

test('messages, flaps, coordinates and the snapshot are measured under the names of Serf', () => {
  const { metrics } = watch(
    { type: 'message-received', lengthBytes: 100 },
    { type: 'message-received', lengthBytes: 300 },
    { type: 'message-gossiped', lengthBytes: 50 },
    { type: 'member-flapped', node: 'b' },
    { type: 'coordinate-moved', rttMs: 0.5, distanceMs: 0.25 },
    { type: 'coordinate-moved', rttMs: 0, distanceMs: 0.75 },
    { type: 'snapshot-appended', durationMs: 2 },
    { type: 'snapshot-compacted', durationMs: 8 },
  );
  const sums = ({ counters, samples }: Metrics['totals']): string[] =>
    [...counters, ...samples].map(([name, { count, sum }]) => `${name} ${count} ${sum}`);
  expect(sums(metrics.totals)).toEqual([
    'serf.member.flap 1 1',
    'serf.coordinate.zero-rtt 1 1',
    'serf.msgs.received 2 400',
    'serf.msgs.sent 1 50',
    'serf.coordinate.adjustment-ms 2 1',
    'serf.snapshot.appendLine 1 2',
    'serf.snapshot.compact 1 8',
  ]);
});
