import { KvState, type KvStateParts, type SavedState } from '../kv-state.ts';
import { generationMs, newGeneration, type Generation } from '../stream.ts';

/** What a process begins with. */
export interface KvRestart {
  /** This node's name. */
  readonly node: string;
  /** What is left of the process before, if anything is. */
  readonly saved: SavedState | undefined;
  /**
   * Whether `saved` is all that the process before has written, and nobody has begun with it since. Then the same stream
   * goes on; else a new generation is opened, so that no version can be given twice whatever was lost.
   */
  readonly isCleanStop: boolean;
}

/** The state of a process that begins. What it owned it still owns, in the new generation too. */
export function restartState(
  { node, saved, isCleanStop }: KvRestart,
  parts: Omit<KvStateParts, 'own' | 'saved'>,
  random16: number,
): KvState {
  const generation = (): Generation => generationAfter(newestOf(node, saved), parts.wallMs(), random16);
  if (saved === undefined) return new KvState({ ...parts, own: { node, generation: generation() } });
  // Another name is another node: what is saved is then known of others.
  if (saved.own.node !== node) return new KvState({ ...parts, saved, own: { node, generation: generation() } });
  const state = new KvState({ ...parts, saved, own: saved.own });
  if (!isCleanStop) state.openGeneration(generation());
  return state;
}

/** A generation of now, or a little later than `previous` when the wall clock was set back. */
export function generationAfter(previous: Generation | undefined, wallMs: number, random16: number): Generation {
  const generation = newGeneration(wallMs, random16);
  if (previous === undefined || generation > previous) return generation;
  return newGeneration(generationMs(previous) + 1, random16);
}

function newestOf(node: string, saved: SavedState | undefined): Generation | undefined {
  let newest: Generation | undefined;
  if (saved === undefined) return newest;
  const owners = [saved.own, ...saved.shared.owners.values(), ...saved.owned.streams.map(({ owner }) => owner)];
  for (const owner of owners) {
    if (owner.node === node && (newest === undefined || owner.generation > newest)) newest = owner.generation;
  }
  return newest;
}
