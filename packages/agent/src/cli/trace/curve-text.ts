import type { RpcTraceReport, RpcTraceRound } from 'hearsay/client';
import { bar } from '../bars.ts';
import { pad, type Paint } from '../output.ts';

const barWidth = 40;

/** The infection curve: a line for each round, a bar with a stroke where theory expects it to end, and the band. */
export function curveText({ rounds, model, hearers, unheard, isWithinBand }: RpcTraceReport, paint: Paint): string {
  const { memberCount, fanOut, gossipIntervalMs, sendLimit, loss } = model;
  const tellCount = hearers.length + unheard.length;
  const countWidth = String(tellCount).length;
  const losses = loss === 0 ? 'no loss' : `${Math.round(loss * 1_000) / 10} % loss`;
  const told = rounds.filter((_, index) => !isQuiet(rounds, index));
  const verdict = isWithinBand
    ? paint('  Every round is within the band.\n', 'green')
    : paint('  Not every round is within the band.\n', 'yellow');
  return [
    `\n${paint('Who had heard by the end of each round', 'bold')}\n`,
    `  A round is a gossip interval, ${gossipIntervalMs} ms; each tells ${fanOut} others in it, ${sendLimit} times in all. Theory\n`,
    `  (┃, and the band of 3 deviations) is for ${memberCount} members and ${losses}.\n\n`,
    ...told.map((round) => roundText(round, tellCount, countWidth, paint)),
    verdict,
  ].join('');
}

function roundText(round: RpcTraceRound, tellCount: number, countWidth: number, paint: Paint): string {
  const { round: number, infected, expected, low, high } = round;
  const isInside = infected >= low && infected <= high;
  const cells = bar(infected / tellCount, barWidth, expected / tellCount);
  const count = pad(String(infected), countWidth, 'left');
  const expectedText = pad(expected.toFixed(1), countWidth + 2, 'left');
  const band = `${pad(String(low), countWidth, 'left')} to ${pad(String(high), countWidth, 'left')}`;
  const look = isInside ? 'green' : 'yellow';
  return `  ${pad(String(number), 3, 'left')}  ${paint(cells, look)}  ${count}   theory ${expectedText}, ${band}\n`;
}

/** In the middle of rounds that all say the same. */
function isQuiet(rounds: readonly RpcTraceRound[], index: number): boolean {
  const [before, here, after] = [rounds[index - 1], rounds[index]!, rounds[index + 1]];
  if (before === undefined || after === undefined) return false;
  return [before, after].every(({ infected, expected }) => infected === here.infected && expected === here.expected);
}
