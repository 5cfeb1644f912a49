import { crashKnownMaxMs, type SwimTraceEvent } from '../../swim/index.ts';
import type { SimNode } from '../sim-node.ts';
import { InvariantBroken, type CheckContext, type Checker } from './checker.ts';

/**
 * A process that is gone is not listed as alive for longer than a round of probes and the longest suspicion take, while
 * nothing else is wrong: strong completeness, with its bound (SWIM §4.3). Observers that doubt themselves take longer.
 */
export class Completeness implements Checker {
  readonly invariant: string = 'completeness';
  readonly #context: CheckContext;
  /** Since when each observer has had a calm network and a record of the dead one, as `observer/subject`. */
  readonly #sinceMs: Map<string, number> = new Map();
  #worstScore: number = 0;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  onTrace(_: SimNode, event: SwimTraceEvent): void {
    if (event.type === 'health') this.#worstScore = Math.max(this.#worstScore, event.score);
  }

  onSample(): void {
    const { simulator } = this.#context;
    if (!this.#context.isCalm()) return this.#sinceMs.clear();
    const live = new Set(simulator.nodes.filter((node) => node.state !== 'down').map((node) => node.name));
    // Where two processes have one name, the other one may be there.
    const gone = simulator.nodes.filter((node) => node.state === 'down' && node.hasStarted && !live.has(node.name));
    if (gone.length === 0) return this.#sinceMs.clear();
    for (const observer of this.#context.core()) for (const subject of gone) this.#check(observer, subject);
  }

  #check(observer: SimNode, subject: SimNode): void {
    const key = `${observer.processKey}/${subject.processKey}`;
    const state = observer.core.memberState(subject.name);
    const { nowMs } = this.#context.simulator;
    const sinceMs = this.#sinceMs.get(key);
    if (state !== 'alive' && state !== 'suspect') this.#sinceMs.delete(key);
    else if (sinceMs === undefined) this.#sinceMs.set(key, nowMs);
    else if (nowMs - sinceMs > this.#boundMs()) {
      const message = `${observer.name} lists ${subject.name} as ${state} for ${nowMs - sinceMs} ms after it is gone`;
      throw new InvariantBroken(this.invariant, message);
    }
  }

  #boundMs(): number {
    const { config, simulator } = this.#context;
    const memberCount = simulator.nodes.length;
    const roundsMs = (2 * memberCount - 1) * config.probeIntervalMs * (1 + this.#worstScore);
    return roundsMs + crashKnownMaxMs(config, memberCount);
  }
}
