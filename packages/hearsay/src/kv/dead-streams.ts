import type { StepClock } from '../util/index.ts';
import type { KvConfig } from './config.ts';
import { kvLimits } from './limits.ts';
import type { SharedLane } from './shared-lane.ts';
import type { SharedStream } from './shared-map.ts';
import { hashText, type Generation, type StreamKey } from './stream.ts';

/** How long a stream is kept after it began to fade. Chosen: long enough that all others hear of it. */
const fadeMs = 86_400_000;

/** What {@link DeadStreams.run} has done. */
export interface DeadStreamWork {
  /** Entries that were taken over. */
  readonly adoptedCount: number;
  readonly retiredCount: number;
  /** That fade from now on. */
  readonly forgottenCount: number;
}

/**
 * Sees to streams that nobody writes any longer, because their member is gone or has begun a new generation: another
 * node takes over what is live in them, then they are retired, and at last forgotten. Durations are monotonic and begin
 * anew with the process.
 */
export class DeadStreams {
  readonly #lane: SharedLane;
  readonly #clock: StepClock;
  readonly #config: KvConfig;
  readonly #ownNode: string;
  readonly #deadSinceMs = new Map<StreamKey, number>();

  constructor(lane: SharedLane, clock: StepClock, config: KvConfig, ownNode: string) {
    this.#lane = lane;
    this.#clock = clock;
    this.#config = config;
    this.#ownNode = ownNode;
  }

  /**
   * Does what is due. `members`: all that were not reaped, this node among them. `successors`: of them, those that are
   * live and take part in the state.
   */
  run(members: ReadonlySet<string>, successors: ReadonlySet<string> = members): DeadStreamWork {
    const { nowMs } = this.#clock;
    const { adoptAfterMs, retireAfterMs } = this.#config;
    const streams = [...this.#lane.streams()];
    const newest = newestGenerations(streams);
    const work = { adoptedCount: 0, retiredCount: 0, forgottenCount: this.#forget(streams) };
    for (const stream of streams) {
      if (stream.retiredAtMs !== undefined) continue;
      if (!this.#isDead(stream, members, newest)) {
        this.#deadSinceMs.delete(stream.key);
        continue;
      }
      const sinceMs = this.#deadSinceMs.get(stream.key) ?? nowMs;
      this.#deadSinceMs.set(stream.key, sinceMs);
      const isOurs = stream.liveCount > 0 && successorOf(stream.owner?.node ?? '', successors) === this.#ownNode;
      if (isOurs && nowMs - sinceMs >= adoptAfterMs) work.adoptedCount += this.#lane.adopt(stream.key);
      if (nowMs - sinceMs >= retireAfterMs && this.#lane.retire(stream.key)) {
        this.#deadSinceMs.delete(stream.key);
        work.retiredCount += 1;
      }
    }
    return work;
  }

  /**
   * Streams that are retired long enough, and the longest retired of too many. First they fade: nodes do not forget them
   * in the same instant, and who forgets earlier would learn of them again from the others, for ever. Those who have
   * retired them too hear of it, and let them fade as well.
   */
  #forget(streams: readonly SharedStream[]): number {
    const { nowMs } = this.#clock;
    const retired = streams
      .filter(({ retiredAtMs }) => retiredAtMs !== undefined)
      .toSorted((a, b) => a.retiredAtMs! - b.retiredAtMs!);
    const excess = retired.length - kvLimits.retiredMax;
    let count = 0;
    for (const [index, stream] of retired.entries()) {
      const overdueMs = nowMs - stream.retiredAtMs! - this.#config.retiredKeepMs;
      if (overdueMs >= 0 && this.#lane.fadeStream(stream.key)) count += 1;
      if (index < excess || overdueMs >= fadeMs) this.#lane.forgetStream(stream.key);
    }
    return count;
  }

  #isDead(stream: SharedStream, members: ReadonlySet<string>, newest: ReadonlyMap<string, Generation>): boolean {
    if (stream.key === this.#lane.ownStream) return false;
    // Nothing of it was ever live here, so that nobody has said whose it is.
    if (stream.owner === undefined) return true;
    const { node, generation } = stream.owner;
    return !members.has(node) || generation < newest.get(node)!;
  }
}

/** Who takes over from a node: the node itself when it is back, else the member whose name's hash is nearest. */
export function successorOf(node: string, members: ReadonlySet<string>): string | undefined {
  if (members.has(node)) return node;
  const target = hashText(node, 0);
  let nearest: string | undefined;
  let distance = Infinity;
  for (const member of members) {
    const gap = Math.abs(hashText(member, 0) - target);
    const memberDistance = Math.min(gap, 2 ** 32 - gap);
    if (memberDistance > distance || (memberDistance === distance && member > nearest!)) continue;
    nearest = member;
    distance = memberDistance;
  }
  return nearest;
}

function newestGenerations(streams: readonly SharedStream[]): Map<string, Generation> {
  const newest = new Map<string, Generation>();
  for (const { owner } of streams) {
    if (owner === undefined) continue;
    const known = newest.get(owner.node);
    if (known === undefined || owner.generation > known) newest.set(owner.node, owner.generation);
  }
  return newest;
}
