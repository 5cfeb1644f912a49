/** The experiments of Lifeguard, with processes: a block of all sends and receives is a process that is paused. */
import { setTimeout as sleep } from 'node:timers/promises';
import { detection, falsePositives } from './count.mjs';
import { sumOf, until } from './pool.mjs';

/** @typedef {import('./pool.mjs').RealPool} RealPool */

/** A paused process says what it thought meanwhile when it runs again: so long after the last pause it is still counted. */
const tailMs = 6_000;
const detectionTimeoutMs = 90_000;
const recoveryTimeoutMs = 90_000;

/**
 * An experiment: what is done to how many members.
 * `interval`: paused for `blockMs` and running for `gapMs`, all at the same times, until `spanMs` are over.
 * `pause`: paused until all others have declared them failed. `kill`: killed, on a host that lives.
 * @typedef {{ kind: 'interval', concurrent: number, blockMs: number, gapMs: number, spanMs: number }
 *   | { kind: 'pause' | 'kill', concurrent: number }} RealCell
 */

/**
 * Runs one experiment in a pool whose members all list each other; afterwards those that live do again, if they can.
 * @param {RealPool} pool @param {RealCell} cell @param {readonly string[]} victims names
 */
export async function runCell(pool, cell, victims) {
  const anomalous = new Set(victims);
  const before = await pool.counters();
  const firstEvent = pool.events.length;
  const startedAtMs = Date.now();
  const found = cell.kind === 'interval' ? await interval(pool, cell, anomalous) : await outage(pool, cell, anomalous);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  const after = await pool.counters();
  const wrong = falsePositives(pool.events.slice(firstEvent), anomalous);
  const recoveryStartMs = performance.now();
  const recovered = await pool.agrees(recoveryTimeoutMs);
  const recoveryMs = performance.now() - recoveryStartMs;
  return { ...wrong, ...found, ...cost(before, after, seconds, anomalous), recovered, recoveryMs };
}

/** @param {RealPool} pool @param {Extract<RealCell, { kind: 'interval' }>} cell @param {Set<string>} anomalous */
async function interval(pool, { blockMs, gapMs, spanMs }, anomalous) {
  const victims = pool.members.filter(({ name }) => anomalous.has(name));
  const endsAtMs = performance.now() + spanMs;
  const gapsMs = [];
  for (;;) {
    for (const victim of victims) victim.send('SIGSTOP');
    await sleep(blockMs);
    for (const victim of victims) victim.send('SIGCONT');
    const runsAtMs = performance.now();
    if (runsAtMs >= endsAtMs) break;
    await sleep(gapMs);
    gapsMs.push(performance.now() - runsAtMs);
  }
  await sleep(tailMs);
  return { gapsMs };
}

/** @param {RealPool} pool @param {Extract<RealCell, { kind: 'pause' | 'kill' }>} cell @param {Set<string>} anomalous */
async function outage(pool, { kind }, anomalous) {
  const victims = pool.members.filter(({ name }) => anomalous.has(name));
  const healthy = pool.living.filter(({ name }) => !anomalous.has(name));
  const startedAtMs = Date.now();
  if (kind === 'kill') await Promise.all(victims.map((victim) => victim.kill()));
  else for (const victim of victims) victim.send('SIGSTOP');
  await until(() => healthy.every(({ lists }) => victims.every(({ name }) => !lists.has(name))), detectionTimeoutMs);
  const names = healthy.map(({ name }) => name);
  const detections = victims.map(({ name }) => detection(pool.events, name, names, startedAtMs));
  if (kind === 'pause') for (const victim of victims) victim.send('SIGCONT');
  await sleep(tailMs);
  return { detections };
}

/** What members that lived throughout sent and used, and whether those that were well got the time they asked for. */
function cost(before, after, seconds, anomalous) {
  const lived = (name) => after.has(name);
  const [start, end] = [sumOf(before, lived), sumOf(after)];
  const perNodeSecond = (key) => (end[key] - start[key]) / seconds / after.size;
  const { ticks, lateTicks, worstLateMs } = sumOf(after, (name) => !anomalous.has(name));
  return {
    seconds,
    packets: perNodeSecond('packets'),
    udpBytes: perNodeSecond('udpBytes'),
    tcpBytes: perNodeSecond('tcpBytes'),
    cpuMs: perNodeSecond('cpuMs'),
    ticks,
    lateTicks,
    worstLateMs,
  };
}
