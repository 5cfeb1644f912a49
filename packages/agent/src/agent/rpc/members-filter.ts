import { MemberExpressions } from '../member-expressions.ts';
import type { AgentMember } from './agent-api.ts';

/** What `members-filtered` asks for. An empty name or status does not filter. */
export interface MembersFilter {
  readonly name: string;
  readonly status: string;
  /** Tag to expression; an empty expression asks for a tag that is empty or missing. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Members, or which limit the expressions have met; no problem is told when one of them is no expression. */
export type FilteredMembers =
  | { readonly ok: true; readonly members: readonly AgentMember[] }
  | { readonly ok: false; readonly problem: string | undefined };

/**
 * The members that match all of `filter`. Its expressions are put between `^` and `$` as text, as Serf does: `a|b`
 * begins with `a` or ends in `b`.
 */
export function filterMembers(members: readonly AgentMember[], filter: MembersFilter): FilteredMembers {
  const wanted: (readonly [textOf: (member: AgentMember) => string, expression: string])[] = [];
  if (filter.name !== '') wanted.push([({ name }) => name, filter.name]);
  if (filter.status !== '') wanted.push([({ status }) => status, filter.status]);
  for (const [tag, expression] of Object.entries(filter.tags)) {
    wanted.push([({ tags }) => (Object.hasOwn(tags, tag) ? tags[tag]! : ''), expression]);
  }
  const expressions = new MemberExpressions(members.length, wanted.length);
  const tests: ((member: AgentMember) => boolean)[] = [];
  for (const [textOf, expression] of wanted) {
    const isMatch = expressions.compile(`^${expression}$`);
    if (isMatch === undefined) return { ok: false, problem: expressions.problem };
    tests.push((member) => isMatch(textOf(member)));
  }
  const matching = members.filter((member) => tests.every((test) => test(member)));
  const { problem } = expressions;
  return problem === undefined ? { ok: true, members: matching } : { ok: false, problem };
}
