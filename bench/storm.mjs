/**
 * Storms, beside HashiCorp memberlist on the same machine, run by run in turn:
 *
 *   npm run --silent build && node bench/storm.mjs
 *
 * - so many nodes join one of them at the same moment, LAN preset: until all list all, 45 s at most;
 * - the same with the local preset, and then events, each of which must reach everybody;
 * - the same while other programs keep all processors busy, which then end: when do all list all, and who is declared dead
 *   wrongly after that?
 *
 * Each run is a process of its own (`peer.mjs`, `go/peers.go`). The lines they print are kept under .cache/bench; `--report`
 * prints the table again from there, and writes it to storm.md, from where write-results.mjs takes it. `--quick` is a smoke
 * test, not a measurement.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, quantile, spread, table } from './lib/figures.mjs';
import { buildGo, sidesInTurn } from './lib/go.mjs';
import { describeMachine } from './lib/machine.mjs';
import { readRawLines } from './lib/raw-lines.mjs';

const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
const rawFile = `${folder}storm.jsonl`;
const tableFile = `${folder}storm.md`;
const goBinary = `${folder}go-peers`;
const ourSource = fileURLToPath(new URL('peer.mjs', import.meta.url));
/** Nobody may be declared dead wrongly from so long after the load's end. */
const recoveryMaxSeconds = 60;
/** Nor is a broadcast waited for longer: fifteen gossip intervals of the local preset. */
const spreadMaxMs = 1_500;
/** A cluster of which not all list all by then does not, or only with the next exchange of states. */
const joinMaxSeconds = 45;

const options = readArguments({
  joins: '100,200',
  runs: '2',
  local: '50',
  events: '100',
  metas: '20',
  loaded: '200',
  'load-seconds': '15',
  'after-seconds': '70',
  quick: false,
  report: false,
});
if (options.quick) {
  const small = { joins: '20', runs: '1', local: '20', events: '5', metas: '5', loaded: '20' };
  Object.assign(options, small, { 'load-seconds': '5', 'after-seconds': '10' });
}

if (!options.report) await measureAll();
const text = reportText(readRawLines(rawFile));
writeFileSync(tableFile, text);
process.stdout.write(text);

async function measureAll() {
  mkdirSync(folder, { recursive: true });
  const goVersion = buildGo('peers', goBinary);
  writeFileSync(rawFile, `${JSON.stringify({ measure: 'machine', machine: describeMachine(), goVersion, options })}\n`);
  for (let run = 1; run <= Number(options.runs); run++) {
    for (const nodes of numberList(options.joins)) {
      for (const side of sidesInTurn(run, goVersion)) {
        const limit = { 'join-timeout-ms': joinMaxSeconds * 1_000 };
        await runPeers('join', side, run, { nodes, settle: 0, rest: 1, spread: 0, crash: 0, ...limit });
      }
    }
  }
  const { events, metas } = options;
  const local = { nodes: options.local, profile: 'local', settle: 2, rest: 1, spread: events, meta: metas, crash: 0 };
  const brief = { 'spread-timeout-ms': spreadMaxMs, 'spread-pause-ms': 400 };
  for (const side of sidesInTurn(1, goVersion)) await runPeers('local', side, 1, { ...local, ...brief });
  for (const side of sidesInTurn(2, goVersion)) await runLoaded(side);
}

/** From before the join on, programs that do nothing but count keep every processor busy. */
async function runLoaded(side) {
  const loadSeconds = Number(options['load-seconds']);
  const burners = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const ending = sleep(loadSeconds * 1_000).then(() => burners.forEach((burner) => burner.kill()));
  const watch = loadSeconds + Number(options['after-seconds']);
  try {
    await runPeers('loaded', side, 1, { nodes: options.loaded, watch });
  } finally {
    await ending;
  }
}

/** One run of one side. @param {Record<string, string | number>} settings as `peer.mjs` takes them */
async function runPeers(storm, side, run, settings) {
  console.error(`bench: ${storm}, run ${run}, ${settings.nodes} nodes, ${side}`);
  const flags = Object.entries(settings).flatMap(([name, value]) =>
    side === 'go' ? goFlag(name, value) : [`--${name}`, value],
  );
  const [command, args] = side === 'go' ? [goBinary, flags] : [process.execPath, ['--expose-gc', ourSource, ...flags]];
  const child = spawn(command, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    appendFileSync(rawFile, `${JSON.stringify({ storm, side, run, ...JSON.parse(line) })}\n`);
  }
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode !== 0) throw new Error(`${side} in the ${storm} storm ended with code ${child.exitCode}`);
}

