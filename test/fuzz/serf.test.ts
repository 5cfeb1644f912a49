/**
 * Changed Serf messages through the decoders, and what they carry through filters, tags and coordinates: no throw, no
 * hang, and whatever is taken is within the limits.
 *
 *   npx vitest run test/fuzz/serf.test.ts                                        100,000 inputs
 *   HEARSAY_FUZZ_COUNT=10000000 npx vitest run test/fuzz/serf.test.ts            ten million
 *   HEARSAY_FUZZ_SEED=7 HEARSAY_FUZZ_INPUT=12345 npx vitest run test/fuzz/serf.test.ts   one input again
 */
import { expect } from 'vitest';
import { CoordinateClient } from '../../packages/hearsay/src/serf/coordinate/client.ts';
import { decodePingPayload } from '../../packages/hearsay/src/serf/coordinate/ping-payload.ts';
import { serfLimits } from '../../packages/hearsay/src/serf/limits.ts';
import { SerfMessageType, type QueryMessage } from '../../packages/hearsay/src/serf/messages.ts';
import { matchesFilters } from '../../packages/hearsay/src/serf/query-filter.ts';
import { decodeTags } from '../../packages/hearsay/src/serf/tags.ts';
import { ByteReader, randomInt, SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { utf8Length } from '../../packages/hearsay/src/wire/index.ts';
import { serfMessageKinds } from '../golden/serf-message-kinds.ts';
import { loadSerfVectors, newerOf, olderOf, type PerGeneration } from '../golden/serf-vectors.ts';
import { fromHex } from '../golden/vectors.ts';
import { check, readFuzzPlan, testInputs } from './inputs.ts';
import { mutate } from './mutator.ts';

const plan = readFuzzPlan(100_000);
/** On a slow and busy machine: expressions of one query may take 200,000 steps. */
const inputMaxMs = 1_000;

const decoders = Object.entries(SerfMessageType).map(([kind, type]) => ({
  kind,
  type,
  decode: serfMessageKinds[kind]!.decode,
}));
const corpus = loadCorpus();
const tags = { role: 'web-server', dc: 'east' };
const coordinates = new CoordinateClient(new SeededRng(1));

/** Messages with their type bytes, filters, metadata and ping payloads. */
function loadCorpus(): readonly Uint8Array[] {
  const { messages } = loadSerfVectors<{ readonly messages: readonly { readonly hex: PerGeneration<string> }[] }>(
    'messages',
  );
  const { packets } = loadSerfVectors<{ readonly packets: readonly { readonly hex: string }[] }>('hostile');
  const { decode } = loadSerfVectors<{ readonly decode: readonly { readonly hex: string }[] }>('tags');
  const all = new Set([
    ...messages.flatMap(({ hex }) => [olderOf(hex), newerOf(hex)]),
    // Without memberlist's type byte.
    ...packets.map(({ hex }) => hex.slice(2)),
    ...decode.map(({ hex }) => hex),
  ]);
  return [...all].map(fromHex);
}

function newInput(index: number): Uint8Array {
  const rng = new SeededRng(plan.seed, index);
  return mutate(rng, corpus[randomInt(rng, corpus.length)]!, corpus);
}

/** How many inputs a decoder took, by kind of message. */
const taken = new Map<string, number>();

function run(bytes: Uint8Array): void {
  decodeTags(bytes);
  matchesFilters([bytes], 'node-a', tags);
  runPingPayload(bytes);
  for (const { kind, type, decode } of decoders) {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== type) continue;
    const message = decode(reader);
    if (reader.failure !== undefined) continue;
    taken.set(kind, (taken.get(kind) ?? 0) + 1);
    checkWithinLimits(message);
    if (kind === 'query') matchesFilters((message as QueryMessage).filters, 'node-a', tags);
  }
}

function runPingPayload(bytes: Uint8Array): void {
  const reader = new ByteReader(bytes);
  const coordinate = decodePingPayload(reader);
  if (reader.failure !== undefined) return;
  taken.set('pingPayload', (taken.get('pingPayload') ?? 0) + 1);
  coordinates.update('node-b', coordinate, 20_000_000);
  checkWithinLimits(coordinates.coordinate);
}

/** Numbers are numbers, and texts are short, however deep they lie. */
function checkWithinLimits(value: unknown): void {
  if (typeof value === 'number') check(Number.isFinite(value), `${value} is a number`);
  else if (typeof value === 'string') check(utf8Length(value) <= serfLimits.textMaxBytes, 'a text is short');
  else if (value instanceof Map) for (const entry of value) checkWithinLimits(entry);
  else if (Array.isArray(value)) value.forEach(checkWithinLimits);
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
    Object.values(value).forEach(checkWithinLimits);
  }
}

function onEnd(): void {
  // Enough comes through, of every kind.
  for (const kind of [...Object.keys(SerfMessageType), 'pingPayload']) {
    expect(taken.get(kind) ?? 0, kind).toBeGreaterThan(plan.count / 2_000);
  }
}

testInputs(plan, { what: 'changed Serf messages', newInput, run, inputMaxMs, taken, onEnd });
