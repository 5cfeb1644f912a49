/**
 * What one packet, one message, one run of bytes costs on one core: `npm run bench:micro`.
 *
 * The pure core alone, no sockets; `peers.mjs` measures with them. `--only TEXT` runs what has TEXT in its name.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as wire from 'hearsay/wire';
import { crc32 } from '../packages/hearsay/dist/wire/crc32.js';
import { encodeKvMessage, KvDecoder } from '../packages/hearsay/dist/kv/codec/index.js';
import { bucketOf, kvDefaults, streamKeyOf } from '../packages/hearsay/dist/kv/index.js';
import { BroadcastQueue } from '../packages/hearsay/dist/swim/index.js';
import { Distinct, Histogram, Telemetry } from '../packages/hearsay/dist/telemetry/index.js';
import {
  ByteReader,
  ByteWriter,
  randomFloat,
  SeededRng,
  StepClock,
  TimerQueue,
} from '../packages/hearsay/dist/util/index.js';
import { readArguments } from './lib/arguments.mjs';
import { bench } from './lib/bench.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import {
  addressOf,
  aliveOf,
  createCodec,
  createNode,
  encode,
  memberCount,
  nowMs,
  pingFrom,
  pings,
} from './lib/traffic.mjs';

const options = readArguments({ only: '' });
const machine = describeMachine();
const results = [];
const key = new Uint8Array(16).fill(7);

console.log(`${machine}. CPU time, collections included; medians of 9 rounds of 250 ms.`);
group('Packets through `receivePacket`', measurePackets);
group('Malformed packets, refused', measureMalformed);
group('Messages', measureMessages);
group('State messages', measureStateMessages);
group('Telemetry', measureTelemetry);
group('Bytes', measureBytes);
group('Broadcast queue', measureQueue);

const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}micro.json`, JSON.stringify({ machine, results }, null, 1));

function measurePackets() {
  const plain = createCodec();
  const keys = [key];
  receive('ping in, ack out', createNode(), pings(), 1);
  receive(
    'ping with checksum',
    createNode(),
    pings((ping) => plain.wrap(ping, true)),
    1,
  );
  receive('ping and 10 known alives in a compound', createNode(), pings(withTenAlives), 1);
  receive(
    'the same, compressed',
    createNode(),
    pings((ping) => compress(withTenAlives(ping))),
    1,
  );
  receive('alive, known already', createNode(), knownAlives(), 0);
  const sealing = createCodec({ keys });
  receive(
    'ping in, ack out, AES-128-GCM',
    createNode({ keys }),
    pings((ping) => sealing.wrap(ping, false)),
    1,
  );
}

function measureMalformed() {
  const file = new URL('../test/vectors/memberlist/malformed.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
  const packet = (name) => Buffer.from(vectors.find((vector) => vector.name === name).hex, 'hex');
  const kinds = {
    'unknown type': packet('udp-type-127'),
    'only a type byte': packet('udp-type-only-0'),
    'ping cut in the middle': packet('udp-ping-truncated'),
    'checksum does not match': packet('udp-crc-bad'),
    'compressed, cut': packet('udp-compress-truncated'),
    'compressed, bad code': packet('udp-compress-bad-code'),
    'label where none is expected': packet('udp-type-244'),
    'map of 4 billion pairs': Uint8Array.of(0, 0xdf, 0xff, 0xff, 0xff, 0xff),
    'compound, parts missing': Uint8Array.of(7, 100, 0, 20, 0, 20),
    '1,400 random bytes': randomBytes(1_400),
  };
  for (const [name, bytes] of Object.entries(kinds)) receive(name, createNode(), repeated(bytes), 0);
  receive('all of these in turn', createNode(), inTurn(Object.values(kinds)), 0);
  // With a keyring everything has to be tried with every key.
  receive('key ring of 1, 100 random bytes', createNode({ keys: [key] }), repeated(sealedGarbage()), 0);
}

function measureMessages() {
  const samples = {
    ping: [wire.encodePing, wire.decodePing, pingFrom(7, 70_000)],
    ack: [wire.encodeAck, wire.decodeAck, { seqNo: 70_000, payload: null }],
    alive: [wire.encodeAlive, wire.decodeAlive, aliveOf(7)],
    suspect: [wire.encodeSuspect, wire.decodeSuspect, { incarnation: 1, node: 'n7', from: 'n8' }],
    dead: [wire.encodeDead, wire.decodeDead, { incarnation: 1, node: 'n7', from: 'n8' }],
  };
  for (const [name, [encoder, decoder, message]] of Object.entries(samples)) {
    const writer = new ByteWriter();
    const reader = new ByteReader();
    const bytes = encode(encoder, message);
    const into = decoder(new ByteReader(bytes.subarray(1)));
    measure(`${name}, encode (${bytes.length} B)`, () => {
      writer.reset();
      encoder(writer, message);
    });
    measure(`${name}, decode`, () => {
      reader.reset(bytes, 1);
      return decoder(reader, into);
    });
  }
}

/** A rumor of a flag, the summary that opens an exchange, and the rows of 1,000 writers, in one message. */
function measureStateMessages() {
  const owners = Array.from({ length: 1_000 }, (_, i) => ({ node: `web-${i}`, generation: '0197a3b4c5d6beef' }));
  const streams = owners.map((owner) => streamKeyOf(owner, 0));
  const head = { session: 7, from: 'web-7' };
  const hash = { high: 1, low: 2 };
  const buckets = Array.from({ length: 64 }, (_, bucket) => ({ bucket, rows: [] }));
  for (const [i, stream] of streams.entries()) {
    buckets[bucketOf(stream)].rows.push([stream, { prefix: i + 1, extras: [], gcLine: 0 }]);
  }
  const entry = {
    ...{ lane: 0, key: 'flags/new-ui', kind: 'put', value: new Uint8Array(40), stream: streams[7], version: 12 },
    ...{
      stamp: { epoch: 0, ms: 1_750_000_000_000, counter: 0 },
      parent: undefined,
      orig: undefined,
      adopt: 0,
      ttlMs: 0,
      ageMs: 0,
    },
  };
  const samples = {
    'state rumor': { type: 'rumor', owner: owners[7], entry },
    'state summary': {
      ...{ type: 'summary', ...head, laneHashes: [hash, hash, hash], limitsHash: 1 },
      ...{ clockMs: 1_750_000_000_000, receipts: [] },
    },
    'state digest, 1,000 rows': {
      ...{ type: 'digest', ...head, lane: 0, isAnswer: false, wantsResync: false, part: 0, partCount: 1 },
      ...{ laneHash: hash, buckets },
    },
  };
  const decoder = new KvDecoder();
  for (const [name, message] of Object.entries(samples)) {
    const bytes = encodeKvMessage(message);
    if (decoder.decode(bytes) === undefined) throw new Error(`${name} cannot be read`);
    measure(`${name}, encode (${bytes.length} B)`, () => encodeKvMessage(message));
    measure(`${name}, decode`, () => decoder.decode(bytes));
  }
  const cut = encodeKvMessage(samples['state rumor']).subarray(0, -1);
  measure('state rumor, cut', () => decoder.decode(cut));
}

