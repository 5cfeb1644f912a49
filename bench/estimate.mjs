/**
 * How right estimates of telemetry are, round by round: push-sum and extrema as the nodes run them, with their messages
 * encoded and decoded, without the nodes around them. Check 18 of bench/state.mjs runs those too, and takes long.
 *
 *   npm run --silent build && node bench/estimate.mjs --nodes 1000 --loss 0.1 --seeds 3
 */
import { decodeEstimate, encodeMass } from '../packages/hearsay/dist/telemetry/estimate/codec.js';
import { Epoch } from '../packages/hearsay/dist/telemetry/estimate/epoch.js';
import { Outcome } from '../packages/hearsay/dist/telemetry/estimate/outcome.js';
import { randomChance, randomFloat, randomInt, SeededRng } from '../packages/hearsay/dist/util/index.js';
import { readArguments } from './lib/arguments.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';

const options = readArguments({ nodes: '1000', loss: '0.1', seeds: '3' });
const [nodeCount, loss, seedCount] = [Number(options.nodes), Number(options.loss), Number(options.seeds)];
const id = 1;
const middleRound = 20;
const lastRound = 30;

/** By name: a value by chance. */
const distributions = {
  'even, 0 to 100': (share) => 100 * share,
  exponential: (share) => -Math.log(1 - share),
  'one in fifty ten times as large': (share) => Math.exp(3 * share) * (share > 0.98 ? 10 : 1),
};

const rows = Object.entries(distributions).map(([name, valueAt]) => {
  const runs = Array.from({ length: seedCount }, (_, index) => run(index + 1, valueAt));
  const most = (pick) => Math.max(...runs.map(pick));
  const percent = (pick) => `${figure(100 * most(pick))} %`;
  const left = `${figure(runs[0].massLeft)} (${figure(runs[0].weightLeft)})`;
  const inside = runs.filter(({ end, bound }) => end <= bound).length;
  return [
    name,
    percent((r) => r.middle),
    percent((r) => r.end),
    percent((r) => r.count),
    left,
    percent((r) => r.bound),
    `${inside} of ${seedCount}`,
  ];
});
const head = [
  'values',
  'worst node, round 20',
  'round 30',
  'count of nodes',
  'mass left, measured (true)',
  'bound told',
  'within',
];
console.log(
  `${describeMachine()}.\n\n${nodeCount} nodes, ${100 * loss} % loss, ${seedCount} runs. Bars: 4 %, 1.5 %, 10 %.\n`,
);
console.log(table(head, rows));

/** One epoch, the nodes one after another in each round. */
function run(seed, valueAt) {
  const rng = new SeededRng(seed, 5);
  const values = Array.from({ length: nodeCount }, () => valueAt(randomFloat(rng)));
  const mean = values.reduce((sum, value) => sum + value, 0) / nodeCount;
  const epochs = values.map((value) => {
    const epoch = new Epoch(1, 0, 0);
    epoch.contribute([[id, value]], rng);
    return epoch;
  });
  const errorOf = (epoch) => Math.abs(new Outcome(epoch).estimate(id).mean / mean - 1);
  const worst = {};
  for (let round = 0; round < lastRound; round += 1) {
    for (const [index, epoch] of epochs.entries()) {
      const other = () => epochs[(index + 1 + randomInt(rng, nodeCount - 1)) % nodeCount];
      epoch.mass.halve();
      const [massTo, extremaTo] = [other(), other()];
      if (!randomChance(rng, loss)) massTo.mass.merge(decodeEstimate(encodeMass({ epoch: 1, round }, epoch.mass)).mass);
      if (!randomChance(rng, loss)) {
        extremaTo.count.merge(epoch.count.levels);
        extremaTo.weight.merge(epoch.weight.levels);
      }
      epoch.advance(rng);
    }
    if (round + 1 === middleRound || round + 1 === lastRound) worst[round + 1] = Math.max(...epochs.map(errorOf));
  }
  const outcome = new Outcome(epochs[0]);
  return {
    middle: worst[middleRound],
    end: worst[lastRound],
    count: Math.max(...epochs.map(({ count }) => Math.abs(count.sum() / nodeCount - 1))),
    massLeft: outcome.massLeft,
    weightLeft: epochs.reduce((sum, { mass }) => sum + mass.weight, 0) / nodeCount,
    bound: outcome.estimate(id).meanErrorBound,
  };
}
