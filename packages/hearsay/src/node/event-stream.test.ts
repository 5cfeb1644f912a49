import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { EventStream, type EventStreamOptions } from './event-stream.ts';
import type { ClusterEvent } from './events.ts';

const message = (id: number): ClusterEvent => ({ type: 'user-message', payload: Uint8Array.of(id), from: 'n1' });

function open(options: EventStreamOptions = {}): { stream: EventStream; ended: () => boolean } {
  let isEnded = false;
  const stream = new EventStream(options, () => (isEnded = true));
  return { stream, ended: () => isEnded };
}

async function readIds(stream: EventStream, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let i = 0; i < count; i++) {
    const { value } = await stream.next();
    if (value?.type === 'user-message') ids.push(value.payload[0]!);
  }
  return ids;
}

test('events that came before the first read are kept, in order', async () => {
  const { stream } = open();
  for (let id = 1; id <= 3; id++) stream.push(message(id));
  expect(await readIds(stream, 3)).toEqual([1, 2, 3]);
});

test('a full stream forgets the oldest and counts it', async () => {
  const { stream } = open({ capacity: 3 });
  for (let id = 1; id <= 8; id++) stream.push(message(id));
  expect(stream.dropped).toBe(5);
  expect(await readIds(stream, 3)).toEqual([6, 7, 8]);
});

test('with overflow "error" a full stream yields what it has, then fails with the capacity, then ends', async () => {
  const { stream, ended } = open({ capacity: 2, overflow: 'error' });
  for (let id = 1; id <= 5; id++) stream.push(message(id));
  expect(ended()).toBe(true);
  expect(await readIds(stream, 2)).toEqual([1, 2]);
  await expect(stream.next()).rejects.toMatchObject({ code: 'ERR_QUEUE_FULL', message: expect.stringContaining('2') });
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('only the wanted types are heard', async () => {
  const { stream } = open({ types: ['user-message'] });
  stream.push({ type: 'error', error: 1, during: undefined, listenerName: '', isFatal: false });
  stream.push(message(7));
  expect(await readIds(stream, 1)).toEqual([7]);
});

test('an abort rejects a waiting read with the reason and leaves no listener on the signal', async () => {
  const controller = new AbortController();
  const { stream, ended } = open({ signal: controller.signal });
  const reading = stream.next();
  controller.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(ended()).toBe(true);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('a signal that is aborted already ends the stream at once', async () => {
  const { stream, ended } = open({ signal: AbortSignal.abort(new Error('too late')) });
  expect(ended()).toBe(true);
  await expect(stream.next()).rejects.toThrow('too late');
});

test('leaving the loop detaches the stream and its signal', async () => {
  const controller = new AbortController();
  const { stream, ended } = open({ signal: controller.signal });
  stream.push(message(1));
  for await (const event of stream) {
    expect(event).toEqual(message(1));
    break;
  }
  expect(ended()).toBe(true);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
});

test('the end of the cluster ends every waiting read', async () => {
  const { stream } = open();
  const reads = [stream.next(), stream.next()];
  stream.end();
  expect(await Promise.all(reads)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('an overflow policy that is none is refused', () => {
  expect(() => open({ overflow: 'drop' as 'error' })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
});

test.each([0, -1, 1.5, NaN])('a capacity of %s is refused', (capacity) => {
  expect(() => open({ capacity })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
});
