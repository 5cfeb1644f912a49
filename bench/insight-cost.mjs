/**
 * What telemetry and evidence cost: CPU time of members with both, beside members with neither, in the same minutes.
 *
 *   node bench/insight-cost.mjs [--members 3] [--windows 6] [--window-s 20] [--warm-s 15] [--repeats 2]
 *     [--events 2] [--writes 5]
 *
 * Two clusters of `--members` processes each run side by side on loopback, with Serf's LAN timings: one as it is by
 * default, the other with `telemetry: false, evidence: false`; gossiped state is on in both. The windows of time are the same
 * for both, and which cluster starts first changes with each repeat. Idle, nothing is asked of them. Busy, each member
 * fires `--events` user events and writes `--writes` values of 100 bytes in a second; with telemetry it also counts each and records a time.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createCluster } from 'hearsay';
import { readArguments } from './lib/arguments.mjs';
import { figure, median, spread, table } from './lib/figures.mjs';
import { describeMachine } from './lib/machine.mjs';
import { cpuMsOf } from './lib/process-cost.mjs';

if (process.send === undefined) await measure();
else process.once('message', (member) => void beMember(member));

async function measure() {
  const machine = describeMachine();
  const options = readArguments({
    members: '3',
    windows: '6',
    'window-s': '20',
    'warm-s': '15',
    repeats: '2',
    events: '2',
    writes: '5',
  });
  const rows = [];
  const loads = [];
  for (const isBusy of [false, true]) {
    const windows = [];
    for (let repeat = 0; repeat < Number(options.repeats); repeat += 1) {
      windows.push(...(await measureOnce(options, isBusy, repeat % 2 === 0)));
      loads.push(loadavg()[0]);
    }
    const on = windows.map((window) => window.on);
    const off = windows.map((window) => window.off);
    const added = windows.map((window) => (100 * (window.on - window.off)) / window.off);
    const total = (100 * (sum(on) - sum(off))) / sum(off);
    rows.push([isBusy ? 'busy' : 'idle', spread(off), spread(on), spread(added), figure(median(added)), figure(total)]);
  }
  console.log(`${machine}; load average while it ran ${figure(Math.min(...loads))} to ${figure(Math.max(...loads))}\n`);
  const columns = ['without, ms/s', 'with, ms/s', 'added in a window, %', 'median, %', 'of all windows, %'];
  console.log(table(['', ...columns], rows));
}

/** CPU time of a member in a second, in ms, for each window and cluster. */
async function measureOnce(options, isBusy, isOnFirst) {
  const sides = { on: [], off: [] };
  const { events, writes } = options;
  const work = isBusy ? { eventsPerSecond: Number(events), writesPerSecond: Number(writes) } : undefined;
  for (const side of isOnFirst ? ['on', 'off'] : ['off', 'on']) {
    for (let index = 0; index < Number(options.members); index += 1) {
      const seed = sides[side][0]?.address;
      sides[side].push(await startMember({ name: `${side}-${index}`, isOn: side === 'on', work, seed }));
    }
  }
  await sleep(1_000 * Number(options['warm-s']));
  const windows = [];
  for (let index = 0; index < Number(options.windows); index += 1) {
    const before = costs(sides);
    const startedAtMs = performance.now();
    await sleep(1_000 * Number(options['window-s']));
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const after = costs(sides);
    const each = Number(options.members) * seconds;
    windows.push({ on: (after.on - before.on) / each, off: (after.off - before.off) / each });
  }
  for (const { child } of [...sides.on, ...sides.off]) child.kill('SIGKILL');
  return windows;
}

function costs({ on, off }) {
  return { on: sum(on.map(({ child }) => cpuMsOf(child.pid))), off: sum(off.map(({ child }) => cpuMsOf(child.pid))) };
}

async function startMember(member) {
  const child = fork(fileURLToPath(import.meta.url), { stdio: 'inherit' });
  child.send(member);
  const [address] = await once(child, 'message');
  return { child, address };
}

async function beMember({ name, isOn, work, seed }) {
  const insight = isOn ? {} : { telemetry: false, evidence: false };
  const seeds = seed === undefined ? [] : [seed];
  const cluster = await createCluster({ name, bind: '127.0.0.1:0', seeds, ...insight });
  const { host, port } = cluster.address;
  process.send(`${host}:${port}`);
  if (work !== undefined) keepBusy(cluster, name, isOn, work);
}

function keepBusy(cluster, name, isOn, { eventsPerSecond, writesPerSecond }) {
  const count = isOn ? cluster.telemetry.counter('bench.actions') : undefined;
  const took = isOn ? cluster.telemetry.histogram('bench.action_ms') : undefined;
  let actions = 0;
  const act = (work) => {
    const startedAtMs = performance.now();
    actions += 1;
    work();
    count?.add();
    took?.record(performance.now() - startedAtMs);
  };
  setInterval(() => act(() => cluster.event('bench', `${name} ${actions}`)), 1_000 / eventsPerSecond);
  const value = 'x'.repeat(96);
  setInterval(() => act(() => void cluster.kv.shared.put(`${name}/${actions % 50}`, value)), 1_000 / writesPerSecond);
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
