/**
 * hearsay beside HashiCorp memberlist: the same measurements, the same machine, run by run in turn.
 *
 *   npm run bench:peers -- --nodes 10,50,100 --runs 5
 *
 * Each run is a process of its own (`peer.mjs`, `go/peers.go`) that prints one JSON object a line. The lines are kept
 * under .cache/bench; `--report` prints the tables again from there. `--quick` is a smoke test, not a measurement.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, median, quantile, spread, table } from './lib/figures.mjs';
import { buildGo, sidesInTurn } from './lib/go.mjs';
import { describeMachine } from './lib/machine.mjs';
import { readRawLines } from './lib/raw-lines.mjs';

const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
const rawFile = `${folder}peers.jsonl`;
const goBinary = `${folder}go-peers`;
const ourSource = fileURLToPath(new URL('peer.mjs', import.meta.url));

const options = readArguments({
  nodes: '10,50,100',
  runs: '5',
  settle: '10',
  rest: '30',
  spread: '20',
  crash: '2',
  quick: false,
  report: false,
});
if (options.quick) Object.assign(options, { runs: '1', settle: '3', rest: '8', spread: '3', crash: '1' });
const nodeCounts = numberList(options.nodes);

if (!options.report) await measureAll();
printReport(readRawLines(rawFile));

async function measureAll() {
  mkdirSync(folder, { recursive: true });
  const goVersion = buildGo('peers', goBinary);
  writeFileSync(rawFile, `${JSON.stringify({ measure: 'machine', machine: describeMachine(), goVersion, options })}\n`);
  for (let run = 1; run <= Number(options.runs); run++) {
    for (const nodes of nodeCounts) {
      for (const side of sidesInTurn(run, goVersion)) await measure(side, nodes, run);
    }
  }
}

/** One run of one side. @param {string} side @param {number} nodes @param {number} run */
async function measure(side, nodes, run) {
  const counts = ['--nodes', nodes, '--spread', options.spread, '--crash', options.crash];
  const spans = { settle: options.settle, rest: options.rest };
  const [command, args] =
    side === 'go'
      ? [goBinary, [...counts, '--settle', `${spans.settle}s`, '--rest', `${spans.rest}s`]]
      : [process.execPath, ['--expose-gc', ourSource, ...counts, '--settle', spans.settle, '--rest', spans.rest]];
  console.error(`bench: run ${run}, ${nodes} nodes, ${side}`);
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    appendFileSync(rawFile, `${JSON.stringify({ side, run, ...JSON.parse(line) })}\n`);
  }
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== 0) throw new Error(`${side} with ${nodes} nodes ended with code ${child.exitCode}`);
}

/** The rows of the report: a name, the measure it is taken from, and how to get a value out of one line. */
function rows() {
  return [
    ['join of all, s', 'join', (line) => line.seconds],
    ['join, CPU ms a node', 'join', (line) => line.cpuMsPerNode],
    ['join, packets a node', 'join', (line) => line.packetsPerNode],
    ['join, UDP + TCP bytes a node', 'join', (line) => line.udpBytesPerNode + line.tcpBytesPerNode],
    ['crash to first suspicion, s', 'crash', (line) => line.firstSuspicionSeconds],
    ['crash to first dead, s', 'crash', (line) => line.firstDeadSeconds],
    ['crash to all know it is dead, s', 'crash', (line) => line.allDeadSeconds],
    ['at rest, packets a node and second', 'rest', (line) => line.packetsPerNodeSecond],
    ['at rest, UDP bytes a node and second', 'rest', (line) => line.udpBytesPerNodeSecond],
    ['at rest, TCP bytes a node and second', 'rest', (line) => line.tcpBytesPerNodeSecond],
    ['at rest, CPU ms a node and second', 'rest', (line) => line.cpuMsPerNodeSecond],
    ['at rest, CPU us a packet', 'rest', (line) => line.cpuUsPerPacket],
    ['RSS of the process, MB', 'memory', (line) => line.rssKb / 1024],
    ['RSS above that of the empty process, KB a node', 'memory', (line) => (line.rssKb - line.rssKbEmpty) / line.nodes],
    [
      'the same after a full collection, KB a node',
      'memory',
      (line) => (line.rssKbCollected - line.rssKbEmpty) / line.nodes,
    ],
    [
      'live heap above that of the empty process, KB a node',
      'memory',
      (line) => (line.heapKb - line.heapKbEmpty) / line.nodes,
    ],
  ];
}

