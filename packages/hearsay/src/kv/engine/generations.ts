import { TokenBucket } from '../../swim/index.ts';
import type { KvEvent } from '../events.ts';
import type { KvEnv } from '../host.ts';
import { generationAfter } from '../journal/restart.ts';
import type { KvState } from '../kv-state.ts';
import { kvLimits } from '../limits.ts';
import { generationMs, isTooLate, newGeneration, type Generation } from '../stream.ts';

/** However often others say that it is needed: three at once, then one in ten minutes. Chosen: dead streams cost everybody. */
const burst = 3;
const perSecond = 1 / 600;

/** What {@link Generations} need. */
export interface GenerationsParts {
  readonly state: KvState;
  readonly env: Pick<KvEnv, 'clock' | 'rng' | 'wallMs'>;
  readonly emit: (event: KvEvent) => void;
  /** A new one was opened. */
  readonly onOpen: () => void;
}

/** Opens new generations of this node's streams, when others know more of them than it does or have given them up. */
export class Generations {
  readonly #parts: GenerationsParts;
  readonly #bucket: TokenBucket;
  #skipMs: number = 1;

  constructor(parts: GenerationsParts) {
    this.#parts = parts;
    this.#bucket = new TokenBucket(parts.env.clock, burst, perSecond);
  }

  /** `known`: one of ours that somebody has told of, when that is what is ahead. */
  reopen(reason: 'own-stream-ahead' | 'retired', known?: Generation): void {
    const { state, env, emit, onOpen } = this.#parts;
    const own = state.own.generation;
    const wallMs = env.wallMs();
    // Nobody takes such a one, and nobody would take the next.
    if (known !== undefined && isTooLate(known, wallMs)) return;
    if (!this.#bucket.tryTake()) return;
    const random16 = env.rng.nextUint32() & 0xffff;
    let latest = known !== undefined && known > own ? known : own;
    // The clock of a former life may have been ahead, and nobody says by how much: the skips become longer.
    if (known === undefined && latest >= newGeneration(wallMs, 0)) {
      const latestMs = Math.min(generationMs(latest) + this.#skipMs, wallMs + kvLimits.generationAheadMaxMs);
      latest = newGeneration(latestMs, random16);
      this.#skipMs *= 60;
    }
    const generation = generationAfter(latest, wallMs, random16);
    if (generation <= own) return;
    state.openGeneration(generation);
    onOpen();
    emit({ type: 'generation-opened', generation, reason });
  }
}
