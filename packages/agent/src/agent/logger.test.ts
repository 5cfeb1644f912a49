import { expect, test } from 'vitest';
import { createJsonLogger, createTextLogger } from './logger.ts';

test('a line has local time, level, component, text and fields, as in Serf', () => {
  const lines: string[] = [];
  const now = (): Date => new Date(2026, 0, 2, 3, 4, 5);
  const logger = createTextLogger('agent', { level: 'info', write: (line) => void lines.push(line), now });
  logger.debug({}, 'not shown');
  logger.info({ name: 'n1', address: '[::1]:7946', count: 3 }, 'member joined');
  logger.error({ err: new Error('no\nway'), because: 'two words' }, 'it failed');
  expect(lines).toEqual([
    '2026/01/02 03:04:05 [INFO] agent: member joined name=n1 address=[::1]:7946 count=3\n',
    '2026/01/02 03:04:05 [ERR] agent: it failed err="no\\nway" because="two words"\n',
  ]);
});

test('a JSON line has level, time, node, the fields and the text', async () => {
  const lines: string[] = [];
  const logger = await createJsonLogger('n1', { level: 'warn', write: (line) => void lines.push(line) });
  logger.info({}, 'not shown');
  logger.warn({ address: 'x' }, 'look');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    node: 'n1',
    address: 'x',
    msg: 'look',
  });
});
