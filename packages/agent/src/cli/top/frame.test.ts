import type { RpcMemberStatus, RpcStatus } from 'hearsay/client';
import { expect, test } from 'vitest';
import { colourPaint, displayWidth, plainPaint, stripEscapes } from '../output.ts';
import type { FrameSize } from '../screen.ts';
import { toDocument, type Reading } from './document.ts';
import { topFrame, type TopScene } from './frame.ts';

const alive = (name: string, rttMs: number): RpcMemberStatus => ({
  name,
  state: 'alive',
  stateForMs: 7_300_000,
  why: '',
  rttMs,
  lagMs: 0,
  isOurs: true,
});

const members: readonly RpcMemberStatus[] = [
  {
    name: 'db-1',
    state: 'suspect',
    stateForMs: 2_100,
    why: 'no ack, nor for 3 relays, TCP silent',
    rttMs: 0.62,
    lagMs: 3_400,
    isOurs: true,
  },
  {
    name: 'a-member-with-quite-a-long-name.example.internal',
    state: 'failed',
    stateForMs: 190_000,
    why: 'accused by web-7 and db-2',
    isOurs: false,
  },
  ...Array.from({ length: 100 }, (_, index) => alive(`web-${index}`, 40 - index / 3)),
];

const status: RpcStatus = {
  node: 'web-0',
  pool: 'serf',
  atMs: 10_000,
  uptimeMs: 7_301_000,
  healthScore: 1,
  memberCounts: { alive: 100, suspect: 1, leaving: 0, failed: 1, left: 0 },
  totals: {
    packetsReceived: 1_084,
    packetsSent: 2_040,
    packetBytesReceived: 100_000,
    packetBytesSent: 200_000,
    streamBytesReceived: 4_096,
    streamBytesSent: 0,
    packetsRefused: 5,
    probes: 40,
    probesFailed: 3,
    suspicions: 2,
    refutations: 0,
    cpuMs: 5_000,
    queueDropped: 0,
  },
  queues: { rumor: 3, broadcast: 0, intent: 0, event: 130, query: 0, state: 0 },
  process: { rssBytes: 98 * 2 ** 20, heapUsedBytes: 23 * 2 ** 20, loopDelayMs: { p50: 0.3, p99: 1.2, max: 140 } },
  state: {
    members: 101,
    views: 2,
    sharedKeys: 12,
    sharedBytes: 3_174,
    sharedTombstones: 1,
    ownedKeys: 5,
    telemetryKeys: 303,
    lagMs: 0,
    isReady: true,
    sessions: 40,
    sentBytes: 60_000,
    bytesPerSecondMax: 65_536,
    spreadMs: { p50: 812, p99: 2_300, count: 31 },
  },
  members,
  transitions: [
    { node: 'db-1', from: 'alive', to: 'suspect', agoMs: 2_100, by: 'web-7' },
    { node: 'web-3', from: 'failed', to: 'alive', agoMs: 65_000, by: 'web-3' },
  ],
};

/** Two seconds before. */
const before: RpcStatus = {
  ...status,
  atMs: 8_000,
  uptimeMs: 7_299_000,
  totals: {
    ...status.totals,
    packetsReceived: 1_000,
    packetsSent: 2_000,
    streamBytesReceived: 0,
    packetsRefused: 0,
    cpuMs: 4_900,
    probes: 38,
  },
  state: { ...status.state!, sessions: 36, sentBytes: 27_232 },
};

function scene(changes: Partial<TopScene> = {}): TopScene {
  const document = toDocument({ kind: 'hearsay', status }, { kind: 'hearsay', status: before });
  return { address: '127.0.0.1:7373', document, note: undefined, foot: 'Ctrl-C ends', ...changes };
}

const stock: Reading = {
  kind: 'serf',
  stats: { agent: { name: 'old' }, serf: { health_score: '0', intent_queue: '1', event_queue: '2', query_queue: '3' } },
  members: [
    { name: 'old', state: 'alive', why: '', isOurs: false },
    { name: 'web', state: 'failed', why: '', isOurs: true },
  ],
};

const sizes: readonly FrameSize[] = [
  { columns: 80, rows: 24 },
  { columns: 40, rows: 10 },
  { columns: 200, rows: 60 },
  { columns: 20, rows: 3 },
  { columns: 1, rows: 1 },
];

test.each(sizes)('at $columns by $rows a frame is as high as the terminal, and no wider', (size) => {
  for (const one of [scene(), scene({ note: 'No answer' }), scene({ document: toDocument(stock, undefined) })]) {
    for (const paint of [plainPaint, colourPaint]) {
      const lines = topFrame(one, size, paint);
      expect(lines).toHaveLength(size.rows);
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(size.columns);
    }
  }
});

