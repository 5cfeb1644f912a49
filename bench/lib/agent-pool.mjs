/** Agents of one side, each a process of its own on loopback, all driven by the same RPC client. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcClient } from 'hearsay/client';
import { cpuMsOf } from './process-cost.mjs';

const startTimeoutMs = 60_000;
/** How often an agent that starts is looked at. */
const lookEveryMs = 1;

/**
 * @typedef {object} BenchAgent
 * @property {string} name
 * @property {string} address where it gossips
 * @property {number} pid
 * @property {RpcClient} rpc
 * @property {StartFigures} start
 * @property {() => Promise<void>} kill
 */

/**
 * @typedef {object} StartFigures
 * @property {number} answersMs from the start of the process until RPC answers
 * @property {number} joinedMs until it lists the one it joined, over RPC; as `answersMs` for one that joins nobody
 * @property {number} cpuMs its CPU time until then
 */

/**
 * Starts an agent with Serf's flags, everything else as it is by default, and waits until it has joined.
 * @param {readonly string[]} command the program, and what stands before `agent`
 * @param {string} name
 * @param {BenchAgent | undefined} seed whom to join
 * @returns {Promise<BenchAgent>}
 */
export async function startAgent([program, ...before], name, seed) {
  const [address, rpcAddress] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const flags = [`-node=${name}`, `-bind=${address}`, `-rpc-addr=${rpcAddress}`];
  if (seed !== undefined) flags.push(`-join=${seed.address}`);
  const startedAtMs = performance.now();
  const child = spawn(program, [...before, 'agent', ...flags], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const wait = { name, child, giveUpAtMs: startedAtMs + startTimeoutMs };
  const rpc = await until(wait, () => RpcClient.connect({ address: rpcAddress }).catch(() => undefined));
  const answersMs = performance.now() - startedAtMs;
  if (seed !== undefined) await until(wait, () => lists(rpc, seed.name));
  const joinedMs = performance.now() - startedAtMs;
  const kill = async () => {
    rpc.close();
    child.kill('SIGKILL');
    await exited;
  };
  const { pid } = child;
  return { name, address, pid, rpc, start: { answersMs, joinedMs, cpuMs: cpuMsOf(pid) }, kill };
}

/** Until every agent lists all of them. @param {readonly BenchAgent[]} agents */
export async function untilAllListed(agents) {
  for (const agent of agents) {
    const giveUpAtMs = performance.now() + startTimeoutMs;
    while ((await agent.rpc.members()).length < agents.length) {
      if (performance.now() > giveUpAtMs) throw new Error(`${agent.name} does not list all ${agents.length}`);
      await sleep(50);
    }
  }
}

async function lists(rpc, name) {
  return (await rpc.members()).some((member) => member.name === name && member.status === 'alive');
}

/** The first answer of `look` that is neither false nor undefined. */
async function until({ name, child, giveUpAtMs }, look) {
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
    if (performance.now() > giveUpAtMs) {
      child.kill('SIGKILL');
      throw new Error(`${name} has not joined in ${startTimeoutMs / 1_000} s`);
    }
    await sleep(lookEveryMs);
  }
}

/** Below the range of outgoing ports: there, who knocks at a port nobody serves yet may be connected to itself. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(createServer(), (server) => server.listen(port, '127.0.0.1'))) && (await isUdpFree(port)))
      return port;
  }
}

function isUdpFree(port) {
  return isFree(createSocket('udp4'), (socket) => socket.bind(port, '127.0.0.1'));
}

async function isFree(socket, open) {
  const listening = once(socket, 'listening');
  open(socket);
  try {
    await listening;
  } catch {
    return false;
  }
  socket.close();
  await once(socket, 'close');
  return true;
}
