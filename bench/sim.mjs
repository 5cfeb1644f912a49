/**
 * The simulator: how much virtual time a second of real time buys, and what it costs in memory.
 *
 *   npm run bench:sim -- --nodes 1000,5000,10000 --seconds 60
 *
 * Every node is a whole `ClusterNode`; every packet is encoded, and decoded again by whom it reaches. All know each other
 * at the start, or with `--start joining` all join through the first one at once. Every `--update-every` seconds one
 * node changes its metadata, which costs 16 packets a node, and after ten seconds one crashes; `--idle` leaves both out.
 * Speed is by CPU time, the collector's threads included: wall time on a machine with other work measures that work. Of
 * a run with `--warm-up` seconds those are not counted: the compiler is at work then, and each member announces itself.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { simulate } from 'hearsay/sim';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';

const options = readArguments({
  nodes: '1000,5000',
  start: 'joined',
  seconds: '60',
  'update-every': '1',
  idle: false,
  'warm-up': '0',
  seed: '1',
  'heap-mb': '20000',
  child: false,
});

if (options.child) process.stdout.write(JSON.stringify(run(Number(options.nodes), Number(options.seconds))));
else runAll();

/** A process for each size, because what counts is the peak of its memory. */
function runAll() {
  const machine = describeMachine();
  const { start, seconds, seed, idle, 'update-every': updateEvery, 'warm-up': warmUp } = options;
  const results = numberList(options.nodes).map((nodes) => {
    const workload = [
      '--start',
      start,
      '--update-every',
      updateEvery,
      '--warm-up',
      warmUp,
      ...(idle ? ['--idle'] : []),
    ];
    const args = ['--nodes', nodes, '--seconds', seconds, '--seed', seed, '--child', ...workload];
    const flags = ['--expose-gc', `--max-old-space-size=${options['heap-mb']}`];
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...args.map(String)], {
      stdio,
    });
    return child.status === 0 ? JSON.parse(child.stdout) : { nodes, failed: child.signal ?? child.status };
  });
  const workload = idle ? 'idle' : `an update every ${updateEvery} s`;
  const length = `${seconds} virtual seconds after ${warmUp} to warm up`;
  console.log(`${machine}. ${length}, seed ${seed}, ${start}, ${workload}.\n`);
  const head = [
    'nodes',
    'start, CPU s',
    'run, CPU s',
    'run, s',
    'x real time by CPU',
    'all know all',
    'million events',
    'events a CPU second',
    'packets',
    'push/pulls',
    'bytes a node at the start',
    'at the end',
    'peak RSS, MB',
  ];
  console.log(table(head, results.map(row)));
  const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}sim.json`, JSON.stringify({ machine, options, results }, null, 1));
}

function row(result) {
  const nodes = result.nodes.toLocaleString('en-US');
  if (result.failed !== undefined) return [nodes, `ended with ${result.failed}`, ...Array(11).fill('')];
  return [
    nodes,
    figure(result.startCpuSeconds),
    figure(result.runCpuSeconds),
    figure(result.runSeconds),
    figure(result.virtualSeconds / result.runCpuSeconds),
    result.convergedSecond === undefined ? '-' : `second ${result.convergedSecond}`,
    figure(result.events / 1e6),
    figure(result.events / result.runCpuSeconds),
    figure(result.packets),
    figure(result.pushPulls),
    figure(result.startBytesPerNode),
    figure(result.endBytesPerNode),
    figure(result.peakRssKb / 1024),
  ];
}

function run(nodeCount, virtualSeconds) {
  const emptyBytes = usedBytes();
  const atStart = process.cpuUsage();
  const scenario = simulate({ seed: Number(options.seed), nodeCount, start: options.start, checkers: [] });
  const startCpuSeconds = cpuSecondsSince(atStart);
  const startBytesPerNode = (usedBytes() - emptyBytes) / nodeCount;
  scenario.runForMs(Number(options['warm-up']) * 1_000);
  const warmUpEvents = scenario.simulator.eventCount;
  const warmUpPackets = packetCount(scenario);
  const warmUpPushPulls = pushPullCount(scenario);
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  let convergedSecond;
  for (let second = 0; second < virtualSeconds; second++) {
    if (!options.idle) disturb(scenario, second);
    scenario.runForMs(1_000);
    if (convergedSecond === undefined && allKnowAll(scenario)) convergedSecond = second + 1;
  }
  const runSeconds = (performance.now() - startedAtMs) / 1_000;
  const runCpuSeconds = cpuSecondsSince(cpu);
  return {
    nodes: nodeCount,
    virtualSeconds,
    startCpuSeconds,
    runSeconds,
    runCpuSeconds,
    convergedSecond,
    events: scenario.simulator.eventCount - warmUpEvents,
    startBytesPerNode,
    endBytesPerNode: (usedBytes() - emptyBytes) / nodeCount,
    packets: packetCount(scenario) - warmUpPackets,
    pushPulls: pushPullCount(scenario) - warmUpPushPulls,
    peakRssKb: process.resourceUsage().maxRSS,
    hash: scenario.hash,
  };
}

/** What goes on in that second. */
function disturb(scenario, second) {
  const { length: nodeCount } = scenario.nodes;
  const name = `n${1 + ((second * 7) % nodeCount)}`;
  if (second % Number(options['update-every']) === 0) scenario.updateMeta(name, `meta-${second}`);
  if (second === 10) scenario.crash(`n${nodeCount}`);
}

function packetCount(scenario) {
  return scenario.nodes.reduce((sum, node) => sum + node.traffic.packetsSent, 0);
}

function pushPullCount(scenario) {
  return scenario.nodes.reduce((sum, { core }) => sum + core.stats.swim.pushPullsInitiated, 0);
}

/** What lives on the heap and outside of it. */
function usedBytes() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Whether every node that runs lists every other one as alive. */
function allKnowAll(scenario) {
  const running = scenario.nodes.filter((node) => node.state === 'running');
  return running.every((node) => node.core.memberCount >= running.length);
}

function cpuSecondsSince(instant) {
  const { user, system } = process.cpuUsage(instant);
  return (user + system) / 1e6;
}
