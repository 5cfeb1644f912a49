import {
  drainQueues,
  formCluster,
  quietNetwork,
  Simulator,
  type NetworkConfig,
  type SimNode,
  type SimObserver,
} from 'hearsay/sim';
import type { RuleSetName, SwimConfig } from 'hearsay/core';

/** What a cluster at rest is made with; LAN unless `swim` says otherwise. */
export interface LabOptions {
  readonly seed: number;
  readonly nodeCount: number;
  readonly swim?: Partial<SwimConfig>;
  /** What papers say of SWIM holds without our own. @defaultValue 'memberlist' */
  readonly rules?: RuleSetName;
  readonly network?: Partial<NetworkConfig>;
  /** Watches from before the first node starts. */
  readonly observer?: SimObserver;
}

/** A cluster in which all know each other and nobody has news. The network loses nothing until then. */
export function clusterAtRest(options: LabOptions): Simulator {
  const network = { ...quietNetwork, ...options.network };
  const simulator = new Simulator({ seed: options.seed, network: { ...network, loss: 0 } });
  if (options.observer !== undefined) simulator.observe(options.observer);
  for (let i = 1; i <= options.nodeCount; i++) simulator.addNode(`n${i}`);
  const { swim = {}, rules = 'memberlist' } = options;
  for (const node of simulator.nodes) simulator.boot(node, { profile: 'lan', swim, rules });
  formCluster(simulator);
  drainQueues(simulator, 60_000);
  simulator.network.config = network;
  return simulator;
}

/** Who has not heard of a rumor by then, is told by nobody any more but a push/pull. */
const gossipLimitMs = 2_500;
/** After that long the last who heard of a rumor has sent it as often as it is sent. */
const rumorLifeMs = 2_000;

/** Tells rumors in a cluster and clocks who hears them when. */
export class RumorClock implements SimObserver {
  #simulator: Simulator | undefined;
  #teller: SimNode | undefined;
  #toldAtMs: number = 0;
  #waitsMs: number[] = [];

  onEvent(node: SimNode, event: { readonly type: string; readonly member?: { readonly name: string } }): void {
    if (node === this.#teller || event.type !== 'member-update') return;
    if (event.member?.name !== this.#teller?.name) return;
    this.#waitsMs.push(this.#simulator!.nowMs - this.#toldAtMs);
  }

  /**
   * `teller` changes its metadata. After how many milliseconds each of the others knew, the first one first; fewer than
   * there are others when the rumor stopped short of some.
   */
  tell(simulator: Simulator, teller: SimNode, meta: number): readonly number[] {
    this.#simulator = simulator;
    this.#teller = teller;
    this.#toldAtMs = simulator.nowMs;
    this.#waitsMs = [];
    teller.step((core, nowMs) => core.updateMeta(nowMs, Uint8Array.of(meta), 60_000));
    const everybodyKnows = (): boolean => this.#waitsMs.length >= simulator.nodes.length - 1;
    simulator.runUntil(everybodyKnows, gossipLimitMs);
    const waitsMs = this.#waitsMs;
    this.#teller = undefined;
    simulator.runForMs(rumorLifeMs);
    return waitsMs;
  }
}

/** The value that `share` of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
