/** The pages of docs/experiments: figures between marks, and whatever people write around them. */
import { figureText, findExperiment, intervalText, targetText } from 'hearsay/sim';
import { repeatText } from './repeat-text.mjs';

const [begin, end] = ['<!-- figures -->', '<!-- /figures -->'];

/**
 * Puts `figures` between the marks of a page, and leaves the rest of it as it is.
 *
 * @param {string | undefined} page undefined when there is none yet
 * @param {string} title
 * @param {string} figures
 */
export function withFigures(page, title, figures) {
  const known = page ?? `# ${title}\n\n${begin}\n\n${end}\n`;
  const [before, rest] = known.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`the page of ${title} has no pair of marks ${begin} ${end}`);
  return `${before}${begin}\n\n${figures}\n\n${end}${after}`;
}

/** @param {object} document what `hearsay experiment NAME --json` printed, with `commit` @param {string[]} plotFiles */
export function experimentFigures(document, plotFiles) {
  const { source, settings, tables, plots, name } = document;
  return [
    `Source: ${source}. ${repeatText(document, findExperiment(name))}`,
    ...settings,
    ...plots.map(({ title }, index) => `![${title}](${plotFiles[index]})`),
    ...tables.flatMap(({ title, rows }) => [`### ${title}`, rowsTable(rows)]),
    runText(document),
  ].join('\n\n');
}

/** @param {readonly object[]} documents */
export function indexFigures(documents) {
  const rows = documents.map((document) => {
    const { name, title, source, startedAt, commit } = document;
    const { met, missed } = verdicts(document);
    return [`[${title}](${name}.md)`, source, `${met} of ${met + missed}`, startedAt.slice(0, 10), commit];
  });
  return table(['experiment', 'published in', 'targets met', 'run', 'commit'], rows);
}

function rowsTable(rows) {
  const hasCounts = rows.some(({ sampleCount }) => sampleCount !== undefined);
  const head = ['', 'measured', 'published', 'ours', '95 % interval', ...(hasCounts ? ['samples'] : []), 'target', ''];
  const lines = rows.map((row, index) => [
    rows[index - 1]?.label === row.label ? '' : row.label,
    row.quantity,
    row.published === undefined ? '' : figureText(row.published),
    figureText(row.ours),
    intervalText(row),
    ...(hasCounts ? [row.sampleCount === undefined ? '' : figureText(row.sampleCount)] : []),
    targetText(row.target),
    { met: 'met', missed: '**missed**', informational: '' }[row.verdict],
  ]);
  return table(head, lines);
}

function runText({ seeds, cells, runs, startedAt, commit, build, node, machine, wallMs, version }) {
  const counts = [...new Set(seeds.perCell)].toSorted((a, b) => a - b);
  const perCell = counts.length === 1 ? String(counts[0]) : `${counts[0]} to ${counts.at(-1)}`;
  return (
    `Run on ${startedAt.slice(0, 10)} at commit ${commit} (build ${build}, version ${version} of the experiment): ` +
    `${counted(cells.length, 'cell')}, ${perCell} ${perCell === '1' ? 'seed' : 'seeds'} of each from ${seeds.first} on, ` +
    `${counted(runs, 'run')}, ${counted(Math.round(wallMs / 60_000), 'minute')} of threads. Node.js ${node}, ${machine}.`
  );
}

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** How many targets are met and missed. */
export function verdicts({ tables }) {
  const count = (verdict) => tables.flatMap(({ rows }) => rows).filter((row) => row.verdict === verdict).length;
  return { met: count('met'), missed: count('missed') };
}

function table(head, rows) {
  const cells = (line) => `| ${line.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
  return [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');
}
