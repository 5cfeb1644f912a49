/**
 * Whether `why` is right: seeded runs with a known cause, and confusion tables of what was found.
 *
 *   node bench/why.mjs [--runs 10000] [--seed 1] [--trouble crash] [--show-wrong 5] [--log .cache/bench/why.jsonl]
 *
 * Run number i has the seed `--seed` + i, and the troubles take turns with the seeds. With `--log` each result is a line of that file,
 * and what it already holds is not run again: so a long run can be ended and goes on. The tables are of the whole file.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { rightVerdicts, runWhyExperiment, whyTroubles } from 'hearsay/sim';
import { readArguments } from './lib/arguments.mjs';
import { table } from './lib/figures.mjs';

const options = readArguments({ runs: '200', seed: '1', trouble: '', 'show-wrong': '0', log: '' });
const troubles = whyTroubles.filter((trouble) => options.trouble === '' || trouble === options.trouble);
const causes = [...new Set(Object.values(rightVerdicts)), 'unknown'];
/** Nobody can tell this one from outside: it is shown, and not counted. */
const undecidable = 'cut-off-still';
let wrongLeft = Number(options['show-wrong']);

const results = run();
printTable('All witnesses live', results);
printTable(
  'The first accuser has died',
  results.flatMap(({ trouble, withoutAccuser }) => (withoutAccuser ? [{ trouble, ...withoutAccuser }] : [])),
);

function run() {
  const known = readLog();
  const firstSeed = Number(options.seed);
  return Array.from({ length: Number(options.runs) }, (_, index) => {
    const seed = firstSeed + index;
    const trouble = troubles[seed % troubles.length];
    return known.get(`${trouble} ${seed}`) ?? runOne(seed, trouble);
  });
}

function runOne(seed, trouble) {
  const found = runWhyExperiment({ seed, trouble });
  const { details, withoutAccuser } = found;
  showWrong(seed, trouble, details, found);
  if (withoutAccuser !== undefined) showWrong(seed, trouble, details, withoutAccuser);
  const result = { seed, trouble, ...brief(found), withoutAccuser: withoutAccuser && brief(withoutAccuser) };
  if (options.log !== '') appendFileSync(options.log, `${JSON.stringify(result)}\n`);
  return result;
}

function brief({ report: { verdict }, isRight, isPathRight }) {
  return { cause: verdict.cause, isRight, isPathRight };
}

function readLog() {
  const { log } = options;
  if (log === '') return new Map();
  mkdirSync(dirname(log), { recursive: true });
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
  return new Map(lines.map((line) => JSON.parse(line)).map((result) => [`${result.trouble} ${result.seed}`, result]));
}

function printTable(title, all) {
  const rows = troubles.map((trouble) => {
    const ofTrouble = all.filter((result) => result.trouble === trouble);
    const counts = causes.map((cause) => ofTrouble.filter((result) => result.cause === cause).length || '');
    const withPath = ofTrouble.filter(({ isPathRight }) => isPathRight !== undefined);
    const paths = percent(
      withPath.filter((result) => result.isPathRight),
      withPath,
    );
    return [
      trouble,
      ofTrouble.length,
      ...counts,
      percent(
        ofTrouble.filter(({ isRight }) => isRight),
        ofTrouble,
      ),
      paths,
    ];
  });
  console.log(`\n${title}:\n`);
  console.log(table(['what was done', 'runs', ...causes, 'right', 'and the direction'], rows));
  const counted = all.filter(({ trouble }) => trouble !== undecidable);
  const right = counted.filter(({ isRight }) => isRight);
  if (counted.length > 0)
    console.log(`\nRight, without '${undecidable}': ${percent(right, counted)} of ${counted.length}.`);
}

function showWrong(seed, trouble, details, { report, isRight, isPathRight }) {
  if (wrongLeft <= 0 || (isRight && isPathRight !== false)) return;
  wrongLeft -= 1;
  console.log(`\nseed ${seed}, ${trouble}: ${details}\n  ${JSON.stringify(report.verdict)}`);
  for (const { agoMs, id, text } of report.timeline)
    console.log(`  ${String(agoMs).padStart(7)} ms ago  ${id}  ${text}`);
  console.log(`  heard ${report.witnesses.join()}, missing ${JSON.stringify(report.missing)}`);
}

function percent(part, whole) {
  return whole.length === 0 ? '' : `${((100 * part.length) / whole.length).toFixed(1)} %`;
}