test('at 80 by 24 all figures are there, the worst members, and what changed', () => {
  expect(topFrame(scene(), { columns: 80, rows: 24 }, plainPaint)).toEqual([
    'web-0  127.0.0.1:7373                                                     up 2h',
    'MEMBERS  100 alive  1 suspect  1 failed  2 distinct views  own health score 1',
    'TRAFFIC  in 42 packets/s 2 KiB/s  out 20 packets/s 0 B/s  refused 2.5/s',
    'PROBES   1/s  since start: failed 3, suspicions 2, refuted here 0',
    'QUEUES   rumor 3  broadcast 0  intent 0  event 130  query 0  state 0',
    'STATE    101 take part  12 shared keys, 3.1 KiB  5 owned  303 telemetry',
    '         lag 0ms  sessions 2/s  sends 16 KiB/s of 64 KiB/s ███░░░░░░░',
    'SPREAD   state reaches this member in 812ms (median), 2.3s (99 of 100)',
    '         31 measured',
    'PROCESS  cpu 5 %  memory 98 MiB  heap 23 MiB  loop delay 0.3ms (median)',
    '         140ms (most)',
    '',
    'WORST                       STATE    FOR    RTT    LAG  WHY',
    'db-1                        suspect   2s  0.6ms   3.4s  no ack, nor for 3 rela…',
    'a-member-with-quite-a-lon…  failed    3m                accused by web-7 and d…',
    'web-0                       alive     2h   40ms    0ms',
    'web-1                       alive     2h   40ms    0ms',
    'web-2                       alive     2h   39ms    0ms',
    'web-3                       alive     2h   39ms    0ms',
    '',
    'WHAT CHANGED',
    '  2s ago  db-1: alive → suspect, says web-7',
    '  1m ago  web-3: failed → alive',
    'Ctrl-C ends',
  ]);
});

test('at 40 by 10 the most important remains', () => {
  expect(topFrame(scene(), { columns: 40, rows: 10 }, plainPaint)).toEqual([
    'web-0  127.0.0.1:7373             up 2h',
    'MEMBERS  100 alive  1 suspect  1 failed',
    ' 2 distinct views  own health score 1',
    'TRAFFIC  in 42 packets/s 2 KiB/s',
    ' out 20 packets/s 0 B/s  refused 2.5/s',
    'WORST          STATE    FOR    RTT    …',
    'db-1           suspect   2s  0.6ms   3…',
    'a-member-wit…  failed    3m           …',
    'web-0          alive     2h   40ms    …',
    'Ctrl-C ends',
  ]);
});

test('at 200 by 60 each kind of figure has one line, and nothing is cut off', () => {
  const lines = topFrame(scene(), { columns: 200, rows: 60 }, plainPaint);
  expect(lines.slice(1, 8).map((line) => line.slice(0, 9).trim())).toEqual([
    'MEMBERS',
    'TRAFFIC',
    'PROBES',
    'QUEUES',
    'STATE',
    'SPREAD',
    'PROCESS',
  ]);
  expect(lines.join('\n')).not.toContain('…');
  expect(lines.filter((line) => line.startsWith('web-')).length).toBeGreaterThan(40);
});

test('colours change nothing but colours', () => {
  const size = { columns: 80, rows: 24 };
  expect(topFrame(scene(), size, colourPaint).map(stripEscapes)).toEqual(topFrame(scene(), size, plainPaint));
});

test('of an agent of Serf it says what it is, and shows what it tells', () => {
  const document = toDocument(stock, undefined);
  expect(topFrame(scene({ document }), { columns: 80, rows: 8 }, plainPaint)).toEqual([
    'old  an agent of Serf: it tells no rates, no state, no reasons',
    'MEMBERS  1 alive  1 failed  own health good',
    'QUEUES   intent 1  event 2  query 3',
    'WORST     STATE    FOR    RTT    LAG  WHY',
    'web       failed',
    'old       alive',
    '',
    'Ctrl-C ends',
  ]);
});

test('an agent that does not answer is said not to, in view of what it told last', () => {
  const lines = topFrame(scene({ note: 'No answer\x1b[2J' }), { columns: 80, rows: 24 }, plainPaint);
  expect(lines[1]).toBe('No answer\\x1b[2J');
  expect(lines[2]).toContain('100 alive');
});

test('names and reasons of others cannot move the cursor', () => {
  const evil = { ...alive('x\x1b[2J', 1), why: '\r\n' };
  const document = { ...scene().document, node: '\x07', members: [evil] };
  expect(topFrame(scene({ document }), { columns: 80, rows: 24 }, plainPaint).join('')).not.toMatch(/[\x00-\x1f]/);
});

test('rates are of the time between two readings, and of one agent only', () => {
  const now: Reading = { kind: 'hearsay', status };
  const rates = (earlier: Partial<RpcStatus>): unknown =>
    toDocument(now, { kind: 'hearsay', status: { ...before, ...earlier } }).rates;
  expect(rates({})).toMatchObject({
    packetsReceived: 42,
    bytesReceived: 2_048,
    cpuCores: 0.05,
    stateBytesSent: 16_384,
  });
  expect(rates({ uptimeMs: 8_000_000 })).toBeUndefined();
  expect(rates({ node: 'another' })).toBeUndefined();
  expect(rates({ atMs: 10_000 })).toBeUndefined();
  expect(toDocument(now, undefined).rates).toBeUndefined();
  expect(toDocument(now, stock).rates).toBeUndefined();
});
