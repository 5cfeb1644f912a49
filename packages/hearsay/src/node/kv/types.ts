import type { Lane } from '../../cluster/index.ts';

/** `shared`: the map that all write. `owned`: keys that each node writes for itself. `telemetry`: as owned, for numbers. */
export type KvLane = 'shared' | 'owned' | 'telemetry';

/** The instant of a shared write: wall milliseconds of its author since 1970, and a counter within them. */
export interface KvStamp {
  readonly ms: number;
  readonly counter: number;
}

const laneNames = ['shared', 'owned', 'telemetry'] as const;

/** The lane of that number. */
export function laneName(lane: Lane): KvLane {
  return laneNames[lane];
}
