import type { RotationObservation, RotationResult, RotationState } from './key-rotation-state.ts';

/** What a list says of one thing: yes, no, or nothing. */
export type Evidence = boolean | undefined;

/** What a list of keys shows, whether it names members or only counts them. */
export class KeyEvidence {
  readonly #result: RotationResult;
  readonly #live: readonly string[];
  /** Without names, whether the counts are those of exactly the live members. */
  readonly #isComplete: boolean;

  constructor(state: RotationState, observation: RotationObservation, result: RotationResult) {
    this.#result = result;
    this.#live = liveNames(observation);
    this.#isComplete = isComplete(state, observation, result);
  }

  /** Whether anything is known of that member at all. */
  hasAnswered(name: string): boolean {
    const { byMember } = this.#result;
    return byMember === undefined ? this.#isComplete : byMember.get(name)?.ok === true;
  }

  holds(name: string, key: string): Evidence {
    const { byMember, keys, nodeCount } = this.#result;
    if (!this.hasAnswered(name)) return undefined;
    const isThere =
      byMember === undefined ? keys !== undefined && keys[key] === nodeCount : byMember.get(name)!.keys.includes(key);
    return isThere || !this.#isCut(name) ? isThere : undefined;
  }

  /** Somebody among those that are meant has it. Without names all of them are. */
  mayHold(name: string, key: string): Evidence {
    const { byMember, keys } = this.#result;
    if (byMember !== undefined) return this.holds(name, key);
    if (!this.#isComplete) return undefined;
    const isThere = keys?.[key] !== undefined && keys[key] > 0;
    return isThere || !this.#isCut(name) ? isThere : undefined;
  }

  /** Undefined also when the member, or the agent between, does not tell which key is the primary one. */
  uses(name: string, key: string): Evidence {
    const { byMember, primaryKeys, nodeCount } = this.#result;
    if (!this.hasAnswered(name)) return undefined;
    if (byMember !== undefined) {
      const { primaryKey } = byMember.get(name)!;
      return primaryKey === '' ? undefined : primaryKey === key;
    }
    const told = Object.values(primaryKeys ?? {}).reduce((sum, count) => sum + count, 0);
    return told === 0 ? undefined : primaryKeys?.[key] === nodeCount;
  }

  /** Keys that somebody uses, the one most used first; empty when that is not told. */
  get primaryKeys(): string[] {
    const counts = new Map<string, number>(Object.entries(this.#result.primaryKeys ?? {}));
    if (this.#result.byMember !== undefined) {
      counts.clear();
      for (const { primaryKey } of this.#result.byMember.values())
        counts.set(primaryKey, (counts.get(primaryKey) ?? 0) + 1);
    }
    counts.delete('');
    return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key);
  }

  /** All keys that somebody holds. */
  get keys(): string[] {
    const { byMember, keys } = this.#result;
    const all =
      byMember === undefined ? Object.keys(keys ?? {}) : [...byMember.values()].flatMap((member) => member.keys);
    return [...new Set(all)];
  }

  /** A list too long for its answer shows what is there, but not what is missing. */
  #isCut(name: string): boolean {
    const { byMember, messages } = this.#result;
    const texts =
      byMember === undefined ? this.#live.map((member) => textOf(messages, member)) : [textOf(messages, name)];
    return texts.some((text) => text?.startsWith('truncated') === true);
  }
}

/** Who among the live members did what was asked. */
export function confirmedBy(
  state: RotationState,
  observation: RotationObservation,
  result: RotationResult,
): readonly string[] {
  const { byMember } = result;
  const live = liveNames(observation);
  if (byMember !== undefined) return live.filter((name) => byMember.get(name)?.ok === true);
  return isComplete(state, observation, result) ? live : [];
}

/**
 * Mere counts can be trusted when all live members answered well, and are the same as when they were asked. One that is
 * thought to have failed might have answered in the place of another.
 */
function isComplete(state: RotationState, observation: RotationObservation, result: RotationResult): boolean {
  const live = liveNames(observation);
  const asked = new Set(state.askedMembers);
  return (
    result.errorCount === 0 &&
    result.responseCount === result.nodeCount &&
    result.nodeCount === live.length &&
    absentNames(state, observation).length === 0 &&
    asked.size === live.length &&
    live.every((name) => asked.has(name))
  );
}

/** Members that are there, suspected ones included. */
export function liveNames({ members }: RotationObservation): string[] {
  return members.filter(({ status }) => status === 'alive' || status === 'leaving').map(({ name }) => name);
}

/** Members that went without a word, or that the agent does not know, and that may come back as they were. */
export function absentNames({ knownMembers }: RotationState, observation: RotationObservation): string[] {
  const live = new Set(liveNames(observation));
  return knownMembers.filter((name) => !live.has(name));
}

/** Who belongs to the pool: all that were seen so far, except those that have left. */
export function namesSeen({ knownMembers }: RotationState, { members }: RotationObservation): string[] {
  const names = new Set(knownMembers);
  for (const { name, status } of members) {
    if (status === 'left') names.delete(name);
    else names.add(name);
  }
  return [...names];
}

/** What a member said; undefined when nothing. */
export function textOf(messages: RotationResult['messages'], name: string): string | undefined {
  return Object.hasOwn(messages, name) ? messages[name] : undefined;
}
