/** A cluster of one side, each member a process of its own on loopback, that can be paused, resumed and killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const lookEveryMs = 50;
const startTimeoutMs = 60_000;
const counterNames = ['packets', 'udpBytes', 'tcpBytes', 'cpuMs', 'ticks', 'lateTicks'];

/** @typedef {import('./count.mjs').RealEvent} RealEvent */

/** All that is started and not ended yet: nothing outlives this process. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    console.error(`bench: ended by ${signal}`);
    process.exit(1);
  });
}

class RealMember {
  /** Names it takes for alive. */
  lists = new Set();
  /** The last ones it has told, and how often it has. */
  counters = { told: 0 };
  address = '';
  isGone = false;

  /** @param {string} name @param {readonly string[]} command @param {(event: RealEvent) => void} onEvent */
  constructor(name, [program, ...args], onEvent) {
    this.name = name;
    this.child = spawn(program, [...args, '--name', name], { stdio: ['pipe', 'pipe', 'inherit'] });
    running.add(this.child);
    this.ended = once(this.child, 'exit');
    void this.ended.then(() => running.delete(this.child));
    // A member that was killed takes nothing more.
    this.child.stdin.on('error', () => undefined);
    createInterface({ input: this.child.stdout }).on('line', (text) => {
      const line = JSON.parse(text);
      if (line.type === 'ready') this.address = line.address;
      else if (line.type === 'counters') this.counters = { ...line, told: this.counters.told + 1 };
      else {
        if (line.type === 'up') this.lists.add(line.about);
        if (line.type === 'failed') this.lists.delete(line.about);
        onEvent({ ...line, by: name });
      }
    });
  }

  /** @param {NodeJS.Signals} signal */
  send(signal) {
    this.child.kill(signal);
  }

  async kill() {
    this.isGone = true;
    this.send('SIGKILL');
    await this.ended;
  }
}

export class RealPool {
  /** @type {RealMember[]} */
  members = [];
  /** @type {RealEvent[]} */
  events = [];

  /**
   * Members start one after the other: in a join of all at the same moment stock members may miss one another for a
   * minute, and this is no measurement of that.
   * @param {readonly string[]} command what runs one member
   * @param {number} size
   */
  static async start(command, size) {
    const pool = new RealPool();
    try {
      for (let index = 0; index < size; index++) {
        const join = index === 0 ? [] : ['--join', pool.members[0].address];
        const member = new RealMember(`n${index}`, [...command, ...join], (event) => pool.events.push(event));
        pool.members.push(member);
        if (!(await until(() => member.address !== '', startTimeoutMs)))
          throw new Error(`${member.name} did not start`);
      }
      if (!(await pool.agrees(startTimeoutMs))) throw new Error(`not all of ${size} members list all of them`);
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  get living() {
    return this.members.filter((member) => !member.isGone);
  }

  /** Whether all that live come to list each other, and nobody else, in that time. @param {number} withinMs */
  agrees(withinMs) {
    const names = this.living.map(({ name }) => name);
    const isRight = ({ lists }) => lists.size === names.length && names.every((name) => lists.has(name));
    return until(() => this.living.every(isRight), withinMs);
  }

  /**
   * What the living have sent and used since their start, each, after those that were paused have run again; and their
   * ticks since this was asked last.
   * @returns {Promise<Map<string, Record<string, number>>>}
   */
  async counters() {
    const asked = this.living.map((member) => ({ member, told: member.counters.told }));
    for (const { member } of asked) member.send('SIGUSR2');
    const haveTold = () => asked.every(({ member, told }) => member.counters.told > told);
    if (!(await until(haveTold, startTimeoutMs))) throw new Error('a member does not tell its counters');
    return new Map(asked.map(({ member }) => [member.name, member.counters]));
  }

  async stop() {
    await Promise.all(this.living.map((member) => member.kill()));
  }
}

/**
 * Sums of counters over some members.
 * @param {Map<string, Record<string, number>>} counters
 * @param {(name: string) => boolean} isCounted
 */
export function sumOf(counters, isCounted = () => true) {
  const some = [...counters].filter(([name]) => isCounted(name)).map(([, values]) => values);
  const total = (key) => some.reduce((sum, values) => sum + values[key], 0);
  return {
    ...Object.fromEntries(counterNames.map((key) => [key, total(key)])),
    worstLateMs: Math.max(...some.map(({ worstLateMs }) => worstLateMs)),
  };
}

/** Whether it comes to be true in that time. @param {() => boolean} isTrue @param {number} withinMs */
export async function until(isTrue, withinMs) {
  const giveUpAtMs = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > giveUpAtMs) return false;
    await sleep(lookEveryMs);
  }
  return true;
}
