import type { Experiment, ExperimentReport } from 'hearsay/sim';
import { amount, closedObject, count, flag, list, text, texts, type JsonDocument } from '../json-fields.ts';
import type { JsonSchema } from '../json-schema.ts';
import { runCountOf } from './plan.ts';

/** What `hearsay experiment NAME --json` prints, and what its page is made of. */
export interface ExperimentDocument extends ExperimentReport {
  readonly schema: 'hearsay/experiment/1';
  readonly ok: boolean;
  readonly name: string;
  readonly title: string;
  readonly source: string;
  readonly settings: readonly string[];
  readonly version: number;
  readonly build: string;
  readonly startedAt: string;
  readonly node: string;
  readonly machine: string;
  readonly cells: readonly string[];
  readonly seeds: { readonly first: number; readonly perCell: readonly number[] };
  readonly runs: number;
  readonly wallMs: number;
}

/** What `hearsay experiment --json` prints. */
export function listDocument(experiments: readonly Experiment[]): object {
  const brief = experiments.map((its) => ({
    name: its.name,
    title: its.title,
    source: its.source,
    version: its.version,
    seeds: its.seedCount,
    cells: its.cells.map(({ id }) => id),
    runs: runCountOf(its),
  }));
  return { schema: 'hearsay/experiment-list/1', experiments: brief };
}

const object = (description: string): JsonSchema => ({ type: 'object', description });

/** The schemas of both. */
export const experimentDocuments: readonly JsonDocument[] = [
  {
    schema: 'hearsay/experiment-list/1',
    command: 'experiment',
    about: 'Without a name: what there is.',
    fields: {
      experiments: list(
        'in the order in which they are listed',
        closedObject({
          name: text('how it is asked for'),
          title: text('in words'),
          source: text('the paper with its section or table'),
          version: count('goes up when earlier results no longer compare'),
          seeds: count('of a cell that says nothing else, at full size'),
          cells: texts('names of its settings'),
          runs: count('of all its cells, at full size'),
        }),
      ),
    },
  },
  {
    schema: 'hearsay/experiment/1',
    command: 'experiment NAME',
    about: 'What was measured, beside what was published. Progress goes to standard error.',
    fields: {
      ok: flag('no figure misses its target'),
      name: text('as asked'),
      title: text('in words'),
      source: text('the paper with its section or table'),
      settings: texts('how it was run, in paragraphs'),
      version: count('of the experiment'),
      build: text('tells one build of the library from another'),
      startedAt: text('when the first result was asked for, ISO 8601'),
      node: text('version of Node.js'),
      machine: text('processor and system'),
      cells: texts('the settings that were run'),
      seeds: object('`first`, and `perCell`: how many of each, in the order of `cells`'),
      runs: count('how many results there are'),
      wallMs: amount('time of processors they took together'),
      tables: list(
        'figures: `title` and `rows` of `label`, `quantity`, `published`, `ours`, `interval` (95 %), `sampleCount`, `target` (`near` with `by` or `byShare`, `atMost`, `atLeast`) and `verdict` (`met`, `missed`, `informational`)',
        object('a table'),
      ),
      plots: list(
        'drawings: `title`, `x`, `y` (`label`, `isLog`, `min`, `max`) and `series` of `name`, `kind` (`ours`, `published`, `bound`), `style` and `points` (`x`, `y`, `low`, `high`, `label`)',
        object('a drawing'),
      ),
    },
  },
];
