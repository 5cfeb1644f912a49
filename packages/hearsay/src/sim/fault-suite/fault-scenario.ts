import { SeededRng, shuffle, type Rng } from '../../util/index.ts';
import { InvariantBroken } from '../checkers/checker.ts';
import type { ScenarioOptions } from '../scenario-options.ts';
import type { Scenario } from '../scenario.ts';

/**
 * `safety`: the fault among others at random, and what must always hold is checked. `liveness`: the fault alone, for good
 * or healed as its scenario says, and what it promises is checked.
 */
export type FaultMode = 'safety' | 'liveness';

/** One fault of the suite, and what must hold in spite of it. */
export interface FaultScenario {
  /** In docs/fault-suite.md. Some faults come in several scenarios. */
  readonly number: number;
  /** No other one has it. */
  readonly name: string;
  /** How many members there are: from, to. */
  readonly sizes: readonly [number, number];
  readonly options?: (rng: Rng) => Partial<ScenarioOptions>;
  /** For how long the fault is at work before all faults end that do not last for good. */
  readonly spanMs: number;
  /** Members that the fault leaves alone never declare each other dead. @defaultValue false */
  readonly sparesBystanders?: boolean;
  /** Invariants that the fault breaks by what it is. @defaultValue none */
  readonly breaks?: readonly string[];
  /** Members that the fault makes up: while they are listed, all takes as long as with so many more. @defaultValue 0 */
  readonly inventedCount?: number;
  /** Begins the fault; what comes later is asked for with {@link FaultRun.after}. */
  inject(run: FaultRun): void;
  /** In liveness mode, from the injection on: lets time pass and checks. @defaultValue `spanMs` pass */
  mustHold?(run: FaultRun): void;
}

/** Keeps what a fault draws apart from all other chance. */
const FAULT_STREAM = -9;

/** One run of a fault scenario, as the scenario sees it. */
export class FaultRun {
  readonly cluster: Scenario;
  readonly mode: FaultMode;
  readonly rng: Rng;
  /** The members to which the fault does something; other faults leave them alone. */
  readonly touched: Set<string> = new Set();
  /** Members that other faults have ended. */
  readonly noiseDown: Set<string> = new Set();
  /** Where `inject` leaves what `mustHold` needs. */
  victims: readonly string[] = [];

  constructor(cluster: Scenario, mode: FaultMode) {
    this.cluster = cluster;
    this.mode = mode;
    this.rng = new SeededRng(cluster.simulator.seed, FAULT_STREAM);
  }

  /** So many members at random, never the seeds: they are touched from now on. */
  pick(count: number): readonly string[] {
    const names = this.cluster.nodes.slice(SEED_NODES).map(({ name }) => name);
    shuffle(this.rng, names);
    return this.touch(names.slice(0, count));
  }

  touch(names: readonly string[]): readonly string[] {
    for (const name of names) this.touched.add(name);
    this.victims = names;
    return names;
  }

  /** All that the fault leaves alone. */
  get bystanders(): string[] {
    return this.cluster.nodes.map(({ name }) => name).filter((name) => !this.touched.has(name));
  }

  after(spanMs: number, action: () => void): void {
    this.cluster.simulator.at(this.cluster.nowMs + spanMs, action);
  }

  /** Again and again from now on, `count` times. Each time waits only once the one before is over. */
  every(intervalMs: number, count: number, action: (round: number) => void): void {
    this.#round(intervalMs, 0, count, action);
  }

  #round(intervalMs: number, round: number, count: number, action: (round: number) => void): void {
    if (round === count) return;
    this.after(round === 0 ? 0 : intervalMs, () => {
      action(round);
      this.#round(intervalMs, round + 1, count, action);
    });
  }

  insist(condition: boolean, problem: string): void {
    this.cluster.verify(() => {
      if (!condition) throw new InvariantBroken('promise', problem);
    });
  }

  within(limitMs: number, condition: () => boolean): void {
    this.cluster.runUntil(condition, limitMs);
  }

  /** Whether every observer takes every subject for alive, or for nothing like it. */
  see(observers: readonly string[], subjects: readonly string[], what: 'alive' | 'gone'): boolean {
    return observers.every((observer) =>
      subjects.every((subject) => {
        const state = this.cluster.stateAt(observer, subject);
        return what === 'alive' ? state === 'alive' : state !== 'alive' && state !== 'suspect';
      }),
    );
  }

  /** How often the observers declared one of the subjects dead. */
  deathCount(observers: readonly string[], subjects: readonly string[]): number {
    const wanted = new Set(subjects);
    return observers
      .flatMap((observer) => this.cluster.eventsAt(observer))
      .filter((event) => event.type === 'member-failed' && event.name !== undefined && wanted.has(event.name)).length;
  }

  /** How often the stable view of one observer took out one subject: the most of any two of them. */
  removalCountMax(observers: readonly string[], subjects: readonly string[]): number {
    const counts = observers.flatMap((observer) => {
      const failed = this.cluster.fullEventsAt(observer).flatMap((event) => {
        return event.type === 'members-changed' ? event.failed.map(({ name }) => name) : [];
      });
      return subjects.map((subject) => failed.filter((name) => name === subject).length);
    });
    return Math.max(0, ...counts);
  }

  /** The process starts anew, without memory, and joins. Nothing when it is there. */
  restart(name: string): void {
    if (this.cluster.node(name).state !== 'down') return;
    this.cluster.restart(name).join(name);
  }
}

/** Every cluster of the suite has two. */
export const SEED_NODES = 2;
