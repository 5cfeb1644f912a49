/**
 * Mutation testing of one layer, in a copy of the working tree outside of it: `npm run bench:mutation -- --layer wire`.
 *
 * Stryker is no dependency of the repository; it is installed into the copy.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../lib/arguments.mjs';
import { figure, table } from '../lib/figures.mjs';

const strykerVersion = '9.6.1';
const root = fileURLToPath(new URL('../../', import.meta.url));
const options = readArguments({ layer: 'wire', files: '', folder: '', report: false });
/** One report for each file, so that a layer may be done in pieces. */
const reports = join(root, `.cache/bench/mutation-${options.layer}`);

if (!options.report) mutate();
printReport();

function mutate() {
  const copy = options.folder || join(tmpdir(), `hearsay-mutation-${options.layer}`);
  const sources = `packages/hearsay/src/${options.layer}/`;
  const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const files = tracked
    .trim()
    .split('\n')
    .filter((file) => existsSync(join(root, file)));
  for (const file of files) cpSync(join(root, file), join(copy, file));
  if (!existsSync(join(copy, 'node_modules/@stryker-mutator/core'))) {
    run('npm', ['ci', '--no-audit', '--no-fund'], copy);
    const packages = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${strykerVersion}`);
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', ...packages], copy);
  }
  const wanted = options.files === '' ? undefined : options.files.split(',');
  const mutated = files
    .filter((file) => file.startsWith(sources) && file.endsWith('.ts') && !/\.test\.ts$|\/index\.ts$/.test(file))
    .filter((file) => wanted === undefined || wanted.some((name) => file.endsWith(`/${name}.ts`)));
  process.env.MUTATION_LAYER = options.layer;
  run('npx', ['stryker', 'run', 'bench/mutation/stryker.config.mjs', '--mutate', mutated.join(',')], copy);
  mkdirSync(reports, { recursive: true });
  for (const [path, file] of Object.entries(JSON.parse(readFileSync(join(copy, 'mutation.json'), 'utf8')).files)) {
    writeFileSync(join(reports, `${basename(path)}.json`), JSON.stringify({ path, ...file }));
  }
}

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, stdio: 'inherit' });
}

function printReport() {
  const rows = [];
  const total = { killed: 0, survived: 0, uncovered: 0 };
  for (const name of readdirSync(reports).sort()) {
    const { path, mutants } = JSON.parse(readFileSync(join(reports, name), 'utf8'));
    const count = (...states) => mutants.filter((mutant) => states.includes(mutant.status)).length;
    const tally = { killed: count('Killed', 'Timeout'), survived: count('Survived'), uncovered: count('NoCoverage') };
    if (tally.killed + tally.survived + tally.uncovered === 0) continue;
    for (const key of Object.keys(total)) total[key] += tally[key];
    rows.push([path.split('/src/')[1], ...cells(tally)]);
  }
  rows.push(['**all**', ...cells(total)]);
  console.log(table(['file', 'mutants', 'found', 'survived', 'not run', 'found, %'], rows));
}

function cells({ killed, survived, uncovered }) {
  const all = killed + survived + uncovered;
  return [...[all, killed, survived, uncovered].map(String), figure((100 * killed) / all)];
}
