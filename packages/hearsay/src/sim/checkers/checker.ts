import type { KvGossipConfig } from '../../kv/index.ts';
import type { SwimConfig, SwimRules } from '../../swim/index.ts';
import type { KvActionRecord } from '../kv-actions.ts';
import type { SimObserver } from '../observer.ts';
import type { SimNode } from '../sim-node.ts';
import type { Simulator } from '../simulator.ts';

/** A run broke an invariant. Ends the run. */
export class InvariantBroken extends Error {
  override readonly name: string = 'InvariantBroken';
  /** The checker that saw it. */
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

/** What checkers know of the run. */
export interface CheckContext {
  readonly simulator: Simulator;
  readonly config: SwimConfig;
  /** What the node does otherwise than memberlist; some invariants hold by such a rule only. */
  rulesOf(node: SimNode): SwimRules;
  /** The members that must agree once faults are over: running, not leaving, and not cut off for good. */
  core(): readonly SimNode[];
  /** Whether the process there said goodbye. */
  isLeaving(node: SimNode): boolean;
  /** Whether no fault is active now: no rule on any link, hardly any loss, nobody paused. */
  isCalm(): boolean;
  /** What users have written into the shared map so far. */
  kvWrites(): readonly KvActionRecord[];
  /** How state spreads, where that is not as by default. */
  readonly kvGossip: Partial<KvGossipConfig>;
  /** Nodes that are cut off for good accuse others for ever, so nothing comes to rest. */
  hasOutcasts(): boolean;
}

/**
 * One invariant. What must hold at all times is checked in the observer's hooks, which end the run by throwing
 * {@link InvariantBroken}; what must hold once faults are over is asked for with {@link Checker.unsettled}.
 */
export interface Checker extends SimObserver {
  /** Its name: that of its file. */
  readonly invariant: string;
  /** What does not hold yet, in words; undefined when all is as it must be at rest. */
  unsettled?(): string | undefined;
}

/** Every checker is made for one run. */
export type CheckerFactory = (context: CheckContext) => Checker;
