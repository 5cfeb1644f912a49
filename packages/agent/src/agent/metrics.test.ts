import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { AgentLog } from './agent-log.ts';
import { countEvent } from './event-metrics.ts';
import { Metrics } from './metrics.ts';
import { formatMetricsDump } from './metrics-dump.ts';
import { StatsdSink, StatsiteSink } from './metrics-sinks.ts';

const logger = new AgentLog('err').logger('agent');
const host = hostname().replaceAll(/[^\w.-]/g, '_');

test('intervals of ten seconds are kept for a minute, and the dump is that of Serf', () => {
  let nowMs = Date.UTC(2026, 10, 27, 4, 29, 52, 72);
  const metrics = new Metrics(() => nowMs);
  metrics.gauge('runtime.alloc_bytes', 595_352);
  metrics.count('serf.member.join');
  metrics.sample('serf.msgs.sent', 10);
  metrics.sample('serf.msgs.sent', 20);
  expect(formatMetricsDump(metrics)).toBe('');
  nowMs += 10_000;
  metrics.count('serf.member.join');
  expect(formatMetricsDump(metrics)).toBe(
    [
      "[2026-11-27 04:29:50 +0000 UTC][G] 'serf-agent.runtime.alloc_bytes': 595352.000",
      "[2026-11-27 04:29:50 +0000 UTC][C] 'serf-agent.serf.member.join': Count: 1 Sum: 1.000 LastUpdated: 2026-11-27 04:29:52.072 +0000 UTC",
      "[2026-11-27 04:29:50 +0000 UTC][S] 'serf-agent.serf.msgs.sent': Count: 2 Min: 10.000 Mean: 15.000 Max: 20.000 Stddev: 7.071 Sum: 30.000 LastUpdated: 2026-11-27 04:29:52.072 +0000 UTC",
      '',
    ].join('\n'),
  );
  for (let i = 0; i < 20; i += 1) {
    nowMs += 10_000;
    metrics.count('serf.member.join');
  }
  expect(metrics.intervals).toHaveLength(6);
  expect(metrics.totals.counters.get('serf.member.join')!.sum).toBe(22);
});

test('events are counted under the names of Serf', () => {
  const metrics = new Metrics();
  countEvent(metrics, { type: 'user', name: 'deploy it', payload: new Uint8Array(), ltime: 1 });
  countEvent(metrics, { type: 'query', name: 'load', payload: new Uint8Array(), ltime: 1, respond: () => {} });
  expect([...metrics.totals.counters].map(([name, { sum }]) => `${name} ${sum}`)).toEqual([
    'serf.events 1',
    'serf.events.deploy_it 1',
    'serf.queries 1',
    'serf.queries.load 1',
  ]);
});

test('names that others choose are bounded, and nothing is lost', () => {
  const metrics = new Metrics();
  for (let i = 0; i < 10_000; i += 1) metrics.countNamed('serf.events', `event-${i}`);
  for (let i = 0; i < 10_000; i += 1) metrics.count(`made.up.${i}`);
  const { counters } = metrics.totals;
  expect(counters.size).toBe(1_025);
  expect(counters.get('serf.events.other')!.sum).toBe(10_000 - 128);
  expect([...counters.values()].reduce((total, { sum }) => total + sum, 0)).toBe(20_000);
});

test('a counter that is kept elsewhere is counted by what came on top', () => {
  const metrics = new Metrics();
  for (const total of [3, 3, 10, 0, NaN]) metrics.countTotal('x', total);
  expect(metrics.totals.counters.get('x')).toMatchObject({ count: 2, sum: 10 });
});

test('statsd gets lines joined into datagrams of at most 1,400 bytes', async () => {
  const server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const datagrams: string[] = [];
  server.on('message', (message) => datagrams.push(message.toString()));
  const sink = new StatsdSink(`127.0.0.1:${server.address().port}`, logger);
  const metrics = new Metrics();
  metrics.addSink(sink.sink);
  metrics.count('serf.events');
  metrics.gauge('serf.queue', 2.5);
  metrics.timeNamed('agent.invoke', './a b|c:d.sh', 12.25);
  for (let i = 0; i < 100; i += 1) metrics.sample('serf.msgs.sent', i);
  while (datagrams.join('\n').split('\n').length < 103) await once(server, 'message');
  await sink.close();
  server.close();
  const lines = datagrams.join('\n').split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'serf-agent.serf.events:1.000000|c',
    `serf-agent.${host}.serf.queue:2.500000|g`,
    'serf-agent.agent.invoke.._a_b_c_d.sh:12.250000|ms',
    'serf-agent.serf.msgs.sent:0.000000|ms',
  ]);
  expect(lines).toHaveLength(103);
  expect(Math.max(...datagrams.map((datagram) => datagram.length))).toBeLessThanOrEqual(1_400);
});

test('statsite gets a line for each, also what was counted before the connection stood', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sink = new StatsiteSink(`127.0.0.1:${(server.address() as AddressInfo).port}`, logger);
  const metrics = new Metrics();
  metrics.addSink(sink.sink);
  metrics.count('serf.queries', 3);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString()).toBe('serf-agent.serf.queries:3.000000|c\n');
  metrics.count('serf.queries');
  await Promise.all([once(socket, 'end'), sink.close()]);
  server.close();
});

test('a statsite that is not there costs a line in the log, and no memory without bound', async () => {
  const log = new AgentLog('trace');
  const sink = new StatsiteSink('127.0.0.1:1', log.logger('agent'));
  const metrics = new Metrics();
  metrics.addSink(sink.sink);
  for (let i = 0; i < 50_000; i += 1) metrics.count('serf.events');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await sink.close();
  expect(log.ring.lines('err').map(({ text }) => text.slice(20))).toEqual([
    '[ERR] agent: metrics cannot be sent to statsite err="connect ECONNREFUSED 127.0.0.1:1"',
  ]);
});