/** @param {any[]} lines */
function printReport(lines) {
  const { machine, goVersion, options: used } = lines[0];
  const sides = goVersion === undefined ? ['hearsay'] : ['go', 'hearsay'];
  const counts = [...new Set(lines.filter((line) => line.measure === 'peer').map((line) => line.nodes))];
  console.log(`${machine}; ${goVersion ?? 'no Go side'}.`);
  console.log(
    `Runs: ${used.runs} a side and size, in turn; per run ${used.rest} s at rest after ${used.settle} s, ` +
      `${used.spread} updates and events, ${used.crash} crashes. Cells: median (least to most).`,
  );
  for (const nodes of counts) {
    const of = (side, measure) =>
      lines.filter((line) => line.side === side && line.measure === measure && line.nodes === nodes);
    console.log(`\n### ${nodes} nodes\n`);
    const body = rows().map(([name, measure, value]) => row(name, sides, (side) => of(side, measure).map(value)));
    for (const [measure, name] of [
      ['meta', 'metadata update'],
      ['event', 'user event'],
    ]) {
      body.push(...spreadRows(name, sides, (side) => of(side, measure)));
    }
    console.log(table(['measure', ...sides.map(sideName), ...(sides.length > 1 ? ['hearsay / Go'] : [])], body));
    for (const side of sides) reportTrouble(side, nodes, (measure) => of(side, measure));
  }
  if (counts.length > 1)
    printGrowth(
      lines,
      sides,
      counts.sort((a, b) => a - b),
    );
}

function row(name, sides, valuesOf) {
  const medians = sides.map((side) => median(valuesOf(side)));
  const ratio = sides.length > 1 ? [figure(medians[1] / medians[0])] : [];
  return [name, ...sides.map((side) => spread(valuesOf(side))), ...ratio];
}

/** All trials of all runs together: half, 99 of 100, and the last. */
function spreadRows(name, sides, linesOf) {
  const trials = (side) => linesOf(side).flatMap((line) => line.ms);
  const cells = sides.map((side) => [0.5, 0.99, 1].map((share) => figure(quantile(trials(side), share))).join(' / '));
  const ratio = sides.length > 1 ? [figure(median(trials('hearsay')) / median(trials('go')))] : [];
  const missed = sides.map((side) => {
    const count = linesOf(side).reduce((sum, line) => sum + line.missed, 0);
    return `${count} of ${count + trials(side).length}`;
  });
  return [
    [`${name} to the last node, ms p50 / p99 / max`, ...cells, ...ratio],
    [`${name} not everywhere in 10 s`, ...missed, ...(sides.length > 1 ? [''] : [])],
  ];
}

/** What would make a median misleading is said, not hidden in it. */
function reportTrouble(side, nodes, of) {
  const unfinished = [...of('join'), ...of('crash')].filter((line) => !line.complete).length;
  const falseDeaths = [...of('rest'), ...of('crash')].reduce((sum, line) => sum + line.falseDeaths, 0);
  const failedCalls = of('join').reduce((sum, line) => sum + line.failedCalls, 0);
  // Only hearsay counts them: memberlist does not notice.
  const stalls = [...of('rest'), ...of('crash')].reduce((sum, line) => sum + (line.stalls ?? 0), 0);
  if (unfinished + falseDeaths + failedCalls + stalls === 0) return;
  console.log(
    `\n${sideName(side)}, ${nodes} nodes: ${unfinished} joins or crashes not complete in time, ` +
      `${falseDeaths} false deaths, ${failedCalls} failed join calls, ${stalls} stalls of 100 ms.`,
  );
}

/** What one node more costs: slopes between the sizes of cluster, next ones and outermost. */
function printGrowth(lines, sides, counts) {
  const memory = (side, nodes, key) =>
    median(
      lines
        .filter((line) => line.side === side && line.measure === 'memory' && line.nodes === nodes)
        .map((line) => line[key]),
    );
  const pairs = counts.slice(1).map((most, index) => [counts[index], most]);
  if (pairs.length > 1) pairs.push([counts[0], counts.at(-1)]);
  const named = [
    ['RSS', 'rssKb'],
    ['RSS after a full collection', 'rssKbCollected'],
    ['live heap', 'heapKb'],
  ];
  const body = pairs.flatMap(([least, most]) =>
    named.map(([name, key]) => {
      const growth = sides.map((side) => (memory(side, most, key) - memory(side, least, key)) / (most - least));
      const ratio = sides.length > 1 ? [figure(growth[1] / growth[0])] : [];
      return [`${name}, ${least} to ${most}`, ...growth.map(figure), ...ratio];
    }),
  );
  console.log(`\n### Memory of one node more in the same process, KB\n`);
  console.log(table(['measure', ...sides.map(sideName), ...(sides.length > 1 ? ['hearsay / Go'] : [])], body));
}

function sideName(side) {
  return side === 'go' ? 'Go memberlist' : side;
}
