/**
 * Thirty days of a small Serf pool in virtual time: one in a hundred members an hour dies and returns a minute later. Once a
 * day: do all agree, and is what they hold as large as it was? With `--state` they gossip state too, which takes twice the time.
 *
 *   npm run --silent build && node bench/soak.mjs [--days 30] [--nodes 5] [--seed 1] [--state] [--write]
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { simulate } from 'hearsay/sim';
import { readArguments } from './lib/arguments.mjs';
import { table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import { writeBetweenMarks } from './lib/results-file.mjs';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const options = readArguments({ days: '30', nodes: '5', seed: '1', state: false, write: false });
const [days, nodeCount] = [Number(options.days), Number(options.nodes)];
const hourMs = 3_600_000;
/** One of a hundred in an hour. */
const churnEveryMs = (100 / nodeCount) * hourMs;
const downMs = 60_000;
/** For how long the views may differ after a return. */
const agreeMs = 60_000;

const startedAt = process.cpuUsage();
const cluster = simulate({
  seed: Number(options.seed),
  nodeCount,
  serf: {},
  ...(options.state && { kv: {} }),
  checkers: [],
  transcript: { traces: 'none', linesMax: 0 },
});
const names = cluster.nodes.map(({ name }) => name);
let [churnMs, turn, bystanders] = [churnEveryMs, 0, 0];
const dailies = [];
for (let day = 1; day <= days; day += 1) {
  const endMs = day * 24 * hourMs;
  while (cluster.nowMs < endMs) {
    cluster.runForMs(Math.min(endMs, churnMs) - cluster.nowMs);
    if (cluster.nowMs >= churnMs) churn();
  }
  cluster.runForMs(agreeMs);
  dailies.push(readDay(day));
  console.log(describeDay(dailies.at(-1)));
}
const text = report();
console.log(`\n${text}`);
if (options.write) writeBetweenMarks('soak', text);

/** Ends a member, never the seed, and starts it again. */
function churn() {
  churnMs += churnEveryMs;
  turn += 1;
  const name = names[1 + (turn % (nodeCount - 1))];
  const failures = () => names.reduce((sum, each) => sum + failuresAt(each), 0);
  const before = failures();
  cluster.crash(name);
  cluster.runForMs(downMs);
  // All but itself should have missed it, and nobody else.
  bystanders += failures() - before - (nodeCount - 1);
  cluster.restart(name).join(name);
  if (options.state) for (const each of names) cluster.kv.setOwn(each, 'turn', String(turn));
}

function failuresAt(name) {
  return cluster.eventsAt(name).filter(({ type }) => type === 'member-failed').length;
}

function readDay(day) {
  collectGarbage();
  const stats = cluster.nodes.map(({ core }) => core.stats);
  const most = (pick) => Math.max(...stats.map(pick));
  return {
    day,
    agree: names.every((observer) => names.every((subject) => cluster.stateAt(observer, subject) === 'alive')),
    heapMiB: process.memoryUsage().heapUsed / 2 ** 20,
    pending: cluster.simulator.pendingEventCount,
    departed: most(({ departed }) => departed),
    queued: most(({ rumorQueue, broadcastQueue }) => rumorQueue.count + broadcastQueue.count),
    streams: most(({ streams }) => streams),
  };
}

function describeDay({ day, agree, heapMiB, pending, departed, queued, streams }) {
  return (
    `day ${day}: ${agree ? 'all agree' : 'VIEWS DIFFER'}, heap ${heapMiB.toFixed(1)} MiB, ${pending} events wait, ` +
    `${departed} departed remembered, ${queued} queued, ${streams} streams`
  );
}

function report() {
  const head = ['after', 'views agree', 'heap, MiB', 'timers and packets that wait', 'departed', 'queued', 'streams'];
  const shown = dailies.filter(({ day }) => day === 1 || day % 5 === 0 || day === days);
  const rows = shown.map(({ day, agree, heapMiB, pending, departed, queued, streams }) => [
    `${day} days`,
    agree ? 'yes' : 'NO',
    heapMiB.toFixed(1),
    pending,
    departed,
    queued,
    streams,
  ]);
  const { user, system } = process.cpuUsage(startedAt);
  const differing = dailies.filter(({ agree }) => !agree).length;
  return (
    `${describeMachine()}.\n\n${nodeCount} members, ${days} days, ${turn} deaths and returns, seed ${options.seed}; ` +
    `${Math.round((user + system) / 1e6)} s of processor time. Days on which views differed: ${differing}; members ` +
    `declared dead that lived: ${bystanders}.\n\n${table(head, rows)}`
  );
}
