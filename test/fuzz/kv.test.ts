/**
 * Changed state messages through the decoder, and what they bring into a node's state: no throw, no hang, and whatever is
 * taken is within the limits and can be written again.
 *
 *   npx vitest run test/fuzz/kv.test.ts                                        30,000 inputs
 *   HEARSAY_FUZZ_COUNT=10000000 npx vitest run test/fuzz/kv.test.ts            ten million
 *   HEARSAY_FUZZ_SEED=7 HEARSAY_FUZZ_INPUT=12345 npx vitest run test/fuzz/kv.test.ts   one input again
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import {
  decodeKvMessage,
  encodeKvMessage,
  KvDecoder,
  kvWireLimits,
} from '../../packages/hearsay/src/kv/codec/index.ts';
import { kvMessageTypes } from '../../packages/hearsay/src/kv/codec/message-type.ts';
import { kvLimits } from '../../packages/hearsay/src/kv/limits.ts';
import type { KvMessage } from '../../packages/hearsay/src/kv/protocol.ts';
import { randomInt, SeededRng } from '../../packages/hearsay/src/util/index.ts';
import { utf8Length } from '../../packages/hearsay/src/wire/index.ts';
import { fromHex } from '../golden/vectors.ts';
import { KvNode, KvTime } from '../support/kv-node.ts';
import { check, readFuzzPlan, testInputs } from './inputs.ts';
import { mutate } from './mutator.ts';

const plan = readFuzzPlan(30_000);
/** On a slow and busy machine. */
const inputMaxMs = 1_000;
const sound = loadVectors('messages');
const corpus = [...sound, ...loadVectors('malformed')];

function loadVectors(file: string): readonly Uint8Array[] {
  const text = readFileSync(new URL(`../vectors/kv/${file}.json`, import.meta.url), 'utf8');
  const { vectors } = JSON.parse(text) as { readonly vectors: readonly { readonly hex: string }[] };
  return vectors.map(({ hex }) => fromHex(hex.replaceAll(' ', '')));
}

function newInput(index: number): Uint8Array {
  const rng = new SeededRng(plan.seed, index);
  const start = randomInt(rng, 4) === 0 ? corpus : sound;
  const bytes = mutate(rng, start[randomInt(rng, start.length)]!, corpus);
  // Else most changes would be to the head, and nothing behind it were read.
  bytes.set([0xe7, 0x47, 0x53, 1].slice(0, bytes.length));
  return bytes;
}

/** How many inputs were taken, by type. */
const taken = new Map<string, number>();
const decoder = new KvDecoder();

function run(bytes: Uint8Array): void {
  const message = decoder.decode(bytes);
  if (message === undefined) return;
  taken.set(message.type, (taken.get(message.type) ?? 0) + 1);
  checkWithinLimits(message);
  const again = decodeKvMessage(encodeKvMessage(message));
  expect(again).toEqual(message);
  // The author of most of them, and another node.
  merge(message, 'web-7');
  merge(message, 'web-9');
}

/** As if it answered what the node has asked. */
function merge(message: KvMessage, name: string): void {
  const time = new KvTime();
  const node = new KvNode(name, time);
  node.put('flags/new-ui', 'before');
  const { shared, owned, telemetry } = node.state;
  const basis = shared.digest().rows;
  switch (message.type) {
    case 'delta':
      shared.applyDelta({ kind: 'delta', basis, rows: basis, isComplete: true, ...message });
      break;
    case 'resync':
      shared.applyResync({ kind: 'resync', ...message }, message.from);
      break;
    case 'owned': {
      const lane = message.lane === 1 ? owned : telemetry;
      const { rows } = lane.digest();
      const empty = { prefix: 0, extras: [], gcLine: 0 };
      const parts = message.parts.map((part) => ({ ...part, basis: rows.get(part.stream) ?? empty }));
      lane.applyDelta({ lane: message.lane, parts });
      break;
    }
    case 'rumor':
      if (message.entry.lane === 0) shared.applyRumor(message.entry, message.owner);
      else owned.applyRumor(message.entry, message.owner);
      break;
    case 'digest': {
      const rows = new Map(message.buckets.flatMap((bucket) => bucket.rows));
      if (message.lane === 0) shared.deltaFor({ lane: 0, rows });
      else owned.deltaFor({ lane: message.lane, rows });
      break;
    }
    default:
      return;
  }
  time.pass(60_000);
  node.state.expire();
  shared.deltaFor({ lane: 0, rows: new Map() });
  node.put('flags/new-ui', 'after');
}

/** Numbers are whole, and texts and bytes are short, however deep they lie. */
function checkWithinLimits(value: unknown): void {
  if (typeof value === 'number') check(Number.isSafeInteger(value) && value >= 0, `${value} is a whole number`);
  else if (typeof value === 'string') check(utf8Length(value) <= kvLimits.keyMaxBytes, 'a text is short');
  else if (value instanceof Uint8Array) check(value.length <= kvLimits.sharedValueMaxBytes, 'a value is short');
  else if (value instanceof Map) for (const entry of value) checkWithinLimits(entry);
  else if (Array.isArray(value)) {
    check(value.length <= kvWireLimits.messageMaxBytes / 4, 'a list is no longer than its bytes');
    value.forEach(checkWithinLimits);
  } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(checkWithinLimits);
}

function onEnd(): void {
  // Enough comes through, of every kind; and every reason to refuse a message occurs but its size.
  for (const type of kvMessageTypes) expect(taken.get(type) ?? 0, type).toBeGreaterThan(plan.count / 2_000);
  const never = Object.entries(decoder.refusals).filter(([, refused]) => refused === 0);
  expect(never.map(([reason]) => reason)).toEqual(['too-large', 'version']);
}

testInputs(plan, { what: 'changed state messages', newInput, run, inputMaxMs, taken, onEnd });