/** Go's flags for times have units. */
function goFlag(name, value) {
  if (name.endsWith('-ms')) return [`--${name.slice(0, -3)}`, `${value}ms`];
  return [`--${name}`, ['settle', 'rest', 'watch'].includes(name) ? `${value}s` : value];
}

/** @param {any[]} lines */
function reportText(lines) {
  const { machine, goVersion, options: used } = lines[0];
  const sides = goVersion === undefined ? ['hearsay'] : ['go', 'hearsay'];
  const of = (storm, side, measure) =>
    lines.filter((line) => line.storm === storm && line.side === side && line.measure === measure);
  const runs = `Runs of a join: ${used.runs} a side and size, in turn; of the others one. Cells: median (least to most).`;
  const rows = [...joinRows(of, sides), ...localRows(of, sides), ...loadedRows(of, sides, used)];
  return `${machine}; ${goVersion ?? 'no Go side'}.\n${runs}\n\n${table(['storm', ...sides.map(sideName)], rows)}\n`;
}

/** How long joins took: one that did not come to its end counts as the longest. @param {any[]} joins */
function joinSeconds(joins, maxSeconds) {
  const complete = joins.filter((line) => line.complete).map((line) => line.seconds);
  const endlessCount = joins.length - complete.length;
  if (endlessCount === 0) return spread(complete);
  const endless = `${endlessCount} of ${joins.length} not within ${maxSeconds}`;
  return complete.length === 0 ? endless : `${spread(complete)}, ${endless}`;
}

function joinRows(of, sides) {
  const counts = [...new Set(of('join', sides[0], 'join').map((line) => line.nodes))];
  return counts.flatMap((nodes) => {
    const joins = (side) => of('join', side, 'join').filter((line) => line.nodes === nodes);
    const cells = (value) => sides.map((side) => spread(joins(side).map(value)));
    return [
      [
        `${nodes} join at once, LAN: all list all after, s`,
        ...sides.map((side) => joinSeconds(joins(side), joinMaxSeconds)),
      ],
      ['the same: CPU ms a node', ...cells((line) => line.cpuMsPerNode)],
      ['the same: packets a node', ...cells((line) => line.packetsPerNode)],
      ['the same: UDP + TCP bytes a node', ...cells((line) => line.udpBytesPerNode + line.tcpBytesPerNode)],
    ];
  });
}

function localRows(of, sides) {
  const one = (measure, value) => sides.map((side) => of('local', side, measure).map(value).join(', '));
  const spreadOf = (measure) => [
    one(measure, (line) => `${line.missed} of ${line.missed + line.ms.length}`),
    one(measure, (line) => [0.5, 0.99, 1].map((share) => figure(quantile(line.ms, share))).join(' / ')),
  ];
  const [eventsMissed, eventTimes] = spreadOf('event');
  const [metasMissed, metaTimes] = spreadOf('meta');
  return [
    ['local preset: all list all after, s', ...sides.map((side) => joinSeconds(of('local', side, 'join'), 180))],
    [`local preset: user events that missed somebody for ${spreadMaxMs} ms`, ...eventsMissed],
    ['local preset: user event to the last, ms p50 / p99 / max', ...eventTimes],
    [`local preset: metadata updates that missed somebody for ${spreadMaxMs} ms`, ...metasMissed],
    ['local preset: metadata update to the last, ms p50 / p99 / max', ...metaTimes],
  ];
}

function loadedRows(of, sides, used) {
  const end = Number(used['load-seconds']);
  const sofar = (side, seconds) =>
    of('loaded', side, 'watch').findLast((line) => line.seconds <= seconds)?.falseDeaths ?? 0;
  const cells = (value) => sides.map((side) => String(value(side, of('loaded', side, 'watch'))));
  /** From when on all have listed all, to the end of the run. */
  const recovered = (_side, watched) => {
    const lastBad = watched.findLastIndex((line) => line.complete < line.nodes);
    const since = watched[lastBad + 1]?.seconds;
    return since === undefined ? 'not in the time watched' : figure(Math.max(0, since - end));
  };
  return [
    ['busy processors: all list all, s after the load', ...cells(recovered)],
    ['busy processors: false deaths under load', ...cells((side) => sofar(side, end))],
    [
      `false deaths in the ${recoveryMaxSeconds} s after it`,
      ...cells((side) => sofar(side, end + recoveryMaxSeconds) - sofar(side, end)),
    ],
    ['false deaths after that', ...cells((side) => sofar(side, Infinity) - sofar(side, end + recoveryMaxSeconds))],
  ];
}

function sideName(side) {
  return side === 'go' ? 'Go memberlist' : side;
}
