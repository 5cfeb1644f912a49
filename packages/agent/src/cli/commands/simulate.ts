import { Command, Option } from 'commander';
import type { SpreadResult } from 'hearsay/sim';
import { bar } from '../bars.ts';
import type { CommandContext } from '../context.ts';
import { ExitCode } from '../exit-codes.ts';
import { addHelp } from '../help.ts';
import { jsonOption, share, wholeNumber } from '../options.ts';
import { json, pad, paintFor, type Paint } from '../output.ts';

interface SimulateFlags {
  readonly nodes: number;
  readonly seed: number;
  readonly loss: number;
  readonly profile: 'lan' | 'wan' | 'local';
  readonly rules: 'sharp' | 'memberlist';
  readonly json?: boolean;
}

/** `hearsay simulate`: the protocol itself in virtual time. */
export function simulateCommand(context: CommandContext): Command {
  const command = new Command('simulate')
    .summary('measure a cluster of any size in virtual time')
    .description(
      'Run a cluster of the given size in virtual time, with the same protocol code as a real node: spread a rumor, crash a node, and measure.',
    )
    .option('--nodes <count>', 'how many nodes, 3 to 10000', wholeNumber(3, 10_000), 100)
    .option('--seed <number>', 'the same seed gives the same run, to the last packet', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--loss <share>', 'how many of the packets get lost, like 0.1 or 10%', share(0.9), 0)
    .addOption(new Option('--profile <profile>', 'timing of the nodes').choices(['lan', 'wan', 'local']).default('lan'))
    .addOption(
      new Option('--rules <set>', 'what the nodes do otherwise than the Go code: all our rules, or none')
        .choices(['sharp', 'memberlist'])
        .default('sharp'),
    )
    .addOption(jsonOption())
    .action((flags: SimulateFlags) => simulate(flags, context));
  return addHelp(command, {
    notes: [
      'A round is one gossip interval. The mark ┃ shows how many would know if everyone who knows',
      'told as many others as the fan-out says, all in step; real rounds are not in step, and pings',
      'carry rumors too. The hash is over everything that happened: two runs with the same flags have',
      'the same. A node takes some 60 KB of memory; 1000 take seconds.',
      '',
      'With --json the document has the schema hearsay/simulate/1: `ok`, `nodeCount`, `seed`, `loss`,',
      '`rounds`, `infectedAtRound`, `detection` (`firstSuspicionMs`, `firstDeadMs`, `allKnowMs`,',
      '`boundMs`), `atRest` (per node and second) and `forTheRumor` (per node), both with',
      '`packetsSent` and `bytesSent`, `falseDeathCount`, `hash`, `virtualMs`, `eventCount`, `wallMs`',
      'and `timesRealTime`. What did not happen is left out.',
    ].join('\n'),
    examples: [
      ['hearsay simulate --nodes 1000 --seed 7', 'a thousand nodes'],
      ['hearsay simulate --nodes 1000 --rules memberlist', 'the same with the rules of the Go code'],
      ['hearsay simulate --nodes 200 --loss 10% --json', 'the numbers with a tenth of all packets lost'],
    ],
    exits: [
      [
        ExitCode.ok,
        'the rumor reached all, the crash became known to all in time, nobody was declared dead by mistake',
      ],
      [ExitCode.failed, 'bad flag'],
      [ExitCode.answerIsNo, 'one of these did not happen'],
    ],
  });
}

async function simulate(flags: SimulateFlags, { io, setExitCode }: CommandContext): Promise<void> {
  const { nodes: nodeCount, seed, loss, profile, rules } = flags;
  const setting = `${percent(loss)} loss, ${profile} timing, ${rules} rules`;
  if (flags.json !== true) io.out(`${nodeCount} nodes, seed ${seed}, ${setting} …\n`);
  const [{ runSpreadExperiment }, { swimPresets }] = await Promise.all([import('hearsay/sim'), import('hearsay/core')]);
  const startedAtMs = performance.now();
  const result = runSpreadExperiment({ nodeCount, seed, loss, profile, rules });
  const wallMs = performance.now() - startedAtMs;
  const isOk = result.rounds !== undefined && result.detection.allKnowMs !== undefined && result.falseDeathCount === 0;
  if (!isOk) setExitCode(ExitCode.answerIsNo);
  const speed = { wallMs: Math.round(wallMs), timesRealTime: Number((result.virtualMs / wallMs).toFixed(1)) };
  if (flags.json === true) io.out(json({ schema: 'hearsay/simulate/1', ok: isOk, ...result, ...speed }));
  else io.out(report(result, swimPresets[profile].gossipNodes, speed, paintFor(io)));
}

function report(
  result: SpreadResult,
  fanOut: number,
  speed: { readonly wallMs: number; readonly timesRealTime: number },
  paint: Paint,
): string {
  const { rounds, detection, atRest, forTheRumor, falseDeathCount, hash, virtualMs, eventCount } = result;
  const time = (ms: number | undefined): string => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(2)} s`);
  const rows: readonly (readonly [string, string])[] = [
    ['rumor everywhere', rounds === undefined ? 'never' : `${rounds.toFixed(2)} rounds`],
    [
      'cost of the rumor',
      `${forTheRumor.packetsSent.toFixed(1)} packets, ${forTheRumor.bytesSent.toFixed(0)} bytes a node, all traffic of that time`,
    ],
    ['crash suspected', `${time(detection.firstSuspicionMs)} after the crash`],
    ['declared dead', time(detection.firstDeadMs)],
    ['known to all', `${time(detection.allKnowMs)}, by the formulas at most ${time(detection.boundMs)}`],
    ['false deaths', String(falseDeathCount)],
    [
      'traffic at rest',
      `${atRest.packetsSent.toFixed(2)} packets, ${atRest.bytesSent.toFixed(0)} bytes a node and second`,
    ],
    ['transcript hash', hash],
    [
      'speed',
      `${time(virtualMs)} of ${eventCount} events in ${time(speed.wallMs)}: ${speed.timesRealTime} times real time`,
    ],
  ];
  const table = rows.map(([what, value]) => `  ${pad(what, 19)}${value}\n`).join('');
  return `\n${curve(result, fanOut, paint)}\n${table}`;
}

/** One bar a round; marked is how many would know if everyone who knows told `fanOut` others who do not, in step. */
function curve({ infectedAtRound, nodeCount }: SpreadResult, fanOut: number, paint: Paint): string {
  const width = String(nodeCount).length;
  return infectedAtRound
    .map((heard, round) => {
      const ideal = Math.min(nodeCount, (1 + fanOut) ** round);
      const shown = paint(bar(heard / nodeCount, 40, ideal / nodeCount), 'cyan');
      const mark = paint(`${1 + fanOut}^r ${ideal}`, 'dim');
      return `  round ${pad(String(round), 2, 'left')} ${shown} ${pad(String(heard), width, 'left')}  ${mark}\n`;
    })
    .join('');
}

function percent(value: number): string {
  return `${Number((value * 100).toFixed(2))} %`;
}