/** Durations over two decades, 300 recorded by each member in a minute. */
function measureTelemetry() {
  const clock = new StepClock();
  const timers = new TimerQueue();
  const entries = new Map();
  let bytes = 0;
  let member = 0;
  const kv = {
    config: kvDefaults,
    state: { telemetry: { nodes: () => entries.keys(), get: (node, key) => entries.get(node)?.[key], ageMs: () => 0 } },
    setTelemetry: (key, value) => {
      entries.set(`web-${member}`, { ...entries.get(`web-${member}`), [key]: { key, value } });
      bytes += value.length;
    },
    deleteTelemetry() {},
  };
  const host = { name: 'web', packetMaxBytes: 1_400, liveMembers: () => [], isCapable: () => false, send() {} };
  let folder;
  for (member = 0; member < 1_000; member += 1) {
    const rng = new SeededRng(member);
    const telemetry = new Telemetry({}, kv, host, { clock, timers, rng });
    const histogram = telemetry.instrument('histogram', 'latency_ms');
    for (let i = 0; i < 300; i += 1) histogram.current.record(10 ** (randomFloat(rng) + randomFloat(rng)));
    telemetry.publish();
    folder = telemetry.folder;
  }
  const fold = () => folder.fold('histogram', 'latency_ms');
  if (fold().sketch.count !== 300_000) throw new Error('not all was folded');
  measure(`fold the histograms of 1,000 members (${Math.round(bytes / 1_000)} B each)`, fold);
  const { sketch } = fold();
  measure('p99 of the fold', () => sketch.quantile(0.99));
  const histogram = new Histogram();
  measure('record a value', (i) => histogram.record(1 + (i % 1_000)));
  const distinct = new Distinct();
  const users = Array.from({ length: 1_024 }, (_, i) => `user-${i}`);
  measure('count a text of about 8 letters', (i) => distinct.add(users[i & 1_023]));
}

