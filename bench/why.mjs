/**
 * Whether `why` is right: seeded runs with a known cause, and a confusion table of what was found.
 *
 *   node bench/why.mjs [--runs 200] [--seed 1] [--stock 0] [--show-wrong 5] [--trouble crash]
 *
 * `--runs` counts per row. Each is a simulated cluster of 6 to 14 nodes with up to 2 % loss to which one thing is done;
 * a member that is well then asks why. The second table is of the same, but with the first accuser dead.
 */
import { rightVerdicts, runWhyExperiment, whyTroubles } from 'hearsay/sim';
import { readArguments } from './lib/arguments.mjs';
import { table } from './lib/figures.mjs';

const options = readArguments({ runs: '200', seed: '1', stock: '0', 'show-wrong': '0', trouble: '' });
const runCount = Number(options.runs);
const firstSeed = Number(options.seed);
const stockShare = Number(options.stock);
const troubles = whyTroubles.filter((trouble) => options.trouble === '' || trouble === options.trouble);
const causes = [...new Set(Object.values(rightVerdicts)), 'unknown'];
let wrongLeft = Number(options['show-wrong']);

for (const isAccuserDead of [false, true]) printTable(isAccuserDead);

function printTable(isAccuserDead) {
  let rightCount = 0;
  let countedCount = 0;
  const startedAtMs = performance.now();
  const rows = troubles.map((trouble) => {
    const found = Object.fromEntries(causes.map((cause) => [cause, 0]));
    let rightInRow = 0;
    let rightPaths = 0;
    for (let index = 0; index < runCount; index += 1) {
      const result = runWhyExperiment({ seed: firstSeed + index, trouble, isAccuserDead, stockShare });
      found[result.report.verdict.cause] += 1;
      if (result.isPathRight) rightPaths += 1;
      if (result.isRight) rightInRow += 1;
      if (!result.isRight || result.isPathRight === false) showWrong(result);
    }
    if (trouble !== 'vanished') {
      rightCount += rightInRow;
      countedCount += runCount;
    }
    const paths = trouble.endsWith('cut') ? percent(rightPaths, runCount) : '';
    return [trouble, ...causes.map((cause) => found[cause] || ''), percent(rightInRow, runCount), paths];
  });
  const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
  console.log(`\n${isAccuserDead ? 'The first accuser has died' : 'All witnesses live'} (${seconds} s):\n`);
  console.log(table(['what was done', ...causes, 'right', 'and the direction'], rows));
  if (countedCount > 0)
    console.log(`\nRight, without 'vanished': ${percent(rightCount, countedCount)} of ${countedCount}.`);
}

function showWrong({ seed, trouble, details, report }) {
  if (wrongLeft <= 0) return;
  wrongLeft -= 1;
  console.log(`\nseed ${seed}, ${trouble}: ${details}\n  ${JSON.stringify(report.verdict)}`);
  for (const { agoMs, id, text } of report.timeline)
    console.log(`  ${String(agoMs).padStart(7)} ms ago  ${id}  ${text}`);
  console.log(`  heard ${report.witnesses.join()}, missing ${JSON.stringify(report.missing)}`);
}

function percent(part, whole) {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
