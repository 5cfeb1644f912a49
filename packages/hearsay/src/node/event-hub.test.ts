import { once } from 'node:events';
import { expect, test } from 'vitest';
import { EventHub } from './event-hub.ts';
import type { ClusterErrorEvent, ClusterEvent } from './events.ts';
import { containLogger, silentLogger, type Logger } from './logger.ts';

const event: ClusterEvent = { type: 'user-message', payload: Uint8Array.of(1), from: 'n1' };

test('a listener that throws hinders no other, and is reported with its name and event', () => {
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_fields, text) => void logged.push(text) };
  const hub = new EventHub(logger);
  const errors: ClusterErrorEvent[] = [];
  let heard = 0;
  hub.add('error', (report) => void errors.push(report), false);
  hub.add(
    'user-message',
    function breaks() {
      throw new Error('oh');
    },
    false,
  );
  hub.add('user-message', () => (heard += 1), false);
  hub.deliver(event);
  expect(heard).toBe(1);
  expect(errors).toEqual([
    { type: 'error', error: new Error('oh'), during: 'user-message', listenerName: 'breaks', isFatal: false },
  ]);
  expect(logged).toEqual(['a listener threw']);
});

test('a listener whose promise is rejected is reported too', async () => {
  const hub = new EventHub(silentLogger);
  const reported = new Promise<ClusterErrorEvent>((resolve) => hub.add('error', resolve, true));
  hub.add('user-message', () => Promise.reject(new Error('later')), false);
  hub.deliver(event);
  expect((await reported).error).toEqual(new Error('later'));
});

test('an error listener that throws does not call itself', () => {
  const hub = new EventHub(silentLogger);
  let calls = 0;
  const breaks = (): never => {
    calls += 1;
    throw new Error('again');
  };
  hub.add('error', breaks, false);
  hub.add('user-message', breaks, false);
  hub.deliver(event);
  expect(calls).toBe(2);
});

test('a logger that throws costs no event, and is told of once as a warning of the process', async () => {
  const warned = once(process, 'warning');
  let callCount = 0;
  const broken = (): never => {
    callCount += 1;
    throw new Error('disk full');
  };
  const hub = new EventHub(containLogger({ debug: broken, info: broken, warn: broken, error: broken }));
  const heard: string[] = [];
  hub.add('error', () => heard.push('error'), false);
  hub.add(
    'user-message',
    () => {
      throw new Error('oh');
    },
    false,
  );
  hub.add('user-message', () => heard.push('message'), false);
  hub.deliver(event);
  hub.deliver(event);
  expect(heard).toEqual(['error', 'message', 'error', 'message']);
  expect(callCount).toBe(2);
  expect(String((await warned)[0])).toContain('the logger of a cluster threw: Error: disk full');
});

test.each([
  [() => new EventHub(silentLogger).add('bogus' as 'error', () => {}, false), '"bogus" is no type of event'],
  [() => new EventHub(silentLogger).add('__proto__' as 'error', () => {}, false), '"__proto__" is no type of event'],
  [() => new EventHub(silentLogger).add('error', undefined as never, false), 'listener must be a function'],
  [() => new EventHub(silentLogger).stream({ types: ['bogus' as 'error'] }), '"bogus" is no type of event'],
])('what nobody could ever hear is refused: %#', (listen, message) => {
  expect(listen).toThrow(expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(message) }));
});

test('a listener for once is called once, even if it causes the same event again', () => {
  const hub = new EventHub(silentLogger);
  let calls = 0;
  hub.add(
    'user-message',
    () => {
      calls += 1;
      hub.deliver(event);
    },
    true,
  );
  hub.deliver(event);
  hub.deliver(event);
  expect(calls).toBe(1);
});

test('a listener that is removed, from within another one too, is not called by the next event', () => {
  const hub = new EventHub(silentLogger);
  let calls = 0;
  const listener = (): void => void (calls += 1);
  hub.add('user-message', () => hub.remove('user-message', listener), false);
  hub.add('user-message', listener, false);
  hub.deliver(event);
  hub.deliver(event);
  expect(calls).toBe(1);
});

test('streams hear what listeners hear, until the hub is closed', async () => {
  const hub = new EventHub(silentLogger);
  const stream = hub.stream({ types: ['user-message'] });
  hub.deliver(event);
  hub.close();
  hub.deliver(event);
  const heard = [];
  for await (const item of stream) heard.push(item);
  expect(heard).toEqual([event]);
});

test('a listener that holds the event loop is named in the log', () => {
  const warned: object[] = [];
  const hub = new EventHub({ ...silentLogger, warn: (fields) => void warned.push(fields) });
  hub.add(
    'user-message',
    function dawdles() {
      const startedAtMs = performance.now();
      while (performance.now() - startedAtMs < 110);
    },
    false,
  );
  hub.deliver(event);
  expect(warned).toEqual([expect.objectContaining({ listener: 'dawdles', event: 'user-message' })]);
});

test('a stream whose signal is aborted already rejects the first read and hears nothing', async () => {
  const hub = new EventHub(silentLogger);
  const stream = hub.stream({ signal: AbortSignal.abort(new Error('too late')) });
  hub.deliver(event);
  await expect(stream.next()).rejects.toThrow('too late');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});
