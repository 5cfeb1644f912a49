import { KeyEvidence, absentNames, confirmedBy, liveNames, namesSeen, textOf } from './key-rotation-evidence.ts';
import type { RotationObservation, RotationState, RotationStep, MemberProgress } from './key-rotation-state.ts';

/** The step, and the state to be stored before it is done. */
export interface RotationDecision {
  readonly state: RotationState;
  readonly step: RotationStep;
}

/**
 * Rotates the pool's key so that at every moment, whatever crashes, any two live members have a common key, and each can
 * read what any other sends. The order is the whole secret: nobody uses a key that is not yet everywhere, and nobody
 * removes one that is still used. "Everywhere" includes members that failed: they come back as they went, so they are
 * waited for, until they have confirmed too or somebody forces them to leave. Members that left are not. An agent that
 * has just started does not know who failed before, so who was seen once is remembered; see {@link forgetMember}.
 *
 * What members do survives their crash only if they keep their keys in a file; a member that starts again with the old
 * key alone, once the new one is in use, cannot read the pool. New members must come with the new key, too.
 *
 * Pure: the caller stores the state, does the step, looks at the pool, and comes back. A caller that crashed comes back
 * with the state it stored, and without an answer; steps done twice do no harm.
 */
export function nextStep(state: RotationState, observation: RotationObservation): RotationDecision {
  const live = liveNames(observation);
  const known = { ...forgetOthers(state, live), knownMembers: namesSeen(state, observation) };
  const learned = learn(known, live, observation);
  if ('refusal' in learned) return { state, step: { do: 'refuse', reason: learned.refusal } };
  const isNews = state.phase === 'survey' && learned.phase !== 'survey';
  const decision = decide(learned, live, isNews ? { members: observation.members } : observation);
  return { ...decision, state: { ...decision.state, askedMembers: live } };
}

/**
 * Calls the rotation off, as long as no member was told to remove the old key: the same procedure towards the key that
 * was in use before. Go on with the state that is returned.
 */
export function abortRotation(state: RotationState): RotationDecision {
  if (state.hasRemoved) return { state, step: { do: 'refuse', reason: noWayBack } };
  if (state.phase === 'done') return { state, step: { do: 'done', reason: 'it was over already' } };
  if (state.isAborting) return { state, step: { do: 'wait', reason: 'it was called off already' } };
  if (state.phase === 'survey') {
    return {
      state: enter({ ...state, isAborting: true }, 'done'),
      step: { do: 'done', reason: 'nothing was changed' },
    };
  }
  const swapped = { ...state, target: state.origin, origin: state.target, retired: [state.target], isAborting: true };
  return { state: enter(swapped, 'install'), step: { do: 'wait', reason: 'members return to the old key' } };
}

/**
 * Waits no longer for a member that no agent lists any more, so that nobody can force it to leave: one that was pruned,
 * or reaped after it had failed for long. It must not come back with its old keys. Comes to nothing while it is listed.
 */
export function forgetMember(state: RotationState, name: string): RotationState {
  return { ...state, knownMembers: state.knownMembers.filter((known) => known !== name) };
}

const noWayBack = 'members were told to remove the old key; from here it is only safe to go on';

interface Refusal {
  readonly refusal: string;
}

function learn(
  state: RotationState,
  live: readonly string[],
  observation: RotationObservation,
): RotationState | Refusal {
  const { answer } = observation;
  if (answer === undefined || state.phase === 'done') return state;
  if (answer.operation === 'list') {
    const evidence = new KeyEvidence(state, observation, answer.result);
    return state.phase === 'survey' ? survey(state, live, evidence) : look(state, live, evidence);
  }
  if (answer.operation !== state.phase || answer.key !== phaseKey(state)) return state;
  // A member that refuses is behind what an earlier phase reached.
  if (answer.result.errorCount > 0 && state.phase === 'use') return enter(state, 'install');
  if (answer.result.errorCount > 0 && state.phase === 'remove') return enter(state, 'use');
  const confirmed = new Set(confirmedBy(state, observation, answer.result));
  return note(state, live, (old) => (confirmed.has(old.name) ? { ...old, isTold: true } : old));
}

