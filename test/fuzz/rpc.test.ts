/**
 * Changed sessions of Serf's RPC through the parser, the decoders and the client's connection: no throw, no hang, flat
 * memory.
 *
 *   npx vitest run test/fuzz/rpc                                              30,000 inputs
 *   HEARSAY_FUZZ_COUNT=10000000 npx vitest run test/fuzz/rpc                  ten million
 *   HEARSAY_FUZZ_SEED=7 HEARSAY_FUZZ_INPUT=12345 npx vitest run test/fuzz/rpc one input again
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  decodeRecord,
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponseBody,
  decodeResponseHeader,
  hasRequestBody,
  rpcLimits,
  RpcParser,
  type RpcCommand,
} from 'hearsay/client';
import { expect, test } from 'vitest';
import { RpcConnection, type RecordSink } from '../../packages/hearsay/src/client/rpc-connection.ts';
import { randomInt, SeededRng, type Rng } from '../../packages/hearsay/src/util/index.ts';
import { fromHex, meaningOf, readRpcSessions, toHex, type RpcMessage } from '../support/rpc-corpus.ts';
import { mutate } from './mutator.ts';

const seed = Number(process.env['HEARSAY_FUZZ_SEED'] ?? 1);
const count = Number(process.env['HEARSAY_FUZZ_COUNT'] ?? 30_000);
const onlyInput = process.env['HEARSAY_FUZZ_INPUT'];

const inputMaxMs = 5_000;
/** The shared cache of names may still fill up: see wire.test.ts. */
const heapGrowthMaxBytes = 40 * 1024 * 1024;

const sessions = readRpcSessions();
const clientSides = sessions.map(({ messages }) => bytesOf(messages, 'c2s'));
/** What agents said to stock commands, and what had been asked of them, by sequence number from 1. */
const agentSides = sessions
  .filter(({ isRaw }) => !isRaw)
  .map(({ messages }) => ({ bytes: bytesOf(messages, 's2c'), requests: requestsOf(messages) }));
const agentBytes = agentSides.map(({ bytes }) => bytes);
const commands = [...new Set(agentSides.flatMap(({ requests }) => requests.map(({ command }) => command)))];
const kinds = ['stream', 'monitor', 'query'] as const;
const counts = { values: 0, headers: 0, answered: 0, records: 0 };

if (onlyInput === undefined) {
  const timeoutMs = 10 * 60_000 + count;
  test(`${count} changed RPC sessions: no throw, no hang, flat memory`, fuzz, timeoutMs);
} else {
  test(`input ${onlyInput} of seed ${seed} again`, async () => {
    const { bytes, run } = newInput(Number(onlyInput));
    console.log(toHex(bytes));
    await run();
  });
}

async function fuzz(): Promise<void> {
  let heapAfterTenth = 0;
  let slowest = { index: 0, ms: 0 };
  for (let index = 0; index < count; index += 1) {
    if (index === Math.floor(count / 10)) heapAfterTenth = heapBytes();
    const startedAt = performance.now();
    try {
      await newInput(index).run();
    } catch (error) {
      throw new Error(`input ${index} threw; replay with HEARSAY_FUZZ_SEED=${seed} HEARSAY_FUZZ_INPUT=${index}`, {
        cause: error,
      });
    }
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) slowest = { index, ms };
  }
  const heapGrowthBytes = heapBytes() - heapAfterTenth;
  console.log(
    `fuzz: seed ${seed}, ${count} inputs: ${counts.values} values, ${counts.headers} headers, ` +
      `${counts.answered} calls answered, ${counts.records} records, slowest input ${slowest.ms.toFixed(0)} ms, ` +
      `heap grew ${(heapGrowthBytes / 2 ** 20).toFixed(1)} MiB`,
  );
  expect(slowest.ms, `input ${slowest.index} was slow`).toBeLessThan(inputMaxMs);
  expect(heapGrowthBytes).toBeLessThan(heapGrowthMaxBytes);
  // Enough comes through.
  expect(counts.values).toBeGreaterThan(count);
  expect(counts.headers).toBeGreaterThan(count);
  expect(counts.answered).toBeGreaterThan(count / 4);
  expect(counts.records).toBeGreaterThan(count / 100);
}

