// A cluster of four agents, broken in one of five ways, to try `hearsay why`, `hearsay views` and `hearsay trace` on.
//
//   npm run build && node examples/broken-cluster.mjs one-way | paused | two-keys | clock | duplicate-name
//
// It prints where each agent answers, breaks something after fifteen seconds, and goes on until Ctrl-C.
// docs/acceptance-walk.md walks through all five.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const hearsay = fileURLToPath(new URL('../packages/agent/bin/hearsay.js', import.meta.url));
const anHourAhead = `data:text/javascript,${encodeURIComponent('const now = Date.now; Date.now = () => now() + 3_600_000;')}`;
const healthyMs = 15_000;
/** @type {{ name: string, address: string, child: import('node:child_process').ChildProcess }[]} */
const agents = [];
/** Two network namespaces with a cable between them. */
const namespaces = {
  make: [
    'netns add hearsay-rest',
    'netns add hearsay-c',
    'link add hs-rest netns hearsay-rest type veth peer name hs-c netns hearsay-c',
    ...[1, 2, 4].map((number) => `-n hearsay-rest address add 10.77.0.${number}/24 dev hs-rest`),
    '-n hearsay-c address add 10.77.0.3/24 dev hs-c',
    ...[
      'hearsay-rest link set hs-rest',
      'hearsay-rest link set lo',
      'hearsay-c link set hs-c',
      'hearsay-c link set lo',
    ].map((device) => `-n ${device} up`),
  ],
  remove: ['netns del hearsay-rest', 'netns del hearsay-c'],
};

/**
 * Each starts its cluster, and returns what breaks it.
 *
 * @type {Record<string, () => Promise<() => unknown>>}
 */
const scenarios = {
  /**
   * What is sent to c is lost; what c sends arrives. c has a network namespace of its own, and the others then believe its
   * machine to have another hardware address. Needs Linux and root.
   */
  async 'one-way'() {
    for (const args of namespaces.make) ip(args);
    process.once('exit', () => namespaces.remove.forEach((args) => ip(args, true)));
    const hosts = { a: 1, b: 2, c: 3, d: 4 };
    for (const [name, number] of Object.entries(hosts)) {
      const netns = name === 'c' ? 'hearsay-c' : 'hearsay-rest';
      await startAgent(name, [], { host: `10.77.0.${number}`, netns });
    }
    return () => ip('-n hearsay-rest neigh replace 10.77.0.3 lladdr 02:00:00:00:00:ff dev hs-rest nud permanent');
  },
  async paused() {
    await startAll();
    return () => agent('c').child.kill('SIGSTOP');
  },
  /** c seals with a key that the others do not have, and still opens theirs: a rotation that was done on c alone. */
  async 'two-keys'() {
    const [key, newKey] = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'));
    const folder = mkdtempSync(join(tmpdir(), 'hearsay-two-keys-'));
    /** @param {string} name @param {(string | undefined)[]} keys */
    const ring = (name, keys) => {
      writeFileSync(join(folder, name), JSON.stringify(keys));
      return [`-keyring-file=${join(folder, name)}`];
    };
    const others = Object.fromEntries(['a', 'b', 'd'].map((name) => [name, ring(name, [key])]));
    await startAll({ ...others, c: ring('c', [key]) });
    return async () => {
      const { address, child } = agent('c');
      child.kill('SIGKILL');
      await startAgent('c', ring('c', [newKey, key]), { bind: address });
    };
  },
  /** The wall clock of c is an hour ahead: a script loaded before the agent moves `Date.now`. */
  async clock() {
    await startAll({}, { c: { NODE_OPTIONS: `--import=${anHourAhead}` } });
    return () => {};
  },
  async 'duplicate-name'() {
    await startAll();
    return () => startAgent('c', [], { label: 'another c' });
  },
};

const scenario = scenarios[process.argv[2] ?? ''];
if (scenario === undefined) {
  console.error(`Which one? ${Object.keys(scenarios).join(', ')}`);
  process.exit(1);
}
process.once('SIGINT', end);
process.once('SIGTERM', end);
const breakIt = await scenario();
await sleep(healthyMs);
await breakIt();
console.log(`\nbroken: ${process.argv[2]}. Ctrl-C ends it.`);

/**
 * @param {Record<string, string[]>} flags of some agents
 * @param {Record<string, Record<string, string>>} environments of some agents
 */
async function startAll(flags = {}, environments = {}) {
  for (const name of ['a', 'b', 'c', 'd']) await startAgent(name, flags[name], { env: environments[name] });
}

/** @param {string} name */
function agent(name) {
  const found = agents.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no agent ${name}`);
  return found;
}

/**
 * @param {string} name
 * @param {string[]} flags
 * @param {{ env?: Record<string, string> | undefined, label?: string, host?: string, netns?: string, bind?: string }} how
 */
async function startAgent(name, flags = [], { env = {}, label = name, host = '127.0.0.1', netns, bind } = {}) {
  const seed = agents[0]?.address;
  const address = bind ?? `${host}:${await freePort()}`;
  const rpc = `${host}:${await freePort()}`;
  const given = [`-node=${name}`, `-bind=${address}`, `-rpc-addr=${rpc}`, ...flags];
  const joining = seed === undefined ? [] : [`-retry-join=${seed}`];
  const inside = netns === undefined ? [] : ['ip', 'netns', 'exec', netns];
  const [program = '', ...args] = [...inside, process.execPath, hearsay, 'agent', ...given, ...joining];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  let log = '';
  child.stdout.on('data', (chunk) => (log = (log + chunk).slice(-20_000)));
  agents.push({ name, address, child });
  while (!log.includes('Log data will now stream')) await sleep(100);
  console.log(`${label.padEnd(9)}  ${inside.concat('hearsay').join(' ')} … -rpc-addr=${rpc}`);
}

/** @param {string} args */
function ip(args, mayFail = false) {
  try {
    execFileSync('ip', args.split(' '), { stdio: mayFail ? 'ignore' : 'inherit' });
  } catch (error) {
    if (!mayFail) throw error;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

function end() {
  for (const { child } of agents) child.kill('SIGKILL');
  process.exit(0);
}
