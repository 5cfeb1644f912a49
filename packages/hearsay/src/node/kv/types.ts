import type { ChangeSource, EntryBase, Lane, SharedEntry, Stamp } from '../../cluster/index.ts';

/** `shared`: the map that all write. `owned`: keys that each node writes for itself. `telemetry`: as owned, for numbers. */
export type KvLane = 'shared' | 'owned' | 'telemetry';

/**
 * The instant of a shared write: wall milliseconds of its author since 1970, and a counter within them; before both counts an
 * epoch, which is 0 until a clock that was ahead is set right.
 */
export type KvStamp = Stamp;

/** How a change came here: written here, by rumor, by comparison with another, or because this node had fallen behind. */
export type KvSource = ChangeSource | 'snapshot';

/** A key, its value and where that comes from. Values are shared between readers: do not change them. */
export interface KvEntry<Value = unknown> {
  readonly lane: KvLane;
  readonly key: string;
  /** Whose key it is; undefined in the shared map. */
  readonly owner: string | undefined;
  readonly value: Value;
  /** Who wrote it, when that is known. */
  readonly author: string | undefined;
  /** When it was written by its author's clock; undefined for owned keys, which have no clock. */
  readonly stamp: KvStamp | undefined;
  /** How long it lives from the moment it was written, in milliseconds; 0 for ever. */
  readonly ttlMs: number;
  /**
   * Why the present value cannot be read as the key's definition says; `value` is then the last that could be, or what is
   * there as it is, as the definition wants it. Undefined: it is valid.
   */
  readonly invalid: string | undefined;
}

const laneNames = ['shared', 'owned', 'telemetry'] as const;

/** The lane of that number. */
export function laneName(lane: Lane): KvLane {
  return laneNames[lane];
}

/** The number of that lane. */
export function laneNumber(lane: KvLane): Lane {
  return laneNames.indexOf(lane) as Lane;
}

/** When an entry was written by its author's clock, if it is a shared one. */
export function stampOf(entry: EntryBase): KvStamp | undefined {
  return 'stamp' in entry ? (entry as SharedEntry).stamp : undefined;
}

/** One text for a key of a lane and, in an owned lane, of a member. */
export function idOf({ lane, key }: Pick<EntryBase, 'lane' | 'key'>, owner: string | undefined): string {
  return `${lane}${owner ?? ''}\u0000${key}`;
}
