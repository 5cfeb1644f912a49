import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { MixedAgent, type Maker, type MixedAgentOptions } from './mixed-agent.ts';

/** What gossip does not bring to an agent, push/pull does: 30 to 60 s after the start, then every 30 s. */
const spreadMs = 70_000;
const patienceMs = 8_000;

export const otherMaker: Readonly<Record<Maker, Maker>> = { stock: 'ours', ours: 'stock' };

/** Three stock agents and three of ours in one pool: `stock-1`, `ours-1` and so on. */
export class MixedPool {
  readonly agents: MixedAgent[] = [];
  /** Those as well that have ended since. */
  readonly everStarted: MixedAgent[] = [];
  /** Newcomers get this key, base64; undefined in a plain pool. */
  key: string | undefined;

  private constructor(key: string | undefined) {
    this.key = key;
  }

  /** A pool that agents are yet to be added to. */
  static empty(key: string | undefined): MixedPool {
    return new MixedPool(key);
  }

  /**
   * Joins in all directions: the first two of either kind by flag, through an agent of the other kind; the third ones
   * by a command, also through one of the other kind.
   */
  static async start(key: string | undefined, flagsOf: (name: string) => readonly string[]): Promise<MixedPool> {
    const pool = new MixedPool(key);
    try {
      let last: MixedAgent | undefined;
      for (const name of ['stock-1', 'ours-1', 'stock-2', 'ours-2']) {
        last = await pool.add(name, makerOf(name), { join: last?.address, flags: flagsOf(name) });
      }
      await Promise.all(
        ['stock-3', 'ours-3'].map(async (name) => {
          const agent = await pool.add(name, makerOf(name), { flags: flagsOf(name) });
          const friend = pool.agent(`${otherMaker[agent.maker]}-1`);
          await agent.command(['join', friend.address]);
        }),
      );
    } catch (error) {
      await pool.stop();
      throw error;
    }
    return pool;
  }

  /** Starts one more agent, with the key of the pool. */
  async add(name: string, maker: Maker, options: MixedAgentOptions = {}): Promise<MixedAgent> {
    const agent = await MixedAgent.start(name, maker, { key: this.key, lifetime: 'suite', ...options });
    this.agents.push(agent);
    this.everStarted.push(agent);
    return agent;
  }

  agent(name: string): MixedAgent {
    const agent = this.agents.find((candidate) => candidate.name === name);
    if (agent === undefined) throw new Error(`no agent ${name} runs in this pool`);
    return agent;
  }

  /** Ends an agent. It is no agent of this pool any more. */
  async end(name: string, signal: NodeJS.Signals): Promise<void> {
    await this.dismiss(name).process.stop(signal);
  }

  /** From now on it is no agent of this pool; whoever asked for that ends it. */
  dismiss(name: string): MixedAgent {
    const agent = this.agent(name);
    this.agents.splice(this.agents.indexOf(agent), 1);
    return agent;
  }

  get names(): string[] {
    return this.agents.map(({ name }) => name);
  }

  /** Waits until every agent shows `name` in that status; undefined: until none lists it. */
  async shows(name: string, status: string | undefined, withinMs?: number): Promise<void> {
    const statusAt = async (agent: MixedAgent): Promise<string | undefined> =>
      (await agent.members()).find((member) => member.name === name)?.status;
    await this.everyone(`shows ${name} as ${status ?? 'nobody'}`, statusAt, (seen) => seen === status, withinMs);
  }

  /**
   * Waits until what every agent says is true. Whom gossip does not reach is told after a while to join again, which is
   * a push/pull at once.
   */
  async everyone<T>(
    what: string,
    read: (agent: MixedAgent) => T | Promise<T>,
    isTrue: (value: T) => boolean,
    withinMs: number = spreadMs,
  ): Promise<void> {
    const waitFor = async (agent: MixedAgent): Promise<void> => {
      const startedAtMs = performance.now();
      let isPatient = true;
      const readOrJoin = async (): Promise<T> => {
        const value = await read(agent);
        if (isPatient && !isTrue(value) && performance.now() - startedAtMs > patienceMs) {
          isPatient = false;
          await this.#joinAgain(agent);
        }
        return value;
      };
      await eventually(`${agent.name} ${what}`, readOrJoin, isTrue, withinMs);
    };
    await Promise.all(this.agents.map(waitFor));
  }

  async #joinAgain(agent: MixedAgent): Promise<void> {
    const friend = this.agents.find((other) => other.maker !== agent.maker);
    if (friend !== undefined) await agent.command(['join', '-replay', friend.address]);
  }

  /** Waits until every handler was called with that event for these members, and sees that it was called once for each. */
  async told(event: string, names: readonly string[]): Promise<void> {
    const expected = names.map((name) => `${event} ${name}`).toSorted();
    const read = (agent: MixedAgent): string[] =>
      agent
        .handled(event)
        .filter((line) => expected.includes(line))
        .toSorted();
    await this.everyone(`told its handler: ${event}`, read, (lines) => lines.length >= expected.length);
    for (const agent of this.agents) expect(read(agent)).toEqual(expected);
  }

  /** The same for user events, as a handler writes them down: there were these and no others. */
  async handledOnce(userEvents: readonly string[]): Promise<void> {
    const read = (agent: MixedAgent): string[] => agent.handled('user ').toSorted();
    const isComplete = (lines: string[]): boolean => lines.length >= userEvents.length;
    await this.everyone('handled all user events', read, isComplete);
    for (const agent of this.agents) expect(read(agent)).toEqual(userEvents.toSorted());
  }

  async stop(): Promise<void> {
    await Promise.all(this.everStarted.map(({ process }) => process.stop('SIGKILL')));
  }
}

function makerOf(name: string): Maker {
  return name.startsWith('stock') ? 'stock' : 'ours';
}
