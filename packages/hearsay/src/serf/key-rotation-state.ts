import { ClusterError } from '../util/index.ts';
import { decodeBase64 } from './base64.ts';
import type { KeysResult, MemberStatus } from './events.ts';

/** `survey`: who uses what. Then one after the other: all hold the new key, all use it, nobody holds the old one. */
export type RotationPhase = 'survey' | 'install' | 'use' | 'remove' | 'done';

/**
 * A rotation of the pool's key as far as it has come. Plain JSON, to be stored before the step it came with is done, and
 * only where nobody else can read it, as it holds keys.
 */
export interface RotationState {
  readonly version: 1;
  readonly phase: RotationPhase;
  /** Base64. What all members shall use. */
  readonly target: string;
  /** Base64. What they used before, and return to when it is called off; empty until the survey has shown it. */
  readonly origin: string;
  /** Base64. What is removed in the end, one after the other. */
  readonly retired: readonly string[];
  /** The rotation was called off: target and origin have changed places. */
  readonly isAborting: boolean;
  /** Some member may use the key that was new, so that all have to be asked before it goes. */
  readonly wasUsed: boolean;
  /** Some member may have removed the old key, so that there is no way back. */
  readonly hasRemoved: boolean;
  /**
   * All that have been seen since it began, except those that left. Who is among them and not live is waited for, also
   * when the agent that is asked knows nothing of it, as one that has just started.
   */
  readonly knownMembers: readonly string[];
  /** Members that were live when the last step went out. */
  readonly askedMembers: readonly string[];
  /** What live members have confirmed in this phase. */
  readonly progress: readonly MemberProgress[];
}

/** How far one member has come in the phase that is under way. */
export interface MemberProgress {
  readonly name: string;
  /** It has said that it did what the phase asks. */
  readonly isTold: boolean;
  /** Its list of keys has shown it since. */
  readonly isSeen: boolean;
}

/** A key operation on the whole pool. */
export type KeyRotationOperation = 'list' | 'install' | 'use' | 'remove';

/**
 * The result of a key operation. Without `byMember`, as over RPC, only results in which all live members took part tell
 * anything. Without `primaryKeys`, that a member said it uses a key has to be believed.
 */
export type RotationResult = Pick<KeysResult, 'nodeCount' | 'responseCount' | 'errorCount' | 'messages'> &
  Partial<Pick<KeysResult, 'keys' | 'primaryKeys' | 'byMember'>>;

/** What is known when the next step is chosen. */
export interface RotationObservation {
  /** As the pool shows them now, after {@link answer}. Who left is not waited for. */
  readonly members: readonly { readonly name: string; readonly status: MemberStatus }[];
  /** What came of the last step, if it was an operation and was finished. */
  readonly answer?: {
    readonly operation: KeyRotationOperation;
    /** Undefined for a list. */
    readonly key: string | undefined;
    readonly result: RotationResult;
  };
}

/** What to do next. Reasons are for people, and hold no keys. */
export type RotationStep =
  | { readonly do: 'list'; readonly reason: string }
  | { readonly do: 'install' | 'use' | 'remove'; readonly key: string; readonly reason: string }
  /** Look again in a while: somebody has not confirmed, or is not there. */
  | { readonly do: 'wait'; readonly reason: string }
  | { readonly do: 'done'; readonly reason: string }
  /** It would not be safe, and waiting does not help. */
  | { readonly do: 'refuse'; readonly reason: string };

/**
 * A rotation to `target` that has not begun. `origin` is the key in use, for pools whose agents do not tell.
 *
 * @throws `ClusterError` `ERR_KEY` or `ERR_KEY_LENGTH`
 */
export function newRotation(target: string, origin: string = ''): RotationState {
  checkKey(target, 'the new key');
  if (origin !== '') checkKey(origin, 'the old key');
  if (origin === target) throw new ClusterError('ERR_KEY', 'the new key is the old one');
  return {
    version: 1,
    phase: 'survey',
    target,
    origin,
    retired: [],
    isAborting: false,
    wasUsed: false,
    hasRemoved: false,
    knownMembers: [],
    askedMembers: [],
    progress: [],
  };
}

function checkKey(text: string, what: string): void {
  const bytes = decodeBase64(text);
  if ('badAt' in bytes) throw new ClusterError('ERR_KEY', `${what} is not base64 at byte ${bytes.badAt}`);
  if (bytes.length !== 16 && bytes.length !== 24 && bytes.length !== 32) {
    throw new ClusterError('ERR_KEY_LENGTH', `${what} is ${bytes.length} bytes, it must be 16, 24 or 32`);
  }
}

const phases: readonly unknown[] = ['survey', 'install', 'use', 'remove', 'done'] satisfies RotationPhase[];

/** The state that was stored; undefined when `value` is something else. */
export function readRotationState(value: unknown): RotationState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const state = value as Record<keyof RotationState, unknown>;
  const flags = [state.isAborting, state.wasUsed, state.hasRemoved];
  const isState =
    state.version === 1 &&
    phases.includes(state.phase) &&
    [state.target, state.origin].every((text) => typeof text === 'string') &&
    flags.every((flag) => typeof flag === 'boolean') &&
    isListOf(state.retired, (key) => typeof key === 'string') &&
    isListOf(state.knownMembers, (name) => typeof name === 'string') &&
    isListOf(state.askedMembers, (name) => typeof name === 'string') &&
    isListOf(state.progress, isProgress);
  return isState ? (value as RotationState) : undefined;
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isItem(item));
}

function isProgress(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, isTold, isSeen } = value as Record<keyof MemberProgress, unknown>;
  return typeof name === 'string' && typeof isTold === 'boolean' && typeof isSeen === 'boolean';
}