function measureBytes() {
  const compressing = createCodec({ compression: true });
  const gossip = withAlives(18);
  const ping = encode(wire.encodePing, pingFrom(7, 70_000));
  const packed = compressing.wrap(gossip, false).slice();
  const sealing = createCodec({ keys: [key] });
  const sealed = sealing.wrap(gossip, false).slice();
  const sink = { receiveMessage() {} };
  measure(`compress a gossip packet of ${gossip.length} B (to ${packed.length} B)`, () =>
    compressing.wrap(gossip, false),
  );
  measure('decompress it, all messages', () => compressing.unwrap(packed, sink));
  measure(`compress a ping of ${ping.length} B (does not pay)`, () => compressing.wrap(ping, false));
  measure(`seal ${gossip.length} B`, () => sealing.wrap(gossip, false));
  measure('open it, all messages', () => sealing.unwrap(sealed, sink));
  for (const length of [100, 1_400]) {
    const bytes = randomBytes(length);
    measure(`crc32 of ${length} B`, () => crc32(bytes));
  }
}

/** Each rumor is sent 12 times, as in a cluster of 100; so two new ones a packet keep the queue as it is. */
function measureQueue() {
  const queue = new BroadcastQueue(() => 12);
  const rumors = Array.from({ length: memberCount }, (_, i) => encode(wire.encodeAlive, aliveOf(i)));
  const names = rumors.map((_, i) => `n${i}`);
  const out = [];
  for (let i = 0; i < memberCount; i++) queue.queueNamed(names[i], rumors[i]);
  measure('queue 2 rumors, take a packet of 1,398 B', (i) => {
    queue.queueNamed(names[(2 * i) % memberCount], rumors[(2 * i) % memberCount]);
    queue.queueNamed(names[(2 * i + 1) % memberCount], rumors[(2 * i + 1) % memberCount]);
    out.length = 0;
    return queue.take(2, 1_398, out);
  });
}

/** Prints what `fill` has measured as a table of its own. */
function group(title, fill) {
  const first = results.length;
  fill();
  const rows = results
    .slice(first)
    .map((result) => [
      result.name,
      figure(1e9 / result.nsPerOperation),
      figure(result.nsPerOperation),
      `${figure(result.leastNs)} to ${figure(result.mostNs)}`,
      figure(result.garbageBytes),
      figure(result.bufferBytes),
    ]);
  if (rows.length === 0) return;
  const head = ['operation', 'a second', 'ns', 'least to most, ns', 'garbage, B', 'outside the heap, B'];
  console.log(`\n### ${title}\n\n${table(head, rows)}`);
}

function measure(name, operation) {
  if (name.includes(options.only)) results.push(bench(name, operation));
}

/** Times `receivePacket`, and checks that the node answered as often as the name of the row promises. */
function receive(name, { node, sent }, traffic, answersPerPacket) {
  const mask = traffic.length - 1;
  const sentBefore = sent.packets;
  let received = 0;
  measure(name, (i) => {
    const { from, packet } = traffic[i & mask];
    node.receivePacket(nowMs, from, packet);
    received += 1;
  });
  const answers = sent.packets - sentBefore;
  if (answers !== received * answersPerPacket) throw new Error(`${name}: ${answers} answers to ${received} packets`);
}

function repeated(packet) {
  return [{ from: addressOf(1), packet }];
}

/** 16 slots, so that one `&` chooses. */
function inTurn(packets) {
  return Array.from({ length: 16 }, (_, i) => ({ from: addressOf(1), packet: packets[i % packets.length] }));
}

function knownAlives() {
  return Array.from({ length: 64 }, (_, i) => ({
    from: addressOf(1 + i),
    packet: encode(wire.encodeAlive, aliveOf(1 + i)),
  }));
}

function withTenAlives(ping) {
  return compound([ping, ...Array.from({ length: 10 }, (_, i) => encode(wire.encodeAlive, aliveOf(1 + i)))]);
}

function withAlives(count) {
  return compound(Array.from({ length: count }, (_, i) => encode(wire.encodeAlive, aliveOf(1 + i))));
}

function compound(parts) {
  const writer = new ByteWriter();
  wire.packCompound(writer, parts);
  return writer.copy();
}

function compress(content) {
  return createCodec({ compression: true }).wrap(content, false);
}

/** Version byte 1, and nothing any key fits. */
function sealedGarbage() {
  const bytes = randomBytes(100);
  bytes[0] = 1;
  return bytes;
}

/** The same bytes in every run; a multiplicative generator is random enough for garbage. */
function randomBytes(length) {
  let state = 12_345;
  return Uint8Array.from({ length }, () => (state = (state * 48_271) % 0x7fffffff) & 0xff);
}
