/**
 * Changed packets and streams through the decoder: no throw, no hang, flat memory.
 *
 *   npx vitest run test/fuzz                                              200,000 inputs
 *   HEARSAY_FUZZ_COUNT=10000000 npx vitest run test/fuzz                  ten million
 *   HEARSAY_FUZZ_SEED=7 npx vitest run test/fuzz                          other inputs
 *   HEARSAY_FUZZ_SEED=7 HEARSAY_FUZZ_INPUT=12345 npx vitest run test/fuzz one input again
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { randomInt, SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { toHex } from '../golden/vectors.ts';
import { loadCorpus } from './corpus.ts';
import { mutate } from './mutator.ts';
import { progress, runPacket, runStream } from './targets.ts';

const seed = Number(process.env['HEARSAY_FUZZ_SEED'] ?? 1);
const count = Number(process.env['HEARSAY_FUZZ_COUNT'] ?? 200_000);
const onlyInput = process.env['HEARSAY_FUZZ_INPUT'];

/** The slowest input may take this long, on a slow and busy machine: a stream may hold 40 MiB once decompressed. */
const inputMaxMs = 5_000;
/**
 * What the heap may grow between the first tenth and the end. The shared cache of names may still fill up: twice
 * 16,384 entries of about 300 bytes for texts, for byte strings and for addresses, 28 MiB.
 */
const heapGrowthMaxBytes = 40 * 1024 * 1024;

const corpus = loadCorpus();

/** Input `index` of this seed, made on its own: nothing depends on the inputs before. */
function newInput(index: number): { readonly kind: string; readonly bytes: Uint8Array; readonly run: () => void } {
  const rng = new SeededRng(seed, index);
  const isPacket = randomInt(rng, 3) > 0;
  const seeds = isPacket ? corpus.packets : corpus.streams;
  const bytes = mutate(rng, seeds[randomInt(rng, seeds.length)]!, randomInt(rng, 4) === 0 ? corpus.streams : seeds);
  return {
    kind: isPacket ? 'packet' : 'stream',
    bytes,
    run: () => (isPacket ? runPacket(rng, bytes) : runStream(rng, bytes)),
  };
}

function replayHint(index: number): string {
  return `replay with HEARSAY_FUZZ_SEED=${seed} HEARSAY_FUZZ_INPUT=${index} npx vitest run test/fuzz`;
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('the corpus holds the packets and streams of all vectors', () => {
  expect(corpus.packets.length).toBeGreaterThan(700);
  expect(corpus.streams.length).toBeGreaterThan(130);
});

if (onlyInput === undefined) {
  const timeoutMs = 10 * 60_000 + count;
  test(`${count} changed packets and streams: no throw, no hang, flat memory`, fuzz, timeoutMs);
} else {
  test(`input ${onlyInput} of seed ${seed} again`, () => replay(Number(onlyInput)));
}

function replay(index: number): void {
  const { kind, bytes, run } = newInput(index);
  console.log(`${kind} of ${bytes.length} bytes: ${toHex(bytes)}`);
  run();
}

function fuzz(): void {
  let heapAfterTenth = 0;
  let slowest = { index: 0, ms: 0 };
  for (let index = 0; index < count; index += 1) {
    if (index === Math.floor(count / 10)) heapAfterTenth = heapBytes();
    const startedAt = performance.now();
    try {
      newInput(index).run();
    } catch (error) {
      throw new Error(`input ${index} threw; ${replayHint(index)}`, { cause: error });
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { index, ms };
  }
  const heapGrowthBytes = heapBytes() - heapAfterTenth;
  const { packetMessages, streamMessages, neverSeen } = progress();
  console.log(
    `fuzz: seed ${seed}, ${count} inputs: ${packetMessages} messages of packets, ${streamMessages} of streams, ` +
      `slowest input ${slowest.ms.toFixed(0)} ms, heap grew ${(heapGrowthBytes / 2 ** 20).toFixed(1)} MiB`,
  );
  expect(slowest.ms, `input ${slowest.index} was slow; ${replayHint(slowest.index)}`).toBeLessThan(inputMaxMs);
  expect(heapGrowthBytes).toBeLessThan(heapGrowthMaxBytes);
  // Enough comes through, and whatever can be refused has been.
  expect(packetMessages).toBeGreaterThan(count / 4);
  expect(streamMessages).toBeGreaterThan(count / 100);
  expect(neverSeen).toEqual([]);
}
