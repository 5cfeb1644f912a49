import type { StepClock } from '../util/index.ts';
import type { KvConfig } from './config.ts';
import { DeadStreams, type DeadStreamWork } from './dead-streams.ts';
import type { Dot } from './entry.ts';
import type { KvEventSink } from './events.ts';
import type { KvRecordSink } from './journal/record.ts';
import { OwnedLane, type OwnedState } from './owned-lane.ts';
import { SharedLane, type SharedState } from './shared-lane.ts';
import { generationMs, newGeneration, type Generation, type StreamOwner } from './stream.ts';
import { ChangeFeed, type KvItem, type Watch, type WatchFilter } from './watch.ts';

/** What is written to a disk. Telemetry never is. */
export interface SavedState {
  readonly own: StreamOwner;
  readonly shared: SharedState;
  readonly owned: OwnedState;
}

/** What a {@link KvState} needs. */
export interface KvStateParts {
  /** This node and its generation: that of `saved` after a clean stop, else a new one. */
  readonly own: StreamOwner;
  /**
   * Of the telemetry, when `own` is from before: a later one, as telemetry is never stored, and nobody knows which versions
   * were given. @defaultValue that of `own`
   */
  readonly telemetryGeneration?: Generation;
  /** From {@link checkKvConfig}. */
  readonly config: KvConfig;
  readonly clock: StepClock;
  /** Wall time in milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Receives events at the end of the step that they belong to. */
  readonly emit: KvEventSink;
  /** Receives what each step has changed: with `saved`, all that a restart needs. @defaultValue nobody does */
  readonly persist?: KvRecordSink;
  /** Hears of each entry of another node that the shared map takes. @defaultValue nobody does */
  readonly onMerged?: (dot: Dot) => void;
  readonly saved?: SavedState;
}

/** All state that a node gossips: the lanes, and the changes in all of them. Messages and timers are others' work. */
export class KvState {
  readonly shared: SharedLane;
  readonly owned: OwnedLane;
  readonly telemetry: OwnedLane;
  readonly #feed: ChangeFeed = new ChangeFeed();
  readonly #dead: DeadStreams;
  #own: StreamOwner;
  #telemetryGeneration: Generation;

  constructor(parts: KvStateParts) {
    const { own, telemetryGeneration, config, clock, wallMs, emit, persist, onMerged, saved } = parts;
    const common = { own, config, clock, wallMs, emit, feed: this.#feed };
    const stored = { ...common, ...(persist !== undefined && { persist }) };
    this.#own = own;
    this.#telemetryGeneration = telemetryGeneration ?? own.generation;
    const watched = { ...stored, ...(onMerged !== undefined && { onMerged }) };
    this.shared = new SharedLane({ ...watched, ...(saved !== undefined && { saved: saved.shared }) });
    this.owned = new OwnedLane({ ...stored, lane: 1, ...(saved !== undefined && { saved: saved.owned }) });
    const telemetryOwner = { node: own.node, generation: this.#telemetryGeneration };
    this.telemetry = new OwnedLane({ ...common, own: telemetryOwner, lane: 2 });
    this.#dead = new DeadStreams(this.shared, clock, config, own.node);
  }

  /** This node and its present generation; that of its telemetry may be later. */
  get own(): StreamOwner {
    return this.#own;
  }

  /** When {@link expire} has something to do; `Infinity` for never. */
  get nextExpiryMs(): number {
    return Math.min(this.shared.nextExpiryMs, this.owned.nextExpiryMs, this.telemetry.nextExpiryMs);
  }

  /** The present state, then changes. `onReady` is called at the end of a step, when a reader that has taken all gets more. */
  watch(filter: WatchFilter, onReady: () => void): Watch {
    return this.#feed.watch(filter, () => this.#items(filter), onReady);
  }

  /** Entries whose life is over show no value any longer. */
  expire(): void {
    for (const lane of [this.shared, this.owned, this.telemetry]) lane.expire();
  }

  /** Forgets deletions that are old enough, or that all live members have seen when there are many. Says how many. */
  collect(isSeenByAll?: (dot: Dot) => boolean): number {
    return this.shared.collect(isSeenByAll) + this.owned.collect() + this.telemetry.collect();
  }

  /**
   * Sees to the streams of members that are gone or restarted. `members` were not reaped; `successors` among them are live
   * and take part.
   */
  tendDeadStreams(members: ReadonlySet<string>, successors: ReadonlySet<string> = members): DeadStreamWork {
    return this.#dead.run(members, successors);
  }

  /** The member was reaped: what it owns is shown no longer. What it wrote to the shared map stays. */
  forgetMember(node: string): void {
    this.owned.forgetMember(node);
    this.telemetry.forgetMember(node);
  }

  /** Goes on in new streams: when peers know more of ours than we do, or have given us up. */
  openGeneration(generation: Generation): void {
    this.#own = { node: this.#own.node, generation };
    // Owned keys first: should a crash come between, the new generation is not stored without them.
    this.owned.openStream(generation);
    const before = this.#telemetryGeneration;
    this.#telemetryGeneration = generation > before ? generation : newGeneration(generationMs(before) + 1, 0);
    this.telemetry.openStream(this.#telemetryGeneration);
    this.shared.openStream(generation);
  }

  /** All that must not be forgotten. */
  save(): SavedState {
    return { own: this.#own, shared: this.shared.save(), owned: this.owned.save() };
  }

  *#items({ lane, owner }: WatchFilter): Generator<KvItem> {
    if (lane === undefined || lane === 0) {
      for (const entry of this.shared.list()) yield { entry, owner: undefined };
    }
    for (const [number, owned] of [
      [1, this.owned],
      [2, this.telemetry],
    ] as const) {
      if (lane !== undefined && lane !== number) continue;
      for (const node of owner === undefined ? owned.nodes() : [owner]) {
        for (const entry of owned.list(node)) yield { entry, owner: node };
      }
    }
  }
}
