/** User events and queries through a pool of agents, from a call over RPC to what comes out over RPC elsewhere. */
import { setTimeout as sleep } from 'node:timers/promises';

const trialTimeoutMs = 10_000;
/** A random part, so that trials do not fall into step with the rounds of gossip. */
const pauseMs = () => 250 + Math.random() * 200;
const payload = (trial) => `${trial}`.padEnd(60, '.');

/** @typedef {import('./agent-pool.mjs').BenchAgent} BenchAgent */

/**
 * Each trial fires an event at one agent and waits until it has come out of the stream of every other one.
 * @param {readonly BenchAgent[]} agents
 * @param {number} trials
 */
export async function measureEvents(agents, trials) {
  const heard = new Heard(agents.length);
  const streams = await Promise.all(agents.map(({ rpc }) => rpc.stream('user:bench')));
  for (const [index, stream] of streams.entries()) void listen(stream, (bytes) => heard.note(textOf(bytes), index));
  const times = [];
  for (let trial = 0; trial < trials; trial++) {
    const [origin, another] = pairOf(trial, agents.length);
    const arrivals = heard.expect(payload(trial), origin);
    const startedAtMs = performance.now();
    await agents[origin].rpc.event('bench', payload(trial), { coalesce: false });
    const isComplete = await within(arrivals.all);
    if (isComplete) {
      const since = (atMs) => atMs - startedAtMs;
      times.push({ another: since(arrivals.atMs[another]), last: since(arrivals.lastAtMs) });
    }
    await sleep(pauseMs());
  }
  await Promise.all(streams.map((stream) => stream.return()));
  return { times, missed: trials - times.length };
}

/**
 * Each trial asks at one agent; a client of each other one answers over RPC at once. Until the first and the last
 * answer are with who asked.
 * @param {readonly BenchAgent[]} agents
 * @param {number} trials
 */
export async function measureQueries(agents, trials) {
  const streams = await Promise.all(agents.map(({ rpc }) => rpc.stream('query:bench')));
  for (const [index, stream] of streams.entries()) void answer(stream, agents[index]);
  const times = [];
  for (let trial = 0; trial < trials; trial++) {
    const [origin] = pairOf(trial, agents.length);
    const others = agents.filter((_, index) => index !== origin).map(({ name }) => name);
    const startedAtMs = performance.now();
    const atMs = await answersAt(agents[origin].rpc, payload(trial), others);
    if (atMs.length === others.length) times.push({ first: atMs[0] - startedAtMs, last: atMs.at(-1) - startedAtMs });
    await sleep(pauseMs());
  }
  await Promise.all(streams.map((stream) => stream.return()));
  return { times, missed: trials - times.length };
}

async function listen(stream, note) {
  for await (const { payload: bytes } of stream) note(bytes);
}

async function answer(stream, { rpc, name }) {
  for await (const { id } of stream) await rpc.respond(id, name).catch(() => {}); // too late: it counts as missing
}

/** When each of the others' answers came. All are asked, and who asks answers too. */
async function answersAt(rpc, question, others) {
  const missing = new Set(others);
  const atMs = [];
  for await (const { type, from } of await rpc.query('bench', question, { timeoutMs: trialTimeoutMs })) {
    if (type === 'response' && missing.delete(from)) atMs.push(performance.now());
    if (missing.size === 0) break;
  }
  return atMs;
}

/** Where a trial starts, and one of the others: every pair has its turn. */
function pairOf(trial, count) {
  const origin = trial % count;
  const distance = 1 + (Math.floor(trial / count) % (count - 1));
  return [origin, (origin + distance) % count];
}

/** Which agents the event on its way has come out of, and when. */
class Heard {
  #count;
  #waiting;

  constructor(count) {
    this.#count = count;
  }

  expect(text, origin) {
    const waiting = { text, origin, atMs: [], missing: this.#count - 1, lastAtMs: Number.NaN };
    waiting.all = new Promise((resolve) => (waiting.done = resolve));
    this.#waiting = waiting;
    return waiting;
  }

  note(text, index) {
    const waiting = this.#waiting;
    if (text !== waiting?.text || index === waiting.origin || waiting.atMs[index] !== undefined) return;
    waiting.lastAtMs = waiting.atMs[index] = performance.now();
    if (--waiting.missing === 0) waiting.done();
  }
}

async function within(promise) {
  const timeout = new AbortController();
  const expired = sleep(trialTimeoutMs, false, { signal: timeout.signal }).catch(() => false);
  const inTime = await Promise.race([promise.then(() => true), expired]);
  timeout.abort();
  return inTime;
}

function textOf(bytes) {
  return Buffer.from(bytes ?? []).toString();
}
