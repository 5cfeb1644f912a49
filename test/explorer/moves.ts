import { randomInt, type Rng } from '../../packages/hearsay/src/util/index.ts';

/** What can happen in a schedule. Numbers choose among what there is at that moment, so that any list of moves can be played. */
export type MoveKind =
  /** Node `a` writes key `c`. */
  | 'put'
  /** Node `a` writes key `c`, for four seconds. */
  | 'put for a while'
  /** Node `a` looks for entries whose life is over. */
  | 'expire'
  /** Node `a` deletes key `c`. */
  | 'delete'
  /** Node `a` forgets the deletion of key `c`. */
  | 'collect'
  /** `a` asks `b`; the answer, cut after one entry when `c` is odd, waits to be delivered. */
  | 'ask'
  /** `a` asks `b` and gets all of the answer at once. */
  | 'sync'
  /** Message `a` of those that wait arrives; it stays, to arrive again, when `c` is odd. */
  | 'deliver'
  /** Message `a` of those that wait is lost. */
  | 'lose'
  /** The latest rumor arrives at `a`. */
  | 'rumor'
  /** Bits of `c` say who is on which side. */
  | 'partition'
  | 'heal'
  /** `a` writes what it has to its disk. */
  | 'save'
  /** `a` stops at once and for good. */
  | 'crash'
  /** `a` stops and starts: with nothing (`c` 0), with what is on its disk (1), or after a clean stop with everything (2). */
  | 'restart'
  /** `a` takes over the streams of `b` that are written no longer. */
  | 'adopt'
  /** Time goes on by three seconds. */
  | 'wait'
  /** The clock of `a` is further ahead than is tolerated, or right when four divides `c`. */
  | 'set clock'
  /** `a`, the clock of which is set right when `c` is even, writes anew what it had stamped too far ahead. */
  | 'reissue';

/** One thing that happens. */
export interface Move {
  readonly kind: MoveKind;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** A world and what happens in it. */
export interface Schedule {
  readonly nodeCount: number;
  readonly keyCount: number;
  /** Offset of each node's wall clock while it is right. */
  readonly skewMs: readonly number[];
  /** Ranges beyond a prefix that nodes remember: with few of them, they forget. */
  readonly extrasMax: number;
  readonly moves: readonly Move[];
}

const weights: Readonly<Record<MoveKind, number>> = {
  put: 16,
  'put for a while': 4,
  expire: 4,
  delete: 12,
  collect: 14,
  ask: 12,
  sync: 16,
  deliver: 14,
  lose: 1,
  rumor: 8,
  partition: 2,
  heal: 1,
  save: 2,
  crash: 1,
  restart: 3,
  adopt: 2,
  wait: 2,
  'set clock': 4,
  reissue: 4,
};
const kinds = Object.keys(weights) as MoveKind[];
const wheel = kinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind));

/** 3 to 5 nodes, 1 or 2 keys, 12 to 33 moves. */
export function drawSchedule(rng: Rng): Schedule {
  const nodeCount = 3 + (randomInt(rng, 4) === 0 ? 1 + randomInt(rng, 2) : 0);
  const isSkewed = randomInt(rng, 2) === 0;
  const skewMs = Array.from({ length: nodeCount }, () => (isSkewed ? randomInt(rng, 10_001) - 5_000 : 0));
  const extrasMax = randomInt(rng, 3) === 0 ? 1 : 256;
  const moveCount = 12 + randomInt(rng, 22);
  const moves: Move[] = [];
  for (let index = 0; index < moveCount; index += 1) {
    const bits = rng.nextUint32();
    moves.push({
      kind: wheel[randomInt(rng, wheel.length)]!,
      a: bits & 0xff,
      b: (bits >>> 8) & 0xff,
      c: (bits >>> 16) & 0xff,
    });
  }
  return { nodeCount, keyCount: 1 + randomInt(rng, 2), skewMs, extrasMax, moves };
}
