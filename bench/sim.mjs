/**
 * The simulator: how much virtual time a second of real time buys, and what it costs in memory.
 *
 *   npm run bench:sim -- --nodes 1000,5000,10000 --seconds 60
 *
 * Every node is a whole `ClusterNode`; every packet is encoded, and decoded again by whom it reaches. All know each other
 * at the start; then one node a second changes its metadata, and after ten seconds one crashes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { simulate } from 'hearsay/sim';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';

const options = readArguments({ nodes: '1000,5000', seconds: '60', seed: '1', 'heap-mb': '20000', child: false });

if (options.child) process.stdout.write(JSON.stringify(run(Number(options.nodes), Number(options.seconds))));
else runAll();

/** A process for each size, because what counts is the peak of its memory. */
function runAll() {
  const machine = describeMachine();
  const results = numberList(options.nodes).map((nodes) => {
    const args = ['--nodes', nodes, '--seconds', options.seconds, '--seed', options.seed, '--child'];
    const flags = [`--max-old-space-size=${options['heap-mb']}`];
    const stdio = ['ignore', 'pipe', 'inherit'];
    const child = spawnSync(process.execPath, [...flags, fileURLToPath(import.meta.url), ...args.map(String)], {
      stdio,
    });
    return child.status === 0 ? JSON.parse(child.stdout) : { nodes, failed: child.signal ?? child.status };
  });
  console.log(`${machine}. ${options.seconds} virtual seconds, seed ${options.seed}, one run each.\n`);
  const head = [
    'nodes',
    'start, s',
    'run, s',
    'x real time',
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
  if (result.failed !== undefined) return [nodes, `ended with ${result.failed}`, '', '', '', '', '', ''];
  return [
    nodes,
    figure(result.startSeconds),
    figure(result.runSeconds),
    figure(result.virtualSeconds / result.runSeconds),
    figure(result.events / 1e6),
    figure(result.events / result.runCpuSeconds),
    figure(result.packets),
    figure(result.peakRssKb / 1024),
  ];
}

function run(nodeCount, virtualSeconds) {
  const begunAtMs = performance.now();
  const scenario = simulate({ seed: Number(options.seed), nodeCount, checkers: [] });
  const startedAtMs = performance.now();
  const cpu = process.cpuUsage();
  for (let second = 0; second < virtualSeconds; second++) {
    const name = `n${1 + ((second * 7) % nodeCount)}`;
    scenario.updateMeta(name, `meta-${second}`);
    if (second === 10) scenario.crash(`n${nodeCount}`);
    scenario.runForMs(1_000);
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    nodes: nodeCount,
    virtualSeconds,
    startSeconds: (startedAtMs - begunAtMs) / 1_000,
    runSeconds: (performance.now() - startedAtMs) / 1_000,
    runCpuSeconds: (user + system) / 1e6,
    events: scenario.simulator.eventCount,
    packets: scenario.nodes.reduce((sum, node) => sum + node.traffic.packetsSent, 0),
    peakRssKb: process.resourceUsage().maxRSS,
    hash: scenario.hash,
  };
}
