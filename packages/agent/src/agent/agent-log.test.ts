import { expect, test } from 'vitest';
import { AgentLog, type LogEntry } from './agent-log.ts';
import { createJsonSink } from './json-sink.ts';

const now = (): Date => new Date(2026, 0, 2, 3, 4, 5);

test('sinks get what passes the level, also after it changed; the ring keeps everything', () => {
  const log = new AgentLog('warn', now);
  const entries: LogEntry[] = [];
  log.addSink((entry) => entries.push(entry));
  const logger = log.logger('serf');
  logger.info({}, 'one');
  logger.error({ count: 2 }, 'two');
  log.level = 'trace';
  logger.trace({}, 'three');
  expect(entries.map(({ text }) => text)).toEqual([
    '2026/01/02 03:04:05 [ERR] serf: two count=2',
    '2026/01/02 03:04:05 [TRACE] serf: three',
  ]);
  expect(log.ring.lines('trace').map(({ text }) => text.slice(20))).toEqual([
    '[INFO] serf: one',
    '[ERR] serf: two count=2',
    '[TRACE] serf: three',
  ]);
  expect(log.ring.lines('warn')).toHaveLength(1);
});

test('a monitor gets the last 512 lines that pass its level, then each new one until it goes', () => {
  const log = new AgentLog('err', now);
  const logger = log.logger('x');
  for (let i = 0; i < 700; i += 1) logger[i % 2 === 0 ? 'debug' : 'info']({}, String(i));
  const seen: string[] = [];
  const stop = log.ring.subscribe('info', ({ text }) => seen.push(text.split(' ').at(-1)!));
  expect(seen).toEqual(Array.from({ length: 256 }, (_, index) => String(189 + 2 * index)));
  logger.debug({}, 'no');
  logger.warn({}, 'yes');
  stop();
  logger.warn({}, 'gone');
  expect(seen.slice(256)).toEqual(['yes']);
});

test('a line has local time, level, component, text and fields', () => {
  const log = new AgentLog('err', now);
  log.logger('agent').info({ name: 'n1', address: '[::1]:7946', count: 3, none: undefined }, 'member joined');
  log.logger('agent').error({ err: new Error('no\nway'), because: 'two words' }, 'it failed');
  expect(log.ring.lines('trace').map(({ text }) => text)).toEqual([
    '2026/01/02 03:04:05 [INFO] agent: member joined name=n1 address=[::1]:7946 count=3 none=undefined',
    '2026/01/02 03:04:05 [ERR] agent: it failed err="no\\nway" because="two words"',
  ]);
});

test('a line stays one line, of a bounded length', () => {
  const log = new AgentLog('err', now);
  log.logger('x').info({ field: 'a\nb' }, `first\nsecond\r\n${'y'.repeat(100_000)}`);
  const [line] = log.ring.lines('info');
  expect(line!.text.slice(20, 46)).toBe('[INFO] x: first second yyyy'.slice(0, 26));
  expect(line!.text).not.toMatch(/[\r\n]/);
  expect(line!.text.length).toBeLessThan(8_200);
});

test('no name from the network can clear the screen of who reads the log', () => {
  const log = new AgentLog('err', now);
  log.logger('agent').info({}, 'Received event: user-event: \x1b[2J\x9b1mü\t\u202eok');
  expect(log.ring.lines('info')[0]!.text.slice(20)).toBe(
    '[INFO] agent: Received event: user-event: \ufffd[2J\ufffd1mü\t\u202eok',
  );
});

test('as JSON, a line has level, time, node, component, the fields and the text', async () => {
  const lines: string[] = [];
  const log = new AgentLog('trace', now);
  log.addSink(await createJsonSink('n1', (line) => lines.push(line)));
  log.logger('agent.ipc').error({ peer: 'x' }, 'lost');
  log.logger('serf').trace({}, 'seen');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 'error', time: expect.any(String) as string, node: 'n1', component: 'agent.ipc', peer: 'x', msg: 'lost' },
    { level: 'trace', time: expect.any(String) as string, node: 'n1', component: 'serf', msg: 'seen' },
  ]);
});
