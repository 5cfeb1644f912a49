import { KvState, type KvStateParts, type SavedState } from '../kv-state.ts';
import { generationMs, isTooLate, newGeneration, type Generation } from '../stream.ts';

/** What a process begins with. */
export interface KvRestart {
  /** This node's name. */
  readonly node: string;
  /** What is left of the process before, if anything is. */
  readonly saved: SavedState | undefined;
  /**
   * Whether `saved` is all that the process before has written, and nobody has begun with it since. Then the same streams
   * go on, but for telemetry; else a new generation is opened, so that no version can be given twice whatever was lost.
   */
  readonly isCleanStop: boolean;
}

/** The state of a process that begins. What it owned it still owns, in the new generation too. */
export function restartState(
  { node, saved, isCleanStop }: KvRestart,
  parts: Omit<KvStateParts, 'own' | 'telemetryGeneration' | 'saved'>,
  random16: number,
): KvState {
  const wallMs = parts.wallMs();
  const generation = (): Generation => generationAfter(newestOf(node, saved, wallMs), wallMs, random16);
  if (saved === undefined) return new KvState({ ...parts, own: { node, generation: generation() } });
  // Another name is another node: what is saved is then known of others.
  const own = saved.own.node === node ? saved.own : { node, generation: generation() };
  const isOfBefore = own === saved.own;
  const isGoingOn = isOfBefore && isCleanStop && !isTooLate(own.generation, wallMs);
  const telemetryGeneration = isGoingOn ? generationAfter(own.generation, wallMs, random16) : own.generation;
  const state = new KvState({ ...parts, saved, own, telemetryGeneration });
  if (isOfBefore && !isGoingOn) state.openGeneration(generation());
  // Only now: until the new generation is open, a version may be given twice.
  state.shared.adoptUntellable();
  return state;
}

/** A generation of now, or a little later than `previous` when the wall clock was set back. */
export function generationAfter(previous: Generation | undefined, wallMs: number, random16: number): Generation {
  const generation = newGeneration(wallMs, random16);
  if (previous === undefined || generation > previous) return generation;
  return newGeneration(generationMs(previous) + 1, random16);
}

/** The latest that the store tells of. Not one that others accept from nobody: no later one could be opened after it. */
function newestOf(node: string, saved: SavedState | undefined, wallMs: number): Generation | undefined {
  let newest: Generation | undefined;
  if (saved === undefined) return newest;
  const owners = [saved.own, ...saved.shared.owners.values(), ...saved.owned.streams.map(({ owner }) => owner)];
  for (const owner of owners) {
    if (owner.node !== node || isTooLate(owner.generation, wallMs)) continue;
    if (newest === undefined || owner.generation > newest) newest = owner.generation;
  }
  return newest;
}