/** Takes note of the list in which it all begins. */
function survey(state: RotationState, live: readonly string[], evidence: KeyEvidence): RotationState | Refusal {
  if (live.length === 0 || !live.every((name) => evidence.hasAnswered(name))) return state;
  const { target } = state;
  const primaryKeys = evidence.primaryKeys;
  const others = evidence.keys.filter((key) => key !== target);
  const origin = state.origin !== '' ? state.origin : (primaryKeys.find((key) => key !== target) ?? onlyOne(others));
  if (origin === undefined && others.length === 0) return enter(state, 'done');
  if (origin === undefined) return { refusal: ambiguous(primaryKeys, others) };
  const withoutIt = live.filter((name) => evidence.holds(name, origin) !== true);
  if (withoutIt.length > 0)
    return { refusal: `there would be no way back: without the old key are ${show(withoutIt)}` };
  const retired = [...new Set([origin, ...primaryKeys])].filter((key) => key !== target);
  const wasUsed = primaryKeys.length === 0 ? evidence.keys.includes(target) : primaryKeys.includes(target);
  return enter({ ...state, origin, retired, wasUsed }, 'install');
}

function onlyOne(keys: readonly string[]): string | undefined {
  return keys.length === 1 ? keys[0] : undefined;
}

function ambiguous(primaryKeys: readonly string[], others: readonly string[]): string {
  return primaryKeys.length > 0
    ? `the new key is in use everywhere, beside ${others.length} others; say which one is to be removed`
    : `the pool has ${others.length} keys and does not tell which one is in use; say which`;
}

/** Compares a list with what the phase wants. A member that is behind what earlier phases reached takes all back. */
function look(state: RotationState, live: readonly string[], evidence: KeyEvidence): RotationState {
  const { phase, target } = state;
  const isLacking = live.some((name) => evidence.holds(name, target) === false);
  const isUnused = live.some((name) => evidence.uses(name, target) === false);
  if (phase !== 'install' && isLacking) return enter(state, 'install');
  if (phase === 'remove' && isUnused) return enter(state, 'use');
  return note(state, live, (old) => {
    const isSo = wanted(state, evidence, old.name);
    if (isSo === undefined) return old;
    // What a member said counts for no more than what it shows.
    return isSo ? { ...old, isSeen: true } : { ...old, isTold: false, isSeen: false };
  });
}

function wanted(state: RotationState, evidence: KeyEvidence, name: string): boolean | undefined {
  switch (state.phase) {
    case 'install':
      return evidence.holds(name, state.target);
    case 'use':
      // Old agents do not tell which key they use: then it has to do that they have it, and said that they use it.
      return evidence.uses(name, state.target) ?? evidence.holds(name, state.target);
    default: {
      const holds = evidence.mayHold(name, state.retired[0]!);
      return holds === undefined ? undefined : !holds;
    }
  }
}

/** What a member confirmed before it failed is asked again when it is back. */
function forgetOthers(state: RotationState, live: readonly string[]): RotationState {
  const names = new Set(live);
  return { ...state, progress: state.progress.filter(({ name }) => names.has(name)) };
}

function note(
  state: RotationState,
  live: readonly string[],
  change: (old: MemberProgress) => MemberProgress,
): RotationState {
  const known = new Map(state.progress.map((member) => [member.name, member]));
  const progress = live.map((name) => change(known.get(name) ?? { name, isTold: false, isSeen: false }));
  return { ...state, progress };
}

