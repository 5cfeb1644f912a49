import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Calls, unlessAborted } from './calls.ts';

const never = (signal: AbortSignal): Promise<never> => unlessAborted(new Promise<never>(() => {}), signal);

test('a call that is done in time leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  const calls = new Calls();
  expect(await calls.run('join', { signal, timeoutMs: 60_000 }, () => Promise.resolve(7))).toBe(7);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an abort rejects with its reason and leaves no listener', async () => {
  const controller = new AbortController();
  const call = new Calls().run('join', { signal: controller.signal }, never);
  controller.abort(new Error('changed my mind'));
  await expect(call).rejects.toThrow('changed my mind');
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('a signal that is aborted already keeps the work from being started', async () => {
  let isStarted = false;
  const call = new Calls().run('join', { signal: AbortSignal.abort(new Error('no')) }, () => {
    isStarted = true;
    return Promise.resolve();
  });
  await expect(call).rejects.toThrow('no');
  expect(isStarted).toBe(false);
});

test('a timeout rejects with a code, what it was and the time', async () => {
  await expect(new Calls().run('join', { timeoutMs: 1 }, never)).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
    message: 'join was not done within 1 ms',
  });
});

test('all open calls end together', async () => {
  const calls = new Calls();
  const open = [calls.run('join', {}, never), calls.run('leave', {}, never)];
  calls.abortAll(new Error('closed'));
  for (const result of await Promise.allSettled(open)) {
    expect(result).toMatchObject({ status: 'rejected', reason: new Error('closed') });
  }
});

test.each([-1, NaN, 2 ** 31, Infinity])('a timeout of %s ms is refused', async (timeoutMs) => {
  await expect(new Calls().run('join', { timeoutMs }, never)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
});
