import { expect, test } from 'vitest';
import { Broadcasts } from './broadcasts.ts';
import { serfDefaults, type SerfConfig } from './config.ts';

interface Options {
  readonly config?: Partial<SerfConfig>;
  readonly memberCount?: number;
  readonly messageMaxBytes?: number;
  readonly onWake?: () => void;
}

function newBroadcasts({ config, memberCount = 3, messageMaxBytes = 1_000, onWake }: Options = {}): Broadcasts {
  return new Broadcasts({
    config: { ...serfDefaults, ...config },
    retransmitMult: 4,
    messageMaxBytes,
    memberCount: () => memberCount,
    pushGossip: onWake ?? (() => undefined),
  });
}

const message = (first: number, lengthBytes: number): Uint8Array => new Uint8Array(lengthBytes).fill(first);

function takeFirsts(broadcasts: Broadcasts, limitBytes: number): number[] {
  const out: Uint8Array[] = [];
  broadcasts.take(3, limitBytes, out);
  return out.map((bytes) => bytes[0]!);
}

test('intents go before queries and those before events, each with what is left of the packet', () => {
  const broadcasts = newBroadcasts();
  broadcasts.queue(broadcasts.events, message(3, 10));
  broadcasts.queue(broadcasts.queries, message(4, 30));
  broadcasts.queue(broadcasts.intents, message(0, 10));
  expect(takeFirsts(broadcasts, 100)).toEqual([0, 4, 3]);
  // Without room for the query the event goes.
  expect(takeFirsts(broadcasts, 26)).toEqual([0, 3]);
  expect(takeFirsts(broadcasts, 25)).toEqual([0]);
});

test('a flood of one kind does not silence the others', () => {
  const broadcasts = newBroadcasts();
  for (let count = 0; count < 100; count += 1) broadcasts.queue(broadcasts.intents, message(0, 40));
  broadcasts.queue(broadcasts.events, message(3, 40));
  broadcasts.queue(broadcasts.queries, message(4, 40));
  // Each packet has room for one message.
  expect(Array.from({ length: 4 }, () => takeFirsts(broadcasts, 43)[0])).toEqual([0, 4, 0, 3]);
});

test('a message is sent as often as the size of the pool says, the departed included, and then reported', () => {
  const broadcasts = newBroadcasts({ memberCount: 10 });
  let finishedCount = 0;
  broadcasts.queue(broadcasts.intents, message(0, 10), () => (finishedCount += 1));
  const sentCount = 4 * 2;
  for (let count = 1; count < sentCount; count += 1) expect(takeFirsts(broadcasts, 100)).toEqual([0]);
  expect(finishedCount).toBe(0);
  expect(takeFirsts(broadcasts, 100)).toEqual([0]);
  expect([finishedCount, broadcasts.count]).toEqual([1, 0]);
});

test('messages never replace each other', () => {
  const broadcasts = newBroadcasts();
  for (let count = 0; count < 5; count += 1) broadcasts.queue(broadcasts.intents, message(1, 10));
  expect(broadcasts.intents.count).toBe(5);
});

test('whoever gossips is woken', () => {
  let wakes = 0;
  const broadcasts = newBroadcasts({ onWake: () => (wakes += 1) });
  broadcasts.queue(broadcasts.events, message(3, 10));
  expect(wakes).toBe(1);
});

test('a message that no packet can carry does not wait for ever', () => {
  const broadcasts = newBroadcasts({ messageMaxBytes: 100 });
  let finishedCount = 0;
  broadcasts.queue(broadcasts.events, message(3, 101), () => (finishedCount += 1));
  broadcasts.queue(broadcasts.events, message(3, 100));
  expect([finishedCount, broadcasts.events.count, broadcasts.tooLongCount]).toEqual([1, 1, 1]);
});

test.each([
  [{ queueDepthMax: 50 }, 3, 50],
  [{ queueDepthMax: 50, queueDepthMin: 60 }, 3, 60],
  [{ queueDepthMax: 50, queueDepthMin: 60 }, 40, 80],
])('with %o and %i members a queue is cut to %i', (config, memberCount, keptCount) => {
  const broadcasts = newBroadcasts({ config, memberCount });
  for (let count = 0; count < 100; count += 1) broadcasts.queue(broadcasts.events, message(3, 10));
  broadcasts.pruneQueues();
  expect(broadcasts.events.count).toBe(keptCount);
  expect(broadcasts.droppedCount).toBe(100 - keptCount);
});
