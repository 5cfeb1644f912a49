import { expect, test } from 'vitest';
import { ExchangePool, isAgreed } from '../../../../../test/support/exchange-pool.ts';
import { bytes } from '../../../../../test/support/kv-node.ts';

test('two nodes that have the same find that out in 150 bytes', () => {
  const pool = new ExchangePool();
  const [a, b] = [pool.add('a-node-of-a-usual-name'), pool.add('b-node-of-a-usual-name')];
  a.ask(b);
  pool.runForMs(100);
  expect(pool.sent.map(({ message }) => message.type)).toEqual(['summary', 'equal']);
  expect(pool.sent.reduce((sum, { byteCount }) => sum + byteCount, 0)).toBeLessThanOrEqual(150);
  expect(a.exchange.stats.equal).toBe(1);
  expect(a.exchange.openCount + b.exchange.openCount).toBe(0);
});

test('one session gives both sides what they lack, in all lanes', () => {
  const pool = new ExchangePool();
  const [a, b] = [pool.add('a'), pool.add('b')];
  a.put('from a');
  b.put('from b');
  a.state.owned.set('version', bytes('1'));
  b.state.owned.set('version', bytes('2'));
  b.state.telemetry.set('load', bytes('0.5'));
  a.ask(b);
  pool.runForMs(100);
  expect(a.view()).toEqual({
    'from a': 'from a',
    'from b': 'from b',
    'own a version': '1',
    'own b version': '2',
    'telemetry b load': '0.5',
  });
  expect(isAgreed([a, b])).toBe(true);
  expect(a.exchange.openCount + b.exchange.openCount).toBe(0);
  expect(a.exchange.heldBytes + b.exchange.heldBytes).toBe(0);
  pool.sent.length = 0;
  b.ask(a);
  pool.runForMs(100);
  expect(pool.sent.map(({ message }) => message.type)).toEqual(['summary', 'equal']);
});
