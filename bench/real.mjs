/**
 * hearsay beside Go memberlist as real processes: crashes, and Lifeguard's blocks, which are pauses of the processes here.
 *
 *   npm run build && node bench/real.mjs
 *
 * All sides run at the same time, so that whatever else the machine does meets all of them alike; the order in which they
 * start rotates. Finished repetitions are kept in .cache/bench/real.jsonl and not run again; `--fresh` begins anew,
 * `--report` prints the tables again, and writes them to real.md, from where write-results.mjs takes them.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomInt, SeededRng } from '../packages/hearsay/dist/util/index.js';
import { readArguments } from './lib/arguments.mjs';
import { buildGo } from './lib/go.mjs';
import { describeMachine } from './lib/machine.mjs';
import { readRawLines } from './lib/raw-lines.mjs';
import { runCell } from './real/experiments.mjs';
import { cells, sides } from './real/plan.mjs';
import { reportText } from './real/report.mjs';
import { RealPool } from './real/pool.mjs';

const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
const goBinary = `${folder}go-member`;
const ourMember = fileURLToPath(new URL('real/member.mjs', import.meta.url));
/** Between the starts of two sides' experiments, so that the paused of both do not wake at once. */
const staggerMs = 1_700;
/** Before each experiment, all members list each other for so long: nobody doubts itself any more, or still compiles. */
const settleMs = 10_000;

const options = readArguments({
  members: '24',
  repetitions: '10',
  'at-once': '1',
  sides: Object.keys(sides).join(),
  cells: Object.keys(cells).join(),
  seed: '1',
  output: 'real',
  fresh: false,
  report: false,
});
const size = Number(options.members);
const chosenSides = chosen(options.sides, sides);
const chosenCells = chosen(options.cells, cells);
const rawFile = `${folder}${options.output}.jsonl`;

if (!options.report) await measureAll();
const text = reportText(readRawLines(rawFile), cells);
writeFileSync(`${folder}${options.output}.md`, text);
process.stdout.write(text);

function chosen(list, all) {
  const names = list.split(',');
  const unknown = names.find((name) => !Object.hasOwn(all, name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${Object.keys(all).join(', ')}`);
  return names;
}

async function measureAll() {
  mkdirSync(folder, { recursive: true });
  const goVersion = buildGo('member', goBinary);
  if (goVersion === undefined) throw new Error('there is nothing to compare with');
  if (options.fresh) rmSync(rawFile, { force: true });
  if (!existsSync(rawFile)) {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    const head = { kind: 'head', machine: describeMachine(), goVersion, commit, size, seed: options.seed };
    writeFileSync(rawFile, `${JSON.stringify(head)}\n`);
  }
  const [head] = readRawLines(rawFile);
  if (head.size !== size || head.seed !== options.seed) {
    throw new Error(`${rawFile} is of ${head.size} members and seed ${head.seed}: --fresh begins anew`);
  }
  const waiting = missingRepetitions();
  const worker = async () => {
    for (;;) {
      const repetition = waiting.shift();
      if (repetition === undefined) return;
      // One that fails is missing then, and run by the next call.
      await measureRepetition(repetition).catch((error) =>
        console.error(`bench: repetition ${repetition}: ${error.message}`),
      );
    }
  };
  await Promise.all(Array.from({ length: Number(options['at-once']) }, worker));
}

/** A repetition counts when all its sides have run: its lines are written together. */
function missingRepetitions() {
  const done = new Set(readRawLines(rawFile).map(({ repetition }) => repetition));
  const all = Array.from({ length: Number(options.repetitions) }, (_, index) => index + 1);
  return all.filter((repetition) => !done.has(repetition));
}

async function measureRepetition(repetition) {
  console.error(`bench: repetition ${repetition}, load ${loadavg()[0].toFixed(1)}`);
  const order = chosenSides.map((_, index) => chosenSides[(index + repetition) % chosenSides.length]);
  const pools = await startPools(order);
  try {
    const lines = await Promise.all(
      order.map(async (side, index) => {
        await sleep(index * staggerMs);
        return measureSide(pools[index], side, repetition);
      }),
    );
    appendFileSync(
      rawFile,
      lines
        .flat()
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    );
  } finally {
    await Promise.all(pools.map((pool) => pool.stop()));
  }
}

/** @param {readonly string[]} order */
async function startPools(order) {
  const starts = await Promise.allSettled(order.map((side) => RealPool.start(commandOf(side), size)));
  const failed = starts.find(({ status }) => status === 'rejected');
  if (failed === undefined) return starts.map(({ value }) => value);
  for (const { value } of starts) await value?.stop();
  throw failed.reason;
}

function commandOf(side) {
  const { program, flags } = sides[side];
  return [...(program === 'go' ? [goBinary] : [process.execPath, ourMember]), ...flags];
}

/** All experiments with one pool, one after the other. */
async function measureSide(pool, side, repetition) {
  const lines = [];
  for (const cell of chosenCells) {
    await sleep(settleMs);
    const load = loadavg()[0];
    const victims = chooseVictims(repetition, cell);
    lines.push({ kind: 'cell', repetition, side, cell, victims, load, ...(await runCell(pool, cells[cell], victims)) });
    const { falsePositives, atHealthy, lateTicks, ticks, recovered } = lines.at(-1);
    console.error(
      `bench: ${repetition} ${cell} ${side}: FP ${falsePositives}, FP- ${atHealthy}, late ${lateTicks} of ${ticks}, recovered ${recovered}`,
    );
  }
  return lines;
}

/** The same ones on all sides. */
function chooseVictims(repetition, cell) {
  const rng = new SeededRng(Number(options.seed) * 1_000 + repetition, Object.keys(cells).indexOf(cell));
  const names = Array.from({ length: size }, (_, index) => `n${index}`);
  return Array.from({ length: cells[cell].concurrent }, () => names.splice(randomInt(rng, names.length), 1)[0]);
}
