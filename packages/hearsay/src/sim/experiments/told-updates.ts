import { swimPresets, type MemberView, type SwimConfig } from '../../swim/index.ts';
import { isSameBytes } from '../../util/index.ts';
import type { SimNode } from '../sim-node.ts';
import type { Simulator } from '../simulator.ts';

/** Nothing but ticks of gossip: no probes, on which rumors ride too, and no state exchanges. */
export const gossipOnly: Partial<SwimConfig> = {
  probeIntervalMs: 600_000,
  gossipToTheDeadMs: 600_000 * swimPresets.lan.suspicionMult,
  pushPullIntervalMs: 0,
};

/** A change of metadata, and when each of those that know it heard of it, in order. */
export interface ToldUpdate {
  readonly bornAtMs: number;
  readonly heardAtMs: readonly number[];
}

/** Changes of metadata that members tell, by who told it. What a member tells takes the place of what it told before. */
export class ToldUpdates {
  readonly #simulator: Simulator;
  readonly #byTeller: Map<string, Told> = new Map();

  /** Watches from now on. */
  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    simulator.observe({
      onEvent: (node, event) => {
        // Who had taken the teller for dead hears of its return, and of the change with it.
        if (event.type === 'member-update' || event.type === 'member-join') this.#hear(node, event.member);
      },
    });
  }

  get all(): ToldUpdate[] {
    return [...this.#byTeller.values()];
  }

  hasTold(teller: SimNode): boolean {
    return this.#byTeller.has(teller.name);
  }

  /** `teller` changes its metadata, of which it hears as well. */
  tell(teller: SimNode, meta: Uint8Array, timeoutMs: number): ToldUpdate {
    const update = { bornAtMs: this.#simulator.nowMs, meta, heardAtMs: [], heardBy: new Set<SimNode>() };
    this.#byTeller.set(teller.name, update);
    teller.step((core, nowMs) => core.updateMeta(nowMs, meta, timeoutMs));
    return update;
  }

  #hear(node: SimNode, { name, meta }: MemberView): void {
    const told = this.#byTeller.get(name);
    if (told === undefined || told.heardBy.has(node) || !isSameBytes(told.meta, meta)) return;
    told.heardBy.add(node);
    told.heardAtMs.push(this.#simulator.nowMs);
  }
}

interface Told extends ToldUpdate {
  readonly meta: Uint8Array;
  readonly heardAtMs: number[];
  readonly heardBy: Set<SimNode>;
}

/** How long after an update each member heard of it, of those that did within the limit, in order. */
export function heardWithin({ bornAtMs, heardAtMs }: ToldUpdate, limitMs: number): number[] {
  return heardAtMs.map((atMs) => atMs - bornAtMs).filter((afterMs) => afterMs <= limitMs);
}