/** Input `index` of this seed, made on its own: nothing depends on the inputs before. */
function newInput(index: number): { readonly bytes: Uint8Array; readonly run: () => Promise<void> } {
  const rng = new SeededRng(seed, index);
  if (randomInt(rng, 2) === 0) {
    const bytes = mutate(rng, clientSides[randomInt(rng, clientSides.length)]!, clientSides);
    return { bytes, run: async () => runDecoders(rng, bytes) };
  }
  const side = agentSides[randomInt(rng, agentSides.length)]!;
  const bytes = mutate(rng, side.bytes, agentBytes);
  return { bytes, run: () => runConnection(rng, bytes, side.requests) };
}

/** Every value through every decoder: what a header announces may be a lie. */
function runDecoders(rng: Rng, bytes: Uint8Array): void {
  const parser = new RpcParser({ maxValueBytes: rpcLimits.requestMaxBytes });
  for (const chunk of chunksOf(rng, bytes)) {
    parser.push(chunk);
    for (let value = parser.next(); value !== undefined; value = parser.next()) {
      counts.values += 1;
      if (decodeRequestHeader(value).ok) counts.headers += 1;
      decodeResponseHeader(value);
      for (const command of commands) {
        decodeRequestBody(command, value);
        decodeResponseBody(command, value);
      }
      for (const kind of kinds) decodeRecord(kind, value);
    }
  }
}

/** What an agent says, to a client that has asked what was asked in the session. */
async function runConnection(rng: Rng, bytes: Uint8Array, requests: readonly Request[]): Promise<void> {
  let isOpen = true;
  const socket = { unsentBytes: 0, write: () => undefined, destroy: () => void (isOpen = false) };
  const connection = new RpcConnection('127.0.0.1:7373', socket, {});
  const wait = { timeoutMs: 60_000, signal: undefined };
  const calls = requests.map(({ command, body }) => connection.call(command, body as never, wait, sinkOf(command)));
  const results = Promise.allSettled(calls);
  for (const chunk of chunksOf(rng, bytes)) connection.receive(chunk);
  connection.finish(new Error('the input is at its end'), true);
  for (const { status } of await results) if (status === 'fulfilled') counts.answered += 1;
  if (isOpen || !connection.isClosed) throw new Error('the connection was not closed');
}

function sinkOf(command: RpcCommand): RecordSink | undefined {
  const kind = kinds.find((kind) => kind === command);
  if (kind === undefined) return undefined;
  return {
    isStoppable: true,
    onOpen: () => undefined,
    receive: (value) => {
      const { ok } = decodeRecord(kind, value);
      if (ok) counts.records += 1;
      return ok;
    },
    onEnd: () => undefined,
  };
}

function* chunksOf(rng: Rng, bytes: Uint8Array): Generator<Uint8Array> {
  const most = 1 + randomInt(rng, 2_000);
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + randomInt(rng, most);
    yield bytes.subarray(at, end);
    at = end;
  }
}

interface Request {
  readonly command: RpcCommand;
  readonly body: unknown;
}

function requestsOf(messages: readonly RpcMessage[]): Request[] {
  const sent = messages.filter(({ dir, hex }) => dir === 'c2s' && hex !== undefined);
  return sent.flatMap(({ value }, index) => {
    const command = value?.['Command'] as RpcCommand | undefined;
    if (command === undefined) return [];
    return [{ command, body: hasRequestBody(command) ? meaningOf(sent[index + 1]?.value) : undefined }];
  });
}

function bytesOf(messages: readonly RpcMessage[], dir: RpcMessage['dir']): Uint8Array {
  return fromHex(messages.map((message) => (message.dir === dir ? (message.hex ?? '') : '')).join(''));
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
