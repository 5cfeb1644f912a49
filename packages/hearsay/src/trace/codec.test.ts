import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TraceAnswer } from './answer.ts';
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from './codec.ts';
import { traceLimits } from './limits.ts';
import { heardVias } from './rumor-log.ts';

const spanMs = fc.oneof(
  fc.constant(Infinity),
  fc.integer({ min: 0, max: 4_000_000_000 }).map((units) => units / 10),
);
const lostTimes = fc.array(fc.record({ endedAgoMs: spanMs, lengthMs: spanMs }), { maxLength: traceLimits.stallsMax });
const name = fc.option(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => Buffer.byteLength(text) < 256),
  { nil: undefined },
);
const count = fc.integer({ min: 0, max: 4_000_000 });
const hearing = fc.record({
  agoMs: spanMs,
  via: fc.constantFrom(...heardVias),
  fromName: name,
  fromAddress: name,
  copyCount: count,
  queuedCount: count,
  sendCount: count,
  waitedMs: fc.option(spanMs, { nil: undefined }),
  isGone: fc.boolean(),
});
const answers: fc.Arbitrary<TraceAnswer> = fc.record({
  heldMs: spanMs,
  startedAgoMs: spanMs,
  forgottenAgoMs: spanMs,
  unpaidAgoMs: spanMs,
  stalls: lostTimes,
  silences: lostTimes,
  hearing: fc.option(hearing, { nil: undefined }),
});

test('what is encoded is decoded as it was', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
    }),
  );
  expect(decodeQuestion(encodeQuestion('e7.abc'))).toBe('e7.abc');
});

test('no bytes, however wrong, make a decoder throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void [decodeAnswer(bytes), decodeQuestion(bytes)]),
  );
  fc.assert(
    fc.property(answers, fc.nat(), fc.integer({ min: 0, max: 255 }), (answer, at, byte) => {
      const bytes = encodeAnswer(answer);
      bytes[at % bytes.length] = byte;
      void decodeAnswer(bytes);
    }),
  );
});

test('an answer that ends early is none', () => {
  const whole = encodeAnswer({
    heldMs: 1,
    startedAgoMs: 2,
    forgottenAgoMs: Infinity,
    unpaidAgoMs: Infinity,
    stalls: [{ endedAgoMs: 1, lengthMs: 2 }],
    silences: [],
    hearing: {
      agoMs: 3,
      via: 'gossip',
      fromName: 'n1',
      fromAddress: undefined,
      copyCount: 1,
      queuedCount: 2,
      sendCount: 3,
      waitedMs: 4,
      isGone: true,
    },
  });
  for (let length = 0; length < whole.length; length += 1)
    expect(decodeAnswer(whole.subarray(0, length))).toBeUndefined();
});
