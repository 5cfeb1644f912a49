/**
 * One run of hearsay: N clusters of one node in this process, on loopback, each with its own UDP socket and TCP
 * listener, LAN profile. Prints one JSON object a line. `go/peers.go` does the same with memberlist, step by step.
 *
 *   node --expose-gc bench/peer.mjs --nodes 10
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sentTraffic } from './lib/sent-traffic.mjs';
import { readArguments } from './lib/arguments.mjs';

// After the counters are in place.
const { createCluster } = await import('hearsay');

const crashTimeoutMs = 90_000;

const options = readArguments({
  nodes: '10',
  profile: 'lan',
  settle: '10',
  rest: '30',
  spread: '20',
  // Metadata updates; as many as events where it is not said.
  meta: '',
  crash: '2',
  'join-timeout-ms': '180000',
  'spread-timeout-ms': '10000',
  // Longer than a rumor of 100 nodes goes on being sent after everybody knows it.
  'spread-pause-ms': '1500',
  // Not 0: after the join only say once a second how things are, for so many seconds from the start.
  watch: '0',
});
const nodeCount = Number(options.nodes);

/** What the run waits for; the nodes' events fill it in. */
const watch = {
  /** Nodes that list everybody. */
  complete: 0,
  onComplete: undefined,
  /** The update or event on its way: its mark, and who has to hear it yet. */
  unheard: new Set(),
  metaOf: '',
  eventId: 0,
  onAllHeard: undefined,
  /** The crash being watched. */
  victim: '',
  crashedAtMs: 0,
  firstSuspicionMs: undefined,
  firstDeadMs: undefined,
  undecided: new Set(),
  onAllDead: undefined,
  falseDeaths: 0,
};

report('peer', { library: 'hearsay', runtime: process.version });
const empty = memoryNow();
const nodes = [];
for (let index = 0; index < nodeCount; index++) nodes.push(await startNode(index));
if (Number(options.watch) > 0) void watchFor(Number(options.watch));
await measureJoin();
if (Number(options.watch) > 0) await new Promise(() => {});
await sleep(Number(options.settle) * 1_000);
await measureRest();
measureMemory();
if (Number(options.spread) > 0) {
  await measureMeta();
  await measureEvent();
}
await measureCrash();
process.exit(0);

async function startNode(index) {
  const node = { index, name: `n${index}`, known: 0, heardEvent: 0, cluster: undefined };
  node.cluster = await createCluster({
    name: node.name,
    bind: '127.0.0.1:0',
    pool: 'memberlist',
    profile: options.profile,
    trace: (event) => onTrace(event),
  });
  const { cluster } = node;
  node.known = cluster.members.length;
  cluster.on('member-join', () => {
    node.known += 1;
    if (node.known === nodeCount) listsAll();
  });
  cluster.on('member-failed', ({ member }) => onDead(node, member.name));
  cluster.on('member-update', ({ member }) => {
    if (member.name === watch.metaOf) onHeard(node);
  });
  cluster.on('user-message', ({ payload }) => {
    const id = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    if (id === node.heardEvent) return;
    node.heardEvent = id;
    // Who hears an event for the first time passes it on, as Serf does.
    cluster.broadcast(payload);
    if (id === watch.eventId) onHeard(node);
  });
  return node;
}

/** Every other node joins node 0 at the same moment; done when each lists all. */
async function measureJoin() {
  const seed = addressOf(nodes[0]);
  const { promise, resolve } = defer();
  watch.onComplete = resolve;
  const cost = startCost();
  let failedCalls = 0;
  const join = async (node) => {
    while ((await node.cluster.join([seed]).catch(() => 0)) === 0) {
      failedCalls += 1;
      await sleep(100);
    }
  };
  for (const node of nodes.slice(1)) void join(node);
  const complete = await within(promise, Number(options['join-timeout-ms']));
  const used = cost();
  report('join', {
    complete,
    seconds: used.ms / 1_000,
    failedCalls,
    cpuMsPerNode: used.cpuMs / nodeCount,
    packetsPerNode: used.packets / nodeCount,
    udpBytesPerNode: used.udpBytes / nodeCount,
    tcpBytesPerNode: used.tcpBytes / nodeCount,
  });
}

/** Says every second how many nodes list everybody, how many false deaths there were so far, and what was sent. */
async function watchFor(seconds) {
  const cost = startCost();
  for (let second = 1; second <= seconds; second++) {
    await sleep(second * 1_000 - cost().ms);
    report('watch', {
      seconds: cost().ms / 1_000,
      complete: watch.complete,
      falseDeaths: watch.falseDeaths,
      packets: cost().packets,
    });
  }
  process.exit(0);
}

async function measureRest() {
  const falseDeathsBefore = watch.falseDeaths;
  const stallsBefore = stallsOf(nodes);
  const cost = startCost();
  await sleep(Number(options.rest) * 1_000);
  const used = cost();
  const nodeSeconds = (used.ms / 1_000) * nodeCount;
  report('rest', {
    seconds: used.ms / 1_000,
    packetsPerNodeSecond: used.packets / nodeSeconds,
    udpBytesPerNodeSecond: used.udpBytes / nodeSeconds,
    tcpBytesPerNodeSecond: used.tcpBytes / nodeSeconds,
    cpuMsPerNodeSecond: used.cpuMs / nodeSeconds,
    cpuUsPerPacket: (used.cpuMs * 1_000) / used.packets,
    falseDeaths: watch.falseDeaths - falseDeathsBefore,
    stalls: stallsOf(nodes) - stallsBefore,
  });
}

