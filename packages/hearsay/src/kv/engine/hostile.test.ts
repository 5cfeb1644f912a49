import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyKvMessage } from '../../../../../test/support/kv-messages.ts';
import { KvWorld } from '../../../../../test/support/kv-world.ts';
import { encodeKvMessage } from '../codec/index.ts';

test('whatever a member sends, nothing throws, and the others still agree', () => {
  fc.assert(
    fc.property(fc.array(anyKvMessage, { maxLength: 40 }), fc.nat(), (messages, seed) => {
      const world = new KvWorld(seed);
      const [a, b] = world.add(['a', 'b', 'c']);
      world.runForMs(1_500);
      for (const message of messages) {
        world.deliver('a', 'from' in message ? { ...message, from: 'c' } : message);
        world.runForMs(20);
      }
      world.runForMs(3_000);
      const isWritable = a!.eventsOf('clock-skew').length === 0;
      if (isWritable) a!.put('after', 'v');
      world.runForMs(8_000);
      if (isWritable) expect(b!.get('after')).toBe('v');
    }),
    { numRuns: 150 },
  );
});

test('no bytes make it throw, whole messages with a changed byte least of all', () => {
  fc.assert(
    fc.property(anyKvMessage, fc.nat(), fc.integer({ min: 0, max: 255 }), (message, where, byte) => {
      const world = new KvWorld();
      const [a] = world.add(['a', 'c']);
      const bytes = encodeKvMessage('from' in message ? { ...message, from: 'c' } : message);
      bytes[4 + (where % (bytes.length - 4))] = byte;
      expect(a!.kv.onUserMessage(bytes, { host: '10.0.0.1', port: 1 })).toBe(true);
      world.runForMs(3_000);
    }),
    { numRuns: 300 },
  );
});

test('however much a member asks, a node sends no more than its budget, and follows no more than some entries', () => {
  const world = new KvWorld();
  const [a] = world.add(['a', 'b']);
  world.runForMs(1_000);
  const zero = { high: 0, low: 0 };
  const { bytesPerSecond, burstBytes } = a!.kv.gossip;
  for (let count = 0; count < 10_000; count += 1) {
    const stream = count.toString(16).padStart(16, '0');
    const dot = { stream, version: 1 };
    world.deliver('a', { type: 'announce', from: 'b', lane: 0, ...dot, bytes: 10 });
    world.deliver('a', { type: 'pull', from: 'b', lane: 0, dots: [dot] });
    // Each a session of its own, in which all is equal.
    const seenBy = { kind: 'names', nameHashes: [count] } as const;
    const receipts = [{ lane: 0, ...dot, ageMs: 0, seenBy }] as const;
    const summary = { session: 2 * count + 1, from: 'b', limitsHash: 0, clockMs: world.wallMs, receipts };
    world.deliver('a', { type: 'summary', ...summary, laneHashes: [zero, zero, zero] });
  }
  const sentBytes = Object.values(a!.kv.stats.sentBytes).reduce((sum, bytes) => sum + bytes, 0);
  expect(sentBytes).toBeGreaterThan(20_000);
  expect(sentBytes).toBeLessThanOrEqual(burstBytes + bytesPerSecond * 1);
  world.runForMs(30_000);
  const told = world.sent.flatMap(({ from, message }) =>
    from === 'a' && 'receipts' in message ? message.receipts.map(({ stream }) => stream) : [],
  );
  expect(new Set(told).size).toBeGreaterThan(8);
  expect(new Set(told).size).toBeLessThanOrEqual(72);
});
