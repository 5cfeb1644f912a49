import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { CliError, ExitCode } from '../exit-codes.ts';
import { listDocument } from '../experiment/documents.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import { json, paintFor } from '../output.ts';

interface ExperimentFlags {
  readonly seeds?: number;
  readonly firstSeed: number;
  readonly cells?: string;
  readonly workers: number;
  readonly out?: string;
  readonly again?: boolean;
  readonly kept?: boolean;
  readonly json?: boolean;
}

/** `hearsay experiment`: published measurements on our code, and our own. */
export function experimentCommand(context: CommandContext): Command {
  const command = new Command('experiment')
    .summary('repeat published measurements in virtual time')
    .description(
      'Repeat a published measurement, or one of our own, with the protocol code of a real node in virtual time, and hold what comes out against the published figures. Without a name: what there is.',
    )
    .argument('[name]', 'which one')
    .option('--seeds <count>', "how many seeds of each cell; default: each experiment's own", wholeNumber(1, 1e6))
    .option('--first-seed <number>', 'the first of them', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--cells <pattern>', 'only cells whose name has this in it; * stands for anything')
    .addOption(workersOption())
    .option('--out <file>', 'where results are kept; default: ./experiment-NAME.jsonl')
    .addOption(new Option('--again', 'delete what that file holds and start over').conflicts('kept'))
    .option('--kept', 'run nothing, and report all that the file holds, whichever seeds were asked for')
    .addOption(jsonOption())
    .action((name: string | undefined, flags: ExperimentFlags) =>
      name === undefined ? list(flags, command, context) : experiment(name, flags, context),
    );
  return addHelp(command, {
    notes: [
      'A cell is one setting of the experiment. Each result is kept as a line of a file as soon as it',
      'is there: whatever ends the command, the same command goes on where it was. Results of another',
      'build of this program are not mixed in: the command says so and ends, and --kept reports them.',
      'One command at a time writes a file: FILE.lock beside it holds the id of its process.',
      '',
      'Targets are meant for the full size, which may take hours. With --seeds or --cells they are held',
      'against less than that, and chance weighs more.',
      '',
      'With --json the document has the schema hearsay/experiment/1, or hearsay/experiment-list/1',
      'without a name.',
    ].join('\n'),
    examples: [
      ['hearsay experiment', 'what there is'],
      ['hearsay experiment swim-first-detection --seeds 2 --cells "n=55 *"', 'a taste of one'],
      ['hearsay experiment swim-first-detection --workers 8 --json', 'all of it, as numbers'],
    ],
    exits: [
      [ExitCode.ok, 'no figure misses its target'],
      [ExitCode.failed, 'bad flag or name, a file that cannot be used, or a run that failed'],
      [ExitCode.answerIsNo, 'some figure misses its target'],
      [ExitCode.interrupted, 'interrupted; what was done is kept'],
    ],
  });
}

async function list({ json: asJson }: ExperimentFlags, command: Command, { io }: CommandContext): Promise<void> {
  const stray = command.options.find(
    (option) => option.long !== '--json' && command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (stray !== undefined) throw new CliError(`${stray.long} needs the name of an experiment`);
  const [{ experiments }, { listText }] = await Promise.all([
    import('hearsay/sim'),
    import('../experiment/report-text.ts'),
  ]);
  if (asJson === true) io.out(json(listDocument(experiments)));
  else io.out(listText(experiments, paintFor(io)));
}

async function experiment(name: string, flags: ExperimentFlags, { io, setExitCode }: CommandContext): Promise<void> {
  const [{ findExperiment }, { ExperimentRun }, { lockFile }, { reportText }] = await Promise.all([
    import('hearsay/sim'),
    import('../experiment/run.ts'),
    import('../experiment/file-lock.ts'),
    import('../experiment/report-text.ts'),
  ]);
  const found = findExperiment(name);
  if (found === undefined) throw new CliError(`there is no experiment ${name}; \`hearsay experiment\` lists them`);
  const out = flags.out ?? `experiment-${name}.jsonl`;
  const run = await duringLock(flags.kept === true ? () => {} : lockFile(out), io, async (signal) => {
    const begun = new ExperimentRun(found, { ...flags, out }, io);
    return (await begun.finish(signal)) ? begun : undefined;
  });
  if (run === undefined) return setExitCode(ExitCode.interrupted);
  const document = run.document();
  if (!document.ok) setExitCode(ExitCode.answerIsNo);
  if (flags.json === true) io.out(json(document));
  else io.out(reportText(document, paintFor(io)));
}

/**
 * Whatever ends `work`, also a signal and a terminal that is closed, the file is unlocked. A report may take minutes, and
 * no signal is heard meanwhile: it is made afterwards, when the first signal ends the process.
 */
async function duringLock<T>(unlock: () => void, io: Io, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const abort = (): void => interrupt.abort();
  const stops = [unlock, io.onInterrupt(abort), io.onReload(abort)];
  try {
    return await work(interrupt.signal);
  } finally {
    for (const stop of stops) stop();
  }
}

function workersOption(): Option {
  const spareCount = Math.max(1, availableParallelism() - 1);
  return new Option('--workers <count>', 'how many threads')
    .argParser(wholeNumber(1, 1_024))
    .default(spareCount, 'all cores but one');
}