function decide(state: RotationState, live: readonly string[], observation: RotationObservation): RotationDecision {
  const { phase, progress } = state;
  const { answer } = observation;
  if (phase === 'done') return { state, step: { do: 'done', reason: 'all members use the one key' } };
  if (live.length === 0) return { state, step: { do: 'wait', reason: 'there are no live members' } };
  if (phase === 'survey') {
    if (answer?.operation !== 'list') return { state, step: { do: 'list', reason: 'who has which keys' } };
    return { state, step: { do: 'wait', reason: whoIsMissing(state, live, observation) } };
  }
  const known = new Map(progress.map((member) => [member.name, member]));
  const untold = live.filter((name) => known.get(name)?.isTold !== true);
  const unseen = live.filter((name) => known.get(name)?.isSeen !== true);
  if (untold.length > 0) {
    if (answer !== undefined) return { state, step: { do: 'wait', reason: whoIsMissing(state, untold, observation) } };
    return operate(state, untold);
  }
  if (unseen.length > 0) {
    if (answer?.operation !== 'list') return { state, step: { do: 'list', reason: `whether ${goals[phase]}` } };
    return { state, step: { do: 'wait', reason: whoIsMissing(state, unseen, observation) } };
  }
  const absent = waitsForAbsent(state) ? absentNames(state, observation) : [];
  if (absent.length > 0) return { state, step: { do: 'wait', reason: whoMustReturn(absent, observation) } };
  return decide(advance(state), live, { members: observation.members });
}

const goals = {
  install: 'all have the key',
  use: 'all use the key',
  remove: 'nobody has the key any more',
} as const;

function operate(state: RotationState, untold: readonly string[]): RotationDecision {
  const phase = state.phase as keyof typeof goals;
  const reason = `until ${goals[phase]}; not yet confirmed by ${show(untold)}`;
  const step: RotationStep = { do: phase, key: phaseKey(state), reason };
  // Noted before it is done: whoever comes back after a crash must take it that members did it.
  const wasUsed = state.wasUsed || (phase === 'use' && !state.isAborting);
  const hasRemoved = state.hasRemoved || (phase === 'remove' && !state.isAborting);
  return { state: { ...state, wasUsed, hasRemoved }, step };
}

/**
 * Members that failed come back as they were. On the way back that does no harm while nobody was told to use the new
 * key, as all of them use the old one.
 */
function waitsForAbsent({ phase, isAborting, wasUsed }: RotationState): boolean {
  return !isAborting || (wasUsed && phase !== 'install');
}

function advance(state: RotationState): RotationState {
  if (state.phase === 'install') return enter(state, 'use');
  const retired = state.phase === 'remove' ? state.retired.slice(1) : state.retired;
  return enter({ ...state, retired }, retired.length === 0 ? 'done' : 'remove');
}

function enter(state: RotationState, phase: RotationState['phase']): RotationState {
  return { ...state, phase, progress: [] };
}

/** The key that the phase is about. */
function phaseKey({ phase, target, retired }: RotationState): string {
  return phase === 'remove' ? retired[0]! : target;
}

function whoIsMissing(state: RotationState, names: readonly string[], observation: RotationObservation): string {
  const result = observation.answer?.result;
  const absent = absentNames(state, observation);
  // Where answers are only counted, they count when nobody else can have given them.
  if (result?.byMember === undefined && absent.length > 0) return whoMustReturn(absent, observation);
  const said = names.map((name) => {
    const text = textOf(result?.messages ?? {}, name);
    return text === undefined || text === '' ? name : `${name} (${text})`;
  });
  return `${state.phase} not confirmed by ${show(said)}`;
}

function whoMustReturn(absent: readonly string[], { members }: RotationObservation): string {
  const listed = new Set(members.map(({ name }) => name));
  const failed = absent.filter((name) => listed.has(name));
  if (failed.length > 0) {
    return `failed members may come back with their old keys: ${show(failed)}; start them, or force them to leave`;
  }
  return `the agent does not know members that were there before: ${show(absent)}; start them, ask another agent, or -forget them`;
}

/** Names for people: the first few. */
function show(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
