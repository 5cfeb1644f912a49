import { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import type { Io } from '../io.ts';
import { jsonOption, wholeNumber } from '../options.ts';

interface DemoFlags {
  readonly nodes: number;
  readonly once?: boolean;
  readonly seed?: number;
  readonly json?: boolean;
}

/** `hearsay demo`: gossip, shown with real nodes. */
export function demoCommand({ io, setExitCode }: CommandContext): Command {
  const command = new Command('demo')
    .summary('see gossip at work: real nodes on this machine, under a minute')
    .description(
      'Start real nodes on loopback and show how they find each other, how a rumor spreads, how a crash is noticed, how the crashed node comes back, how a flag is set on all of them, and how it stays deleted.',
    )
    .option('--nodes <count>', 'how many nodes, 3 to 50', wholeNumber(3, 50), 5)
    .option('--once', 'plain lines without pauses for reading, for scripts')
    .option(
      '--seed <number>',
      'chooses who starts the rumor and who crashes; default: by chance',
      wholeNumber(0, 2 ** 32 - 1),
    )
    .addOption(jsonOption())
    .action(async (flags: DemoFlags) => setExitCode(await play(flags, io)));
  return addHelp(command, {
    notes: [
      'On a terminal of at least 72 columns and 20 rows the show is a picture that moves; else, and',
      'with --once, it is lines of text. The nodes have UDP and TCP sockets of their own on',
      '127.0.0.1. Gossip is slowed down so that an eye can follow it; the settings are in the JSON',
      'document. Times come from real sockets, so the seed does not repeat them: for that there is',
      '`hearsay simulate`.',
      '',
      'With --json the document has the schema hearsay/demo/1: `ok`, `failure`, `settings`,',
      '`formedMs`, `rumor` (`rounds`, `curve`, `hearings`), `crash` (`suspectedMs`, `confirmedMs`,',
      '`firstDeadMs`, `allKnowMs`, `accusers`), `comeback`, `flag` (`shownByAllMs`, `receipt`) and',
      '`deletion` (`goneFromOthersMs`, `goneFromCutOffMs`, `resurrections`); the lines go to standard',
      'error.',
    ].join('\n'),
    examples: [
      ['hearsay demo', 'five nodes, under a minute'],
      ['hearsay demo --nodes 50', 'the same with fifty'],
      ['hearsay demo --once --json 2>/dev/null', 'the numbers alone'],
    ],
    exits: [
      [ExitCode.ok, 'everything that was shown has really happened'],
      [ExitCode.failed, 'bad flag, or no sockets to be had'],
      [ExitCode.answerIsNo, 'something that was to be seen did not happen'],
      ExitCode.interrupted,
    ],
  });
}

async function play(flags: DemoFlags, io: Io): Promise<ExitCode> {
  const { liveMinSize, runShow } = await import('../demo/show.ts');
  const { terminal } = io;
  const isPlain = flags.once === true || flags.json === true || io.env['TERM'] === 'dumb';
  const fits = terminal !== undefined && terminal.columns >= liveMinSize.columns && terminal.rows >= liveMinSize.rows;
  return runShow(
    {
      nodeCount: flags.nodes,
      seed: flags.seed ?? Math.floor(Math.random() * 2 ** 32),
      isLive: fits && !isPlain,
      isQuick: flags.once === true,
      isJson: flags.json === true,
    },
    io,
  );
}
