/**
 * The acceptance checks of gossiped state that a simulator, or the core alone, can show: each prints its figure next to
 * its bar.
 *
 *   npm run --silent build && node bench/state.mjs --check 1 --seeds 100     one of them, at full size
 *   node bench/state.mjs --check 1,2,4 --small                               as `npm test` runs them
 *   node bench/state.mjs --check 5 --set nodes=200,seconds=120                at another size, which the table tells
 *   node bench/state.mjs                                                     what was found so far, as a table
 *
 * Each seed's result is kept under .cache/bench/state as soon as it is there, so that a run that was ended goes on where
 * it was; `--again` forgets what was found before. Several checks may be named, and run in turn.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readArguments } from './lib/arguments.mjs';
import { table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import { checks } from './state/checks.mjs';

const options = readArguments({ check: '', seeds: '', 'first-seed': '1', set: '', small: false, again: false });
const folder = fileURLToPath(new URL('../.cache/bench/state/', import.meta.url));
mkdirSync(folder, { recursive: true });

for (const number of options.check === '' ? [] : options.check.split(',').map(Number)) {
  const check = checks.find((candidate) => candidate.number === number);
  if (check === undefined) throw new Error(`there is no check ${number}`);
  await runCheck(check);
}
if (!options.small) writeTable();

async function runCheck(check) {
  const changes = Object.fromEntries(options.set === '' ? [] : options.set.split(',').map(readChange));
  const settings = { ...(options.small ? check.small : check.full), ...changes };
  const file = fileOf(check);
  if (options.again) rmSync(file, { force: true });
  const found = options.small ? [] : resultsIn(file);
  const seedCount = Number(options.seeds === '' ? (settings.seeds ?? 1) : options.seeds);
  const firstSeed = Number(options['first-seed']);
  for (let seed = firstSeed; seed < firstSeed + seedCount; seed += 1) {
    if (found.some((line) => line.seed === seed)) continue;
    const cpu = process.cpuUsage();
    const result = await check.run(seed, settings);
    const { user, system } = process.cpuUsage(cpu);
    const line = {
      seed,
      ...(options.set !== '' && { set: options.set }),
      commit: commitName(),
      atMs: Date.now(),
      cpuSeconds: (user + system) / 1e6,
      result,
    };
    found.push(line);
    if (!options.small) appendFileSync(file, `${JSON.stringify(line)}\n`);
    console.error(`check ${check.number} seed ${seed}: ${JSON.stringify(result)} (${line.cpuSeconds.toFixed(1)} s)`);
  }
  const { figure, isMet } = check.judge(found.map(({ result }) => result));
  console.log(`check ${check.number}: ${check.title}\n  ${figure}\n  bar: ${check.bar}: ${isMet ? 'met' : 'MISSED'}`);
}

function fileOf({ number }) {
  return `${folder}check-${String(number).padStart(2, '0')}.jsonl`;
}

function resultsIn(file) {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** All that was found, for RESULTS.md. */
function writeTable() {
  const rows = checks.flatMap((check) => {
    const found = resultsIn(fileOf(check));
    if (found.length === 0) return [];
    const { figure, isMet } = check.judge(found.map(({ result }) => result));
    const sizes = [...new Set(found.flatMap(({ set }) => set ?? []))];
    const what = sizes.length === 0 ? check.title : `${check.title} (run with ${sizes.join('; ')})`;
    const commits = [...new Set(found.map(({ commit }) => commit))];
    const verdict = isMet ? 'met' : '**missed**';
    return [[String(check.number), what, check.bar, figure, verdict, String(found.length), commits.at(-1)]];
  });
  if (rows.length === 0) return;
  const head = ['check', 'what', 'bar', 'found', '', 'runs', 'last at'];
  const text = `${describeMachine()}.\n\n${table(head, rows)}\n`;
  writeFileSync(fileURLToPath(new URL('../.cache/bench/state.md', import.meta.url)), text);
  console.log(`\n${text}`);
}

/** `nodes=200` */
function readChange(text) {
  const [name, value] = text.split('=');
  return [name, Number(value)];
}

function commitName() {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
}
