/**
 * Writes gossiped state into a folder as fast as it can until it is killed, and says in lines of JSON what it found, then
 * what it wrote, each before it can have reached the disk: `child-writer <folder> <first number>`. SIGTERM stops it cleanly.
 */
import { writeSync } from 'node:fs';
import { kvDefaults, restartState } from '../../packages/hearsay/dist/kv/index.js';
import { openKvStore } from '../../packages/hearsay/dist/node/kv-store/open-kv-store.js';
import { StepClock } from '../../packages/hearsay/dist/util/index.js';

const [dataDir, firstNumber] = process.argv.slice(2);
const keyCount = 300;
const config = { ...kvDefaults, sharedWritesPerSecond: 1e9, sharedWritesBurst: 1e9, ownedKeysMax: 512 };
const events = [];
const openedAtMs = performance.now();
const store = await openKvStore({ dataDir }, (event) => events.push(event));
const { saved, isCleanStop } = store;
const state = restartState(
  { node: 'writer', saved, isCleanStop },
  { config, clock: new StepClock(), wallMs: Date.now, emit() {}, persist: (record) => store.persist(record) },
  Math.floor(Math.random() * 65_536),
);
const startMs = performance.now() - openedAtMs;
store.begin(() => state.save());

// Before it is said that there is something to stop.
let isStopping = false;
process.once('SIGTERM', () => (isStopping = true));

const shown = [...state.shared.list(), ...state.owned.list('writer')];
const found = shown.map(({ lane, key, value, stream, version }) => [lane, key, numberOf(value), stream, version]);
say({ found, isCleanStop, startMs, events: events.map(({ type }) => type), generation: state.own.generation });

let number = Number(firstNumber);
while (!isStopping) {
  const count = 1 + Math.floor(Math.random() * 20);
  for (let index = 0; index < count; index += 1) write();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
}
await store.close();
say({ stopped: true });

function write() {
  const value = Buffer.from(`${number} ${'x'.repeat(Math.floor(Math.random() * 200))}`);
  const key = `key ${number % keyCount}`;
  const lane = number % 7 === 0 ? 1 : 0;
  const entry = lane === 0 ? state.shared.put(key, value) : state.owned.set(`own ${number % 20}`, value);
  say({ wrote: [lane, entry.key, number, entry.stream, entry.version], atMs: Date.now() });
  number += 1;
}

function numberOf(value) {
  return Number.parseInt(Buffer.from(value).toString(), 10);
}

/** At once: what is in a buffer of this process dies with it. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
