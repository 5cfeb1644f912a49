/**
 * The swarms and the fault suite, over many seeds: is any invariant broken?
 *
 *   node bench/swarm.mjs --seeds 100000 [--workers 2] [--log .cache/bench/swarm.jsonl] [--write]
 *
 * So many runs in all, shared out among the kinds: half of them plain pools, three tenths the fault suite, a tenth Serf
 * pools, the rest gossiped state and rotations of the key. The share of each kind is rounded up to a multiple of 25, so
 * that `--seeds 20` makes 125 runs.
 *
 * What the log already holds is not run again: a long run can be ended at any time and goes on. `--write` puts what the
 * whole log says into RESULTS.md; with `--seeds 0` nothing is run before. `--sim` takes another build than the one in the
 * packages, so that a long run does not change under the hands of who goes on working.
 */
import { execFileSync, fork, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './lib/arguments.mjs';
import { table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import { readRawLines } from './lib/raw-lines.mjs';
import { writeBetweenMarks } from './lib/results-file.mjs';

/** How many of ten runs are of that kind, and how a seed of it is run again. */
const kinds = {
  plain: { share: 5, replay: (seed) => `HEARSAY_SEED=${seed} npx vitest run test/swarm/swarm.test.ts` },
  faults: { share: 3, replay: replayFault },
  serf: { share: 1, replay: (seed) => `HEARSAY_SEED=${seed} npx vitest run test/swarm/serf-swarm.test.ts` },
  kv: { share: 0.8, replay: (seed) => `HEARSAY_SEED=${seed} npx vitest run test/swarm/kv-swarm.test.ts` },
  rotation: {
    share: 0.2,
    replay: (seed) => `HEARSAY_SEED=${seed} npx vitest run test/swarm/key-rotation-swarm.test.ts`,
  },
};
/** Seeds that are run, and logged, together. */
const chunkLength = 25;

const options = readArguments({
  seeds: '1000',
  workers: '1',
  log: '.cache/bench/swarm.jsonl',
  sim: 'hearsay/sim',
  write: false,
  child: false,
});
const sim = await import(options.sim);
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

if (options.child) process.on('message', (chunk) => process.send(runChunk(chunk)));
else if (await runAll()) process.exitCode = 1;

/** Whether any run failed. */
async function runAll() {
  mkdirSync(dirname(options.log), { recursive: true });
  const known = new Set(readLog().map(({ kind, from }) => `${kind} ${from}`));
  const chunks = plan().filter(({ kind, from }) => !known.has(`${kind} ${from}`));
  const total = chunks.length;
  const startedAtMs = performance.now();
  const tell = (result) => {
    appendFileSync(options.log, `${JSON.stringify(result)}\n`);
    const done = total - chunks.length;
    const perHour = Math.round((done * chunkLength * 3_600_000) / (performance.now() - startedAtMs));
    console.log(`${result.kind} ${result.from}: ${done} of ${total} chunks, about ${perHour} seeds an hour`);
    for (const failure of result.failures) tellFailure(result.kind, failure);
  };
  await Promise.all(Array.from({ length: Number(options.workers) }, () => work(chunks, tell)));
  const results = readLog();
  const text = report(results);
  console.log(text);
  if (options.write) writeBetweenMarks('swarm', text);
  return results.some(({ failures }) => failures.length > 0);
}

/** Takes chunks until none is left, in a process of its own. */
function work(chunks, tell) {
  const child = fork(fileURLToPath(import.meta.url), ['--child', '--sim', options.sim]);
  return new Promise((resolve, reject) => {
    const next = () => {
      const chunk = chunks.shift();
      if (chunk === undefined) return child.disconnect();
      child.send(chunk);
    };
    child.on('message', (result) => {
      tell(result);
      next();
    });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
    next();
  });
}

/** Every kind from seed 1 on, all of them at the same pace. */
function plan() {
  const seedCount = Number(options.seeds);
  return Object.entries(kinds)
    .flatMap(([kind, { share }]) => {
      const count = Math.ceil((seedCount * share) / 10 / chunkLength);
      return Array.from({ length: count }, (_, index) => ({
        kind,
        from: 1 + index * chunkLength,
        place: (index + 1) / count,
      }));
    })
    .sort((a, b) => a.place - b.place);
}

function runChunk({ kind, from }) {
  const startedAtMs = performance.now();
  const failures = kind === 'rotation' ? runRotations(from) : runSeeds(kind, from);
  return {
    kind,
    from,
    count: chunkLength,
    failures,
    ms: Math.round(performance.now() - startedAtMs),
    commit,
  };
}

function runSeeds(kind, from) {
  const failures = [];
  for (let seed = from; seed < from + chunkLength; seed += 1) {
    const { failure, report } = runSeed(kind, seed);
    if (failure !== undefined) failures.push({ seed, failure, report: report.slice(0, 4_000) });
  }
  return failures;
}

function runSeed(kind, seed) {
  if (kind === 'plain') return sim.runSwarmSeed(seed);
  if (kind === 'serf') return sim.runSerfSwarmSeed(seed);
  if (kind === 'kv') return sim.runKvSwarmSeed(seed);
  const { fault, mode } = faultOf(seed);
  return sim.runFault(fault, mode, seed);
}

/** The faults take turns, and so do the modes. */
function faultOf(seed) {
  const faults = sim.faultScenarios;
  return { fault: faults[seed % faults.length], mode: Math.floor(seed / faults.length) % 2 ? 'liveness' : 'safety' };
}

function replayFault(seed) {
  const { fault } = faultOf(seed);
  return `HEARSAY_SEED=${seed} HEARSAY_FAULT='${fault.name}' npx vitest run test/scenarios/fault-suite.test.ts`;
}

/** These need the operator of the tests; of the sources as they are, whatever `--sim` says. */
function runRotations(from) {
  const env = { ...process.env, HEARSAY_SEEDS: String(chunkLength), HEARSAY_FROM: String(from) };
  const args = ['vitest', 'run', 'test/swarm/key-rotation-swarm.test.ts'];
  const { status, stdout } = spawnSync('npx', args, { env, encoding: 'utf8' });
  return status === 0 ? [] : [{ seed: from, failure: 'rotation', report: stdout.slice(-4_000) }];
}

function tellFailure(kind, { seed, failure, report }) {
  console.log(`FAILED: ${failure}. To replay it:\n  ${kinds[kind].replay(seed)}\n${report}`);
}

function report(results) {
  const rows = Object.keys(kinds).map((kind) => {
    const own = results.filter((result) => result.kind === kind);
    const count = own.reduce((sum, result) => sum + result.count, 0);
    const ms = own.reduce((sum, result) => sum + result.ms, 0);
    const failures = own.flatMap((result) => result.failures);
    const perHour = ms === 0 ? '-' : Math.round((count * 3_600_000) / ms).toLocaleString('en-US');
    const commits = [...new Set(own.map((result) => result.commit))].join(', ');
    return [
      kind,
      count.toLocaleString('en-US'),
      perHour,
      failures.map(describe).join(', ') || (count === 0 ? '-' : 'none'),
      commits,
    ];
  });
  const head = ['kind', 'seeds', 'seeds an hour and worker', 'failures', 'commits'];
  return `${describeMachine()}.\n\n${table(head, rows)}`;
}

function describe({ seed, failure }) {
  return `${failure} (${seed})`;
}

function readLog() {
  return existsSync(options.log) ? readRawLines(options.log) : [];
}
