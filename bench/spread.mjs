/**
 * How news spreads, how a crash is found, and whether the living are left alone, in many simulated clusters:
 *
 *   npm run --silent build && node bench/spread.mjs --nodes 1000 --seeds 100 --minutes 10
 *
 * For each loss and seed a cluster is formed; one node changes its metadata at a random instant, and when all have heard
 * of it, another one crashes. Then, for each death seed, one cluster that pings over streams too and one that does not
 * live for so many virtual minutes with lost packets, and every live member declared dead is counted. The full run takes
 * about twenty minutes; the tests run a part of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runSpreadExperiment, simulate } from 'hearsay/sim';
import { crashKnownMaxMs, swimPresets } from '../packages/hearsay/dist/swim/index.js';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';

/** Within how many gossip intervals a rumor is to reach all of 1,000 nodes, by loss. */
const roundsMax = { 0: 8, 0.1: 9 };

const options = readArguments({
  nodes: '1000',
  seeds: '100',
  'first-seed': '1',
  losses: '0,0.1',
  minutes: '10',
  'death-loss': '0.05',
  'death-seeds': '1',
});
const nodeCount = Number(options.nodes);
const firstSeed = Number(options['first-seed']);
const machine = describeMachine();

const spreads = options.losses.split(',').map((text) => spreadAt(Number(text)));
const lives = [true, false].flatMap((streamPings) =>
  numberList(options['death-seeds']).map((seed) => live(seed, Number(options['death-loss']), streamPings)),
);

console.log(`${machine}. ${nodeCount} nodes, LAN, seeds ${firstSeed} to ${firstSeed + Number(options.seeds) - 1}.\n`);
console.log(
  table(
    [
      'loss',
      'rounds p50',
      'p99',
      'most',
      'reached all',
      'within the bound',
      'first suspicion, s',
      'first dead, s',
      'all know, s',
      'bound, s',
      'crashes within it',
      'packets a node for the rumor',
      'false deaths',
    ],
    spreads.map(spreadRow),
  ),
);
console.log(
  `\n${table(
    [
      'loss',
      'pings over streams',
      'seed',
      'virtual minutes',
      'failed probes',
      'refutations',
      'false deaths',
      'packets a node and second',
      'bytes a node and second',
      'CPU, s',
    ],
    lives.map(lifeRow),
  )}`,
);
const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}spread.json`, JSON.stringify({ machine, options, spreads, lives }, null, 1));

function spreadAt(loss) {
  const results = [];
  for (let seed = firstSeed; seed < firstSeed + Number(options.seeds); seed++) {
    const result = runSpreadExperiment({ nodeCount, seed, loss, restMs: 1_000 });
    results.push(result);
    console.error(
      `loss ${loss} seed ${seed}: ${result.rounds} rounds, all know after ${result.detection.allKnowMs} ms`,
    );
  }
  return { loss, boundMs: crashKnownMaxMs(swimPresets.lan, nodeCount - 1, loss), results };
}

function spreadRow({ loss, boundMs, results }) {
  const rounds = results.map((result) => result.rounds ?? Infinity);
  const limit = roundsMax[loss];
  const crash = (key) => results.map(({ detection }) => (detection[key] ?? Infinity) / 1_000);
  const middleAndMost = (values) => `${figure(rank(values, 0.5))} (most ${figure(Math.max(...values))})`;
  const count = (values, isSo) => `${values.filter(isSo).length} of ${values.length}`;
  return [
    `${loss * 100} %`,
    figure(rank(rounds, 0.5)),
    figure(rank(rounds, 0.99)),
    figure(Math.max(...rounds)),
    count(rounds, Number.isFinite),
    limit === undefined ? '-' : `${count(rounds, (value) => value <= limit)} in ${limit}`,
    middleAndMost(crash('firstSuspicionMs')),
    middleAndMost(crash('firstDeadMs')),
    middleAndMost(crash('allKnowMs')),
    figure(boundMs / 1_000),
    count(crash('allKnowMs'), (seconds) => seconds * 1_000 <= boundMs),
    figure(
      rank(
        results.map((result) => result.forTheRumor.packetsSent),
        0.5,
      ),
    ),
    String(results.reduce((sum, result) => sum + result.falseDeathCount, 0)),
  ];
}

function live(seed, loss, streamPings) {
  const cpu = process.cpuUsage();
  const scenario = simulate({ seed, nodeCount, network: { loss }, swim: { streamPings }, checkers: [] });
  let falseDeaths = 0;
  scenario.simulator.observe({
    onEvent: (_node, event) => {
      if (event.type === 'member-failed') falseDeaths += 1;
    },
  });
  const minutes = Number(options.minutes);
  scenario.runForMs(minutes * 60_000);
  const sum = (pick) => scenario.nodes.reduce((total, node) => total + pick(node), 0);
  const nodeSeconds = nodeCount * minutes * 60;
  const { user, system } = process.cpuUsage(cpu);
  return {
    loss,
    streamPings,
    seed,
    minutes,
    probesFailed: sum((node) => node.core.stats.swim.probesFailed),
    refutations: sum((node) => node.core.stats.swim.refutations),
    falseDeaths,
    packetsPerNodeSecond: sum((node) => node.traffic.packetsSent) / nodeSeconds,
    bytesPerNodeSecond: sum((node) => node.traffic.bytesSent) / nodeSeconds,
    cpuSeconds: (user + system) / 1e6,
  };
}

function lifeRow(life) {
  return [
    `${life.loss * 100} %`,
    life.streamPings ? 'on' : 'off',
    String(life.seed),
    String(life.minutes),
    String(life.probesFailed),
    String(life.refutations),
    String(life.falseDeaths),
    figure(life.packetsPerNodeSecond),
    figure(life.bytesPerNodeSecond),
    figure(life.cpuSeconds),
  ];
}

/** The value that `share` of the values do not exceed. */
function rank(values, share) {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)];
}
