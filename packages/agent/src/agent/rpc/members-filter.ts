import { compilePattern } from 'hearsay';
import type { AgentMember } from './agent-api.ts';

/** What `members-filtered` asks for. An empty name or status does not filter. */
export interface MembersFilter {
  readonly name: string;
  readonly status: string;
  /** Tag to expression; an empty expression asks for a tag that is empty or missing. */
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The members that match all of `filter`; undefined when one of its expressions is none. They are put between `^` and
 * `$` as text, as Serf does: `a|b` begins with `a` or ends in `b`.
 */
export function filterMembers(members: readonly AgentMember[], filter: MembersFilter): AgentMember[] | undefined {
  const wanted: (readonly [textOf: (member: AgentMember) => string, expression: string])[] = [];
  if (filter.name !== '') wanted.push([({ name }) => name, filter.name]);
  if (filter.status !== '') wanted.push([({ status }) => status, filter.status]);
  for (const [tag, expression] of Object.entries(filter.tags)) {
    wanted.push([({ tags }) => (Object.hasOwn(tags, tag) ? tags[tag]! : ''), expression]);
  }
  const tests: ((member: AgentMember) => boolean)[] = [];
  for (const [textOf, expression] of wanted) {
    const pattern = compilePattern(`^${expression}$`);
    if (pattern === undefined) return undefined;
    tests.push((member) => pattern.test(textOf(member)));
  }
  return members.filter((member) => tests.every((test) => test(member)));
}
