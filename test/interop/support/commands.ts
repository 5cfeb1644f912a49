import { expect } from 'vitest';
import type { Maker, MixedAgent } from './mixed-agent.ts';

/** Runs a command that must succeed, by default that of the agent's own maker. Returns what it printed. */
export async function done(agent: MixedAgent, args: readonly string[], maker: Maker = agent.maker): Promise<string> {
  const { code, stdout } = await agent.command(args, maker);
  expect({ args, code, stdout }).toMatchObject({ code: 0 });
  return stdout;
}

/** Who acknowledged a query, in order, and what they answered. */
export interface Answers {
  readonly acks: readonly string[];
  readonly responses: Readonly<Record<string, string>>;
}

/** Asks a query. `args` are further flags, the name and the payload. */
export async function ask(agent: MixedAgent, args: readonly string[], maker?: Maker): Promise<Answers> {
  const stdout = await done(agent, ['query', '-timeout=2s', '-format=json', ...args], maker);
  const { Acks, Responses } = JSON.parse(stdout) as { Acks: string[] | null; Responses: Record<string, string> };
  return { acks: (Acks ?? []).toSorted(), responses: Responses };
}

/**
 * Asks until each of `names` has acknowledged and answered the same query, and sees that nobody else ever does. Gossip
 * alone need not bring a query to every member in time: in a pool of six stock agents one in some dozens misses one.
 */
export async function askAll(
  agent: MixedAgent,
  names: readonly string[],
  args: (attempt: number) => readonly string[],
): Promise<Answers> {
  const expected = names.toSorted();
  const isExpected = (name: string): boolean => expected.includes(name);
  for (let attempt = 1; ; attempt++) {
    const answers = await ask(agent, args(attempt));
    const responders = Object.keys(answers.responses).toSorted();
    if (attempt < 5 && answers.acks.length < expected.length) {
      expect([...answers.acks, ...responders].every(isExpected)).toBe(true);
      continue;
    }
    expect(answers.acks).toEqual(expected);
    expect(responders).toEqual(expected);
    return answers;
  }
}
