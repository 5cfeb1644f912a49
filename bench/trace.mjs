/**
 * Traces a user event and a write through a hundred real members on loopback, and through a thousand simulated ones:
 * whether each is accounted for, whether the curve is within theory's band, and who was late and why.
 *
 *   npm run --silent build && node bench/trace.mjs [--real 100] [--simulated 1000] [--runs 3] [--seed 1] [--loss 0] [--curve]
 *
 * The real members are `createCluster` in this one process, LAN profile, all on sockets of their own, and without
 * telemetry, which would only be more work for the one process. `--loss` is that of
 * the simulated network, and is told to theory.
 */
import { createCluster } from 'hearsay';
import { simulate, traceIn } from 'hearsay/sim';
import { readArguments } from './lib/arguments.mjs';
import { figure, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';

const options = readArguments({ real: '100', simulated: '1000', runs: '3', seed: '1', loss: '0', curve: false });
const runCount = Number(options.runs);
const loss = Number(options.loss);
/** The comparisons of state, which take most of the time of a simulation, are rare here; rumors are as they always are. */
const quietGossip = { peersPerPeriod: 1, periodMs: 10_000, beacon: false };
const rows = [];
let shown;

console.log(`${describeMachine()}.\n`);
if (Number(options.real) > 0) await traceReal(Number(options.real));
if (Number(options.simulated) > 0) traceSimulated(Number(options.simulated));
const head = [
  '',
  'accounted for',
  'in the band',
  'p50 ms',
  'p99 ms',
  'last ms',
  'theory: last ms, 50 and 99 %',
  'error ms',
  'late',
];
console.log(table(head, rows));
if (options.curve) printCurve(shown);

async function traceReal(count) {
  const clusters = [];
  for (let number = 1; number <= count; number += 1) {
    const seeds = number === 1 ? [] : [`127.0.0.1:${clusters[0].address.port}`];
    clusters.push(await createCluster({ name: `n${number}`, bind: '127.0.0.1:0', seeds, telemetry: false }));
  }
  await Promise.all(clusters.map((cluster) => cluster.waitFor({ members: count, settledForMs: 5_000 })));
  // Until all that the start has left behind is done.
  await new Promise((resolve) => setTimeout(resolve, 20_000));
  for (let run = 1; run <= runCount; run += 1) {
    note(`${count} real, event`, await clusters[run].trace({ event: 'trace', payload: `${run}` }));
    note(`${count} real, write`, await clusters[run].trace({ key: 'trace', value: run }));
  }
  await Promise.all(clusters.map((cluster) => cluster.close()));
}

function traceSimulated(nodeCount) {
  for (let run = 0; run < runCount; run += 1) {
    const seed = Number(options.seed) + run;
    const network = { loss };
    const kv = { gossip: quietGossip };
    const pool = simulate({ seed, nodeCount, serf: {}, kv, network, checkers: [] }).runForMs(5_000);
    const payload = new Uint8Array(0);
    const event = traceIn(pool, 'n1', (core, nowMs) => core.traceEvent(nowMs, 'trace', payload, { loss }));
    note(`${nodeCount} simulated, event, seed ${seed}`, event);
    const write = traceIn(pool, 'n2', (core, nowMs) => core.traceWrite(nowMs, 'trace', payload, { loss }));
    note(`${nodeCount} simulated, write, seed ${seed}`, write);
    for (const name of ['n11', 'n12', 'n13']) pool.pause(name, { forMs: 3_000 });
    for (const name of ['n21', 'n22']) pool.cut('all', [name], { forMs: 3_000 });
    const troubled = traceIn(pool, 'n3', (core, nowMs) =>
      core.traceEvent(nowMs, 'again', payload, { loss, timeoutMs: 30_000 }),
    );
    note(`the same, n11 to n13 stand still and n21, n22 hear nothing for 3 s`, troubled);
  }
}

function note(what, report) {
  const { hearers, unheard, missing, model, spread, theory, errorMs, isWithinBand } = report;
  const late = hearers.filter((hearer) => hearer.late !== undefined);
  const causes = late.map(({ name, late: { cause, text } }) => `${name}: ${cause}, ${text}`);
  const silent = unheard.map(({ name, reason: { cause, text } }) => `${name} has not heard: ${cause}, ${text}`);
  const unknown = missing.slice(0, 3).map(({ name, reason }) => `${name}: ${reason}`);
  rows.push([
    what,
    `${hearers.length + unheard.length + missing.length} of ${model.memberCount}, ${hearers.length} heard`,
    isWithinBand ? 'yes' : 'no',
    figure(spread?.p50Ms),
    figure(spread?.p99Ms),
    figure(spread?.maxMs),
    `${figure(theory.lastP50Ms)}, ${figure(theory.lastP99Ms)}`,
    figure(errorMs),
    [`${late.length || 'nobody'}`, ...causes.slice(0, 6), ...silent.slice(0, 3), ...unknown].join('; '),
  ]);
  shown = { what, report };
}

function printCurve({ what, report: { rounds } }) {
  console.log(`\nThe last one (${what}), round by round:\n`);
  const cells = rounds.map(({ round, infected, expected, low, high }) => [
    `${round}`,
    `${infected}`,
    `${expected}`,
    `${low} to ${high}`,
  ]);
  console.log(table(['round', 'had heard', 'theory', 'band'], cells));
}