function measureMemory() {
  const { rssKb, rssKbCollected, heapKb } = memoryNow();
  report('memory', { rssKbEmpty: empty.rssKb, rssKb, rssKbCollected, heapKbEmpty: empty.heapKb, heapKb });
}

/** One node changes its metadata; until the last of the others has seen the update. */
function measureMeta() {
  return measureSpread('meta', Number(options.meta || options.spread), (trial, origin) => {
    watch.metaOf = origin.name;
    origin.cluster.updateMeta(`meta-${String(trial).padStart(5, '0')}`).catch(() => {});
  });
}

/** One node queues a user message of 60 bytes; each first hearer queues it again. */
function measureEvent() {
  return measureSpread('event', Number(options.spread), (trial, origin) => {
    watch.eventId = trial + 1;
    origin.heardEvent = watch.eventId;
    const payload = new Uint8Array(60);
    new DataView(payload.buffer).setUint32(0, watch.eventId);
    origin.cluster.broadcast(payload);
  });
}

async function measureSpread(measure, trials, start) {
  const ms = [];
  const cost = startCost();
  for (let trial = 0; trial < trials; trial++) {
    const origin = nodes[(trial * 7) % nodeCount];
    watch.unheard = new Set(nodes.filter((node) => node !== origin));
    const { promise, resolve } = defer();
    watch.onAllHeard = resolve;
    const startedAtMs = performance.now();
    start(trial, origin);
    if (await within(promise, Number(options['spread-timeout-ms']))) ms.push(performance.now() - startedAtMs);
    // A random part, so that trials do not fall into step with the gossip ticks.
    await sleep(Number(options['spread-pause-ms']) + Math.random() * 200);
  }
  watch.unheard.clear();
  const used = cost();
  report(measure, {
    ms,
    missed: trials - ms.length,
    packetsPerNode: used.packets / nodeCount / trials,
    udpBytesPerNode: used.udpBytes / nodeCount / trials,
    cpuMsPerNode: used.cpuMs / nodeCount / trials,
  });
}

/** The sockets of one node are closed without a leave. The node is gone for the trials after it. */
async function measureCrash() {
  const living = [...nodes];
  for (let trial = 0; trial < Number(options.crash) && living.length > 2; trial++) {
    const victim = living.pop();
    const falseDeathsBefore = watch.falseDeaths;
    const stallsBefore = stallsOf(living);
    const { promise, resolve } = defer();
    Object.assign(watch, {
      victim: victim.name,
      crashedAtMs: performance.now(),
      firstSuspicionMs: undefined,
      firstDeadMs: undefined,
      undecided: new Set(living),
      onAllDead: resolve,
    });
    const { crashedAtMs } = watch;
    await victim.cluster.close();
    const complete = await within(promise, crashTimeoutMs);
    const sinceCrash = (atMs) => ((atMs ?? Number.NaN) - crashedAtMs) / 1_000;
    report('crash', {
      complete,
      firstSuspicionSeconds: sinceCrash(watch.firstSuspicionMs),
      firstDeadSeconds: sinceCrash(watch.firstDeadMs),
      allDeadSeconds: sinceCrash(performance.now()),
      falseDeaths: watch.falseDeaths - falseDeathsBefore,
      stalls: stallsOf(living) - stallsBefore,
    });
    await sleep(3_000 + Math.random() * 1_000);
  }
}

function listsAll() {
  watch.complete += 1;
  if (watch.complete === nodeCount) watch.onComplete?.();
}

function onHeard(node) {
  if (watch.unheard.delete(node) && watch.unheard.size === 0) watch.onAllHeard();
}

/** The survivor that finds out itself; memberlist logs a line then. */
function onTrace(event) {
  if (event.type === 'probe-failed' && event.target === watch.victim) watch.firstSuspicionMs ??= performance.now();
}

function onDead(node, name) {
  if (node.known-- === nodeCount) watch.complete -= 1;
  if (name !== watch.victim) {
    watch.falseDeaths += 1;
    return;
  }
  watch.firstDeadMs ??= performance.now();
  if (watch.undecided.delete(node) && watch.undecided.size === 0) watch.onAllDead();
}

/** How often a node got no time for so long that it gave no verdict on the probe in flight. */
function stallsOf(some) {
  return some.reduce((sum, { cluster }) => sum + cluster.stats().core.swim.stalls, 0);
}

function addressOf(node) {
  const { host, port } = node.cluster.localMember.address;
  return `${host}:${port}`;
}

/** What the process spends from now on: time, CPU time of all threads, and what it sends. */
function startCost() {
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  const sent = { ...sentTraffic };
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      ms: performance.now() - startedAtMs,
      cpuMs: (user + system) / 1_000,
      packets: sentTraffic.packets - sent.packets,
      udpBytes: sentTraffic.udpBytes - sent.udpBytes,
      tcpBytes: sentTraffic.tcpBytes - sent.tcpBytes,
    };
  };
}

/** The resident set as it is found, and again after a full collection. */
function memoryNow() {
  const rssKb = rssNowKb();
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { rssKb, rssKbCollected: rssNowKb(), heapKb: Math.round((heapUsed + arrayBuffers) / 1024) };
}

function rssNowKb() {
  return Math.round(process.memoryUsage.rss() / 1024);
}

async function within(promise, timeoutMs) {
  const timeout = new AbortController();
  const expired = sleep(timeoutMs, false, { signal: timeout.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), expired]);
  timeout.abort();
  return inTime;
}

function defer() {
  const deferred = {};
  deferred.promise = new Promise((resolve) => (deferred.resolve = resolve));
  return deferred;
}

function report(measure, values) {
  process.stdout.write(`${JSON.stringify({ measure, nodes: nodeCount, ...values })}\n`);
}
