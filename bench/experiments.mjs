/**
 * Runs experiments and writes their pages.
 *
 *   node bench/experiments.mjs --run swim-load,demers-rumors [--workers 1] [--seeds 3] [--cells 'n=*']
 *   node bench/experiments.mjs
 *
 * Results are kept in .cache/bench/experiment-NAME.jsonl as they come, so that a run that was ended goes on; what all of
 * them show, not only those of the last run, is stored in docs/experiments/NAME.json. Then, and without `--run` at once,
 * all that is stored there is written as NAME.md and NAME.svg beside it, and README.md lists it. On the pages only what
 * stands between the marks is written.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { experiments, findExperiment } from 'hearsay/sim';
import prettier from 'prettier';
import { fail, readArguments } from './lib/arguments.mjs';
import { experimentFigures, indexFigures, withFigures } from './lib/experiment-page.mjs';
import { drawPlot } from './lib/plot.mjs';

const options = readArguments({ run: '', workers: '', seeds: '', cells: '' });
const root = fileURLToPath(new URL('../', import.meta.url));
const folder = `${root}docs/experiments/`;
const raw = `${root}.cache/bench/`;

const names = options.run.split(',').filter((text) => text !== '');
for (const name of names) if (findExperiment(name) === undefined) fail(`there is no experiment ${name}`);

mkdirSync(folder, { recursive: true });
mkdirSync(raw, { recursive: true });
for (const name of names) await run(name);
const documents = readStored();
for (const document of documents) await writePage(document);
await writeText(`${folder}README.md`, withFigures(read(`${folder}README.md`), 'Experiments', indexFigures(documents)));

async function run(name) {
  const flags = ['workers', 'seeds', 'cells'].flatMap((flag) =>
    options[flag] === '' ? [] : [`--${flag}=${options[flag]}`],
  );
  experiment(name, flags);
  const document = JSON.parse(experiment(name, ['--kept']));
  await writeText(`${folder}${name}.json`, JSON.stringify({ ...document, commit: commit() }));
}

/** What the command prints. */
function experiment(name, flags) {
  const command = ['packages/agent/bin/hearsay.js', 'experiment', name, '--json'];
  const { status, stdout } = spawnSync(
    process.execPath,
    [...command, `--out=${raw}experiment-${name}.jsonl`, ...flags],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // 2 says that a target is missed, which the page tells.
  if (status !== 0 && status !== 2) fail(`${name} was not run to its end`);
  return stdout;
}

/** The commit that the build is of, and whether the sources were changed since. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', 'packages/hearsay/src') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? ', changed' : ''}`;
}

/** In the order in which experiments are listed. */
function readStored() {
  const stored = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(`${folder}${file}`, 'utf8')))
    .filter(({ schema }) => schema === 'hearsay/experiment/1');
  const place = ({ name }) => experiments.findIndex((experiment) => experiment.name === name);
  return stored.toSorted((a, b) => place(a) - place(b));
}

async function writePage(document) {
  const { name, title, plots } = document;
  const plotFiles = plots.map((_, index) => `${name}${index === 0 ? '' : `-${index + 1}`}.svg`);
  plots.forEach((plot, index) => writeFileSync(`${folder}${plotFiles[index]}`, drawPlot(plot)));
  const page = `${folder}${name}.md`;
  await writeText(page, withFigures(read(page), title, experimentFigures(document, plotFiles)));
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

async function writeText(file, text) {
  const config = await prettier.resolveConfig(file);
  writeFileSync(file, await prettier.format(text, { ...config, filepath: file }));
}
