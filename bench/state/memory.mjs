/** Check 21: what a key costs in memory, and how many entries are merged in a second on one core. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { figure, median } from '../lib/figures.mjs';

const startMs = 1_750_000_000_000;
const valueBytes = 100;
const rounds = 5;
const pieceBytes = 256 * 1_024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Bytes a key at its writer and at a node that got it as bytes; entries a second, merged alone and with reading them. */
async function runMemory({ keys: keyCount, writers: writerCount }) {
  const core = await import('../../packages/hearsay/dist/kv/index.js');
  const codec = await import('../../packages/hearsay/dist/kv/codec/index.js');
  const { StepClock } = await import('../../packages/hearsay/dist/util/index.js');
  const clock = new StepClock();
  const config = core.checkKvConfig({
    sharedKeysMax: 100_000,
    sharedMaxBytes: 64 * 1_024 * 1_024,
    sharedWritesBurst: 1e9,
  });
  const stateOf = (node) =>
    new core.KvState({
      own: { node, generation: core.newGeneration(startMs, 1) },
      config,
      clock,
      wallMs: () => startMs + clock.nowMs,
      emit: () => {},
    });

  const writers = Array.from({ length: writerCount }, (_, index) => stateOf(`writer-${index}`));
  const beforeWrites = heldBytes();
  for (let index = 0; index < keyCount; index += 1) {
    writers[index % writerCount].shared.put(`flags/service/key-${index}`, new Uint8Array(valueBytes).fill(index));
  }
  const atWriter = (heldBytes() - beforeWrites) / keyCount;

  const reader = stateOf('reader');
  const rows = new Map();
  const messages = writers.flatMap(({ shared }) => {
    const delta = shared.deltaFor(reader.shared.digest());
    for (const [stream, row] of delta.rows) rows.set(stream, row);
    const pieces = codec.pieceEntries({ session: 1, from: 'writer', isStaged: false }, delta, pieceBytes);
    return pieces.map((piece) => codec.encodeKvMessage(piece));
  });
  const beforeReads = heldBytes();
  const first = receive(reader, messages, rows, codec);
  const atReader = (heldBytes() - beforeReads) / keyCount;
  if (first.merged !== keyCount) throw new Error(`${first.merged} of ${keyCount} entries were merged`);

  const runs = Array.from({ length: rounds }, (_, round) => receive(stateOf(`r${round}`), messages, rows, codec));
  const perSecond = (pick) => keyCount / median(runs.map(pick));
  const wireBytes = messages.reduce((sum, message) => sum + message.length, 0) / keyCount;
  return {
    writerCount,
    atWriter,
    atReader,
    mergedPerSecond: perSecond(({ mergeSeconds }) => mergeSeconds),
    readAndMergedPerSecond: perSecond(({ readSeconds, mergeSeconds }) => readSeconds + mergeSeconds),
    wireBytes,
  };
}

/** Reads all messages, then merges all that is in them. */
function receive(state, messages, rows, { decodeKvMessage }) {
  const readAt = process.cpuUsage();
  const pieces = messages.map((message) => decodeKvMessage(message));
  const readSeconds = secondsSince(readAt);
  const mergeAt = process.cpuUsage();
  let merged = 0;
  for (const [index, { entries, owners }] of pieces.entries()) {
    const basis = new Map();
    const isComplete = index === pieces.length - 1;
    const result = state.shared.applyDelta({ kind: 'delta', basis, rows, entries, owners, isComplete });
    merged += result.mergedCount;
  }
  return { merged, readSeconds, mergeSeconds: secondsSince(mergeAt) };
}

/** The heap, and what is outside of it, after a collection. */
function heldBytes() {
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function secondsSince(instant) {
  const { user, system } = process.cpuUsage(instant);
  return (user + system) / 1e6;
}

export const memoryCheck = {
  number: 21,
  title: '100,000 shared keys with values of 100 bytes: memory of a key, entries merged on one core',
  bar: '600 B a key, 200,000 entries a second',
  full: { keys: 100_000, writers: 1_000 },
  small: { keys: 20_000, writers: 100 },
  run: (_seed, settings) => runMemory(settings),
  judge: (results) => {
    const of = (pick) => median(results.map(pick));
    const [atWriter, atReader] = [of((result) => result.atWriter), of((result) => result.atReader)];
    const merged = of((result) => result.mergedPerSecond);
    const both = of((result) => result.readAndMergedPerSecond);
    return {
      figure:
        `${figure(atWriter)} B a key where it was written, ${figure(atReader)} B where it was received; ` +
        `${figure(merged)} entries a second merged, ${figure(both)} read from bytes and merged`,
      isMet: Math.max(atWriter, atReader) <= 600 && merged >= 200_000,
    };
  },
};
