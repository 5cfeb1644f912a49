/**
 * The simulator: how much virtual time a second of real time buys, and what it costs in memory.
 *
 *   npm run bench:sim -- --nodes 1000,5000,10000 --seconds 60
 *
 * Every node is a whole `ClusterNode`; every packet is encoded, and decoded again by whom it reaches. All know each other
 * at the start, or with `--start joining` all join through the first one at once. Every `--update-every` seconds one
 * node changes its metadata (0: never), which costs 16 packets a node, and after ten seconds one crashes. Speed is by CPU
 * time, the collector's threads included: wall time on a machine with other work measures that work.
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
  seed: '1',
  'heap-mb': '20000',
  child: false,
});

if (options.child) process.stdout.write(JSON.stringify(run(Number(options.nodes), Number(options.seconds))));
else runAll();

/** A process for each size, because what counts is the peak of its memory. */
function runAll() {
  const machine = describeMachine();
  const { start, seconds, seed, 'update-every': updateEvery } = options;
  const results = numberList(options.nodes).map((nodes) => {
    const workload = ['--start', start, '--update-every', updateEvery];
    const args = ['--nodes', nodes, '--seconds', seconds, '--seed', seed, '--child', ...workload];
    const flags = [`--max-old-space-size=${options['heap-mb']}`];
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...args.map(String)], {
      stdio,
    });
    return child.status === 0 ? JSON.parse(child.stdout) : { nodes, failed: child.signal ?? child.status };
  });
  console.log(`${machine}. ${seconds} virtual seconds, seed ${seed}, ${start}, an update every ${updateEvery} s.\n`);
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
    'peak RSS, MB',
  ];
  console.log(table(head, results.map(row)));
  const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}sim.json`, JSON.stringify({ machine, options, results }, null, 1));
}

function row(result) {
  const nodes = result.nodes.toLocaleString('en-US');
  if (result.failed !== undefined) return [nodes, `ended with ${result.failed}`, ...Array(8).fill('')];
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
    figure(result.peakRssKb / 1024),
  ];
}

function run(nodeCount, virtualSeconds) {
  const atStart = process.cpuUsage();
  const scenario = simulate({ seed: Number(options.seed), nodeCount, start: options.start, checkers: [] });
  const startCpuSeconds = cpuSecondsSince(atStart);
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  let convergedSecond;
  for (let second = 0; second < virtualSeconds; second++) {
    const name = `n${1 + ((second * 7) % nodeCount)}`;
    if (second % Number(options['update-every']) === 0) scenario.updateMeta(name, `meta-${second}`);
    if (second === 10) scenario.crash(`n${nodeCount}`);
    scenario.runForMs(1_000);
    if (convergedSecond === undefined && allKnowAll(scenario)) convergedSecond = second + 1;
  }
  return {
    nodes: nodeCount,
    virtualSeconds,
    startCpuSeconds,
    runSeconds: (performance.now() - startedAtMs) / 1_000,
    runCpuSeconds: cpuSecondsSince(cpu),
    convergedSecond,
    events: scenario.simulator.eventCount,
    packets: scenario.nodes.reduce((sum, node) => sum + node.traffic.packetsSent, 0),
    peakRssKb: process.resourceUsage().maxRSS,
    hash: scenario.hash,
  };
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
