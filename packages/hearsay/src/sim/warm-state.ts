import {
  newGeneration,
  streamKeyOf,
  zeroStamp,
  type SavedKv,
  type SharedEntry,
  type StreamOwner,
} from '../kv/index.ts';
import { assert } from '../util/index.ts';
import { toBytes } from './ascii.ts';
import { WALL_START_MS } from './simulator.ts';

/** The state that all nodes of a scenario begin with. */
export interface WarmStateOptions {
  /** Keys and values of the shared map; ASCII. */
  readonly shared: readonly (readonly [key: string, value: string])[];
  /** Who wrote them, in turn. */
  readonly writers: readonly string[];
}

/** When it was written, by the clocks of a run: an hour before the run begins. */
const WRITTEN_MS = WALL_START_MS - 3_600_000;

/**
 * Lets all nodes have the same shared map from the start, as if it had been written and spread long before: for
 * `KvScenarioOptions.saved`. The entries are shared by all nodes of the run, so that a thousand nodes with a thousand keys
 * fit into memory.
 */
export function warmState({ shared, writers }: WarmStateOptions): (name: string) => SavedKv {
  assert(writers.length > 0, 'somebody wrote it');
  const owners = new Map(writers.map((node) => [streamKeyOf(ownerOf(node), 0), ownerOf(node)] as const));
  const streams = [...owners.keys()];
  const entries = shared.map(([key, value], index): SharedEntry => {
    const version = Math.floor(index / streams.length) + 1;
    const stamp = { epoch: 0, ms: WRITTEN_MS + index, counter: 0 };
    const common = { parent: undefined, orig: undefined, adopt: 0, ttlMs: 0, ageMs: 0 };
    const stream = streams[index % streams.length]!;
    return { lane: 0, key, kind: 'put', value: toBytes(value), stream, version, stamp, ...common };
  });
  const prefixOf = (index: number): number => Math.max(0, Math.ceil((entries.length - index) / streams.length));
  const rows = new Map(streams.map((stream, index) => [stream, { prefix: prefixOf(index), extras: [], gcLine: 0 }]));
  const lastStamp = entries.at(-1)?.stamp ?? zeroStamp;
  return (name) => ({
    state: {
      own: ownerOf(name),
      shared: { rows, owners, retired: [], floor: zeroStamp, lastStamp, entries },
      owned: { streams: [] },
    },
    isCleanStop: true,
    atMs: WALL_START_MS,
  });
}

function ownerOf(node: string): StreamOwner {
  return { node, generation: newGeneration(WRITTEN_MS, 0) };
}
