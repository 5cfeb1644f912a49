/**
 * Digests of views in a whole simulated cluster: how soon all agree again after a death, and what that costs.
 *
 *   npm run --silent build
 *   nice node --max-old-space-size=12000 bench/views.mjs [--nodes 1000] [--idle-seconds 20] [--without] [--seed 1] [--loss 0.01]
 *
 * With `--without` the same cluster has no digests: what they cost is the difference. All state that is sent counts, by packet and by
 * stream. Each figure is printed as soon as it is there.
 */
import { simulate } from 'hearsay/sim';
import { readArguments } from './lib/arguments.mjs';
import { figure } from './lib/figures.mjs';
import { sumOf } from './state/cluster.mjs';

const options = readArguments({ nodes: '1000', 'idle-seconds': '20', without: false, seed: '1', loss: '0.01' });
const nodeCount = Number(options.nodes);
const idleSeconds = Number(options['idle-seconds']);
const views = !options.without;
/** How often it is looked whether all agree. */
const lookMs = 200;
const limitMs = 120_000;
/** The state layer comes to rest in the first minute. */
const restMs = 70_000;

const cluster = simulate({
  seed: Number(options.seed),
  nodeCount,
  checkers: [],
  transcript: { linesMax: 1, traces: 'none' },
  network: { loss: Number(options.loss) },
  kv: {},
  node: { views },
});
const [victim, ...others] = cluster.nodes;
tell('all agree for the first time after', seconds(until(areAgreed(cluster.nodes))));
cluster.runForMs(restMs);
const idleBytes = bytesDuring(cluster.nodes, () => cluster.runForMs(idleSeconds * 1_000));
tell('at rest a node sends in a second', `${figure(idleBytes / idleSeconds)} B`);
cluster.crash(victim.name);
const killBytes = bytesDuring(others, () => {
  tell(
    'all know of a death after',
    seconds(until(() => others.every(({ core }) => core.memberCount === nodeCount - 1))),
  );
  tell('and from then on all digests agree after', seconds(until(areAgreed(others))));
});
tell('from the death until then a node sends', `${figure(killBytes)} B`);

function areAgreed(nodes) {
  return () => !views || nodes.every(({ core }) => core.views.read().isAgreed);
}

function until(isSo) {
  const startMs = cluster.nowMs;
  while (!isSo()) {
    if (cluster.nowMs - startMs >= limitMs) throw new Error(`not so within ${limitMs} ms`);
    cluster.runForMs(lookMs);
  }
  return cluster.nowMs - startMs;
}

/** Bytes of state that each of the nodes sends meanwhile, on average. */
function bytesDuring(nodes, work) {
  const sent = () => nodes.reduce((sum, { core }) => sum + sumOf(core.kv.stats.sentBytes), 0);
  const before = sent();
  work();
  return (sent() - before) / nodes.length;
}

function tell(what, value) {
  console.log(`${what.padEnd(42)} ${value}`);
}

function seconds(ms) {
  return `${figure(ms / 1_000)} s`;
}
