/**
 * hearsay's agent beside Debian's `serf agent`: the same flags, the same RPC client, run by run in turn.
 *
 *   npm run build && node bench/agents.mjs
 *
 * The lines measured are kept under .cache/bench; `--report` prints the tables again from there. `--quick` is a smoke
 * test, not a measurement. Linux only: it reads /proc.
 */
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetchPeers, findPeer } from '../test/peers.mjs';
import { startAgent, untilAllListed } from './lib/agent-pool.mjs';
import { measureEvents, measureQueries } from './lib/agent-trials.mjs';
import { numberList, readArguments } from './lib/arguments.mjs';
import { figure, median, quantile, spread, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import { cpuMsOf, memoryOf } from './lib/process-cost.mjs';
import { readRawLines } from './lib/raw-lines.mjs';

const folder = fileURLToPath(new URL('../.cache/bench/', import.meta.url));
const rawFile = `${folder}agents.jsonl`;
const ourProgram = fileURLToPath(new URL('../packages/agent/bin/hearsay.js', import.meta.url));
const sides = ['serf', 'hearsay'];

const options = readArguments({
  agents: '1,10',
  runs: '5',
  settle: '30',
  rest: '20',
  trials: '100',
  quick: false,
  report: false,
});
if (options.quick) Object.assign(options, { agents: '1,3', runs: '1', settle: '2', rest: '3', trials: '5' });

if (!options.report) await measureAll();
printReport(readRawLines(rawFile));

async function measureAll() {
  const commands = await copyPrograms();
  const version = execFileSync(commands.serf[0], ['version'], { encoding: 'utf8' }).split('\n')[0];
  const empty = await memoryOfEmpty(commands.hearsay[0]);
  const head = { measure: 'machine', machine: describeMachine(), version, options, empty };
  writeFileSync(rawFile, `${JSON.stringify(head)}\n`);
  for (let run = 1; run <= Number(options.runs); run++) {
    for (const count of numberList(options.agents)) {
      // Who goes first changes from run to run, so that neither always finds the machine as the other left it.
      for (const side of run % 2 === 1 ? sides : sides.toReversed()) {
        console.error(`bench: run ${run}, ${count} agents, ${side}`);
        await measurePool(commands[side], count, (measure, values) =>
          appendFileSync(rawFile, `${JSON.stringify({ side, run, agents: count, measure, ...values })}\n`),
        );
      }
    }
  }
}

/**
 * Copies, so that no process but the agents maps these files: else a page they share with others would count less.
 * @returns {Promise<Record<string, string[]>>}
 */
async function copyPrograms() {
  const trouble = await fetchPeers();
  const serf = findPeer('serf');
  if (serf === undefined) throw new Error(`there is no serf to measure: ${trouble}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(serf, `${folder}serf`);
  copyFileSync(process.execPath, `${folder}node`);
  return { serf: [`${folder}serf`], hearsay: [`${folder}node`, ourProgram] };
}

/** What a process of Node.js holds that does nothing at all: no agent of ours can hold less. */
async function memoryOfEmpty(node) {
  const child = spawn(node, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  await sleep(2_000);
  const memory = memoryOf(child.pid);
  child.kill('SIGKILL');
  return memory;
}

/** One pool, from its first agent to its end. */
async function measurePool(command, count, report) {
  const agents = [];
  try {
    for (let index = 0; index < count; index++) {
      const agent = await startAgent(command, `n${index}`, agents[0]);
      agents.push(agent);
      report(index === 0 ? 'first' : 'start', agent.start);
      // The next one shall not find the processor busy with what comes after a start.
      await sleep(1_000);
    }
    await untilAllListed(agents);
    await sleep(Number(options.settle) * 1_000);
    report('rest', await measureRest(agents));
    if (count === 1) return;
    report('event', await measureEvents(agents, Number(options.trials)));
    report('query', await measureQueries(agents, Number(options.trials)));
    report('after', memoryOfAll(agents));
  } finally {
    for (const agent of agents) await agent.kill();
  }
}

async function measureRest(agents) {
  const cpuMs = () => agents.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
  const [startedAtMs, before] = [performance.now(), cpuMs()];
  await sleep(Number(options.rest) * 1_000);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  return { cpuMs: (cpuMs() - before) / seconds / agents.length, ...memoryOfAll(agents) };
}

/** In KB an agent. */
function memoryOfAll(agents) {
  const sums = { rssKb: 0, pssKb: 0, anonymousKb: 0 };
  for (const { pid } of agents) {
    for (const [kind, kb] of Object.entries(memoryOf(pid))) sums[kind] += kb / agents.length;
  }
  return sums;
}

function printReport([{ machine, version, options: used, empty }, ...lines]) {
  console.log(`${machine}; stock ${version}.`);
  console.log(
    `Runs: ${used.runs} a side and size, in turn; ${used.rest} s at rest after ${used.settle} s; ${used.trials} events ` +
      'and queries a run. Cells: median (least to most).',
  );
  const [rss, pss, anonymous] = [empty.rssKb, empty.pssKb, empty.anonymousKb].map((kb) => figure(kb / 1024));
  console.log(`A Node.js process that does nothing: RSS ${rss} MB, PSS ${pss} MB, anonymous memory ${anonymous} MB.`);
  for (const count of numberList(used.agents)) {
    const of = (measure) => (side) =>
      lines.filter((line) => line.side === side && line.measure === measure && line.agents === count);
    const body = [...restRows(of('rest')), ...(count === 1 ? startRows(of('first'), false) : poolRows(of))];
    console.log(`\n### ${count === 1 ? 'One agent' : `${count} agents`}\n`);
    console.log(table(['measure', 'stock serf', 'hearsay', 'hearsay / stock'], body));
  }
}

function poolRows(of) {
  return [
    ...memoryRows('after events and queries', of('after')),
    ...startRows(of('start'), true),
    ...trialRows('event', of('event'), { another: 'to another agent', last: 'to the last agent' }),
    ...trialRows('query', of('query'), { first: 'to the first answer', last: 'to the last answer' }),
  ];
}

function restRows(linesOf) {
  return [
    ...memoryRows('at rest', linesOf),
    row('CPU at rest, ms an agent and second', (side) => linesOf(side).map((line) => line.cpuMs)),
  ];
}

function memoryRows(when, linesOf) {
  const kinds = { rssKb: 'RSS', pssKb: 'PSS', anonymousKb: 'anonymous memory' };
  return Object.entries(kinds).map(([key, name]) =>
    row(`${name} ${when}, MB an agent`, (side) => linesOf(side).map((line) => line[key] / 1024)),
  );
}

function startRows(linesOf, hasJoined) {
  const names = {
    answersMs: 'start of the process until RPC answers, ms',
    ...(hasJoined && { joinedMs: 'start of the process until it has joined, ms' }),
    cpuMs: 'CPU time until then, ms',
  };
  return Object.entries(names).map(([key, name]) => row(name, (side) => linesOf(side).map((line) => line[key])));
}

function row(name, valuesOf) {
  const [stock, ours] = sides.map((side) => median(valuesOf(side)));
  return [name, ...sides.map((side) => spread(valuesOf(side))), figure(ours / stock)];
}

/** All trials of all runs together: half, 99 of 100, and the last. */
function trialRows(measure, linesOf, names) {
  const rows = Object.entries(names).map(([key, name]) => {
    const trials = (side) => linesOf(side).flatMap((line) => line.times.map((times) => times[key]));
    const cells = sides.map((side) => [0.5, 0.99, 1].map((share) => figure(quantile(trials(side), share))).join(' / '));
    const ratio = [0.5, 0.99].map((share) =>
      figure(quantile(trials('hearsay'), share) / quantile(trials('serf'), share)),
    );
    return [`${measure} ${name}, ms p50 / p99 / max`, ...cells, ratio.join(' / ')];
  });
  const missed = sides.map((side) => {
    const count = linesOf(side).reduce((sum, line) => sum + line.missed, 0);
    return `${count} of ${count + linesOf(side).reduce((sum, line) => sum + line.times.length, 0)}`;
  });
  return [...rows, [`${measure} not complete in 10 s`, ...missed, '']];
}
