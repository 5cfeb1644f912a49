import type { Serf, SerfMember } from '../serf/index.ts';
import {
  suspicionConfirmationsMax,
  type MemberEvent,
  type MemberView,
  type Swim,
  type SwimConfig,
} from '../swim/index.ts';
import type { StepClock, TimerQueue } from '../util/index.ts';
import { Fingerprint } from '../views/index.ts';
import { toMarklessView } from './capability.ts';
import type { ClusterEvent } from './events.ts';
import type { StableViewConfig } from './stable-view/config.ts';
import { StableView, type StableBatch } from './stable-view/stable-view.ts';

/** What a stable view is made of. */
export interface StableViewLayerParts {
  readonly config: StableViewConfig;
  readonly swimConfig: SwimConfig;
  readonly swim: Swim;
  /** Undefined in a plain pool. A Serf pool knows who has left of its own will. */
  readonly serf: () => Serf | undefined;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly emit: (event: ClusterEvent) => void;
}

/** The members by which an application goes. */
export interface NodeStableView {
  /** The same at all members that have the same names in their views, whatever they heard on the way there. */
  readonly id: string;
  /** How many batches have been told here. */
  readonly number: number;
  readonly members: readonly (MemberView | SerfMember)[];
}

/** A {@link StableView} of what `swim` knows, and what it tells the user. */
export class StableViewLayer {
  readonly #parts: StableViewLayerParts;
  readonly #view: StableView;
  /** Of members that are gone and still in the view, as they were: membership may have forgotten them. */
  readonly #gone: Map<string, MemberView | SerfMember> = new Map();
  #number: number = 0;

  constructor(parts: StableViewLayerParts) {
    this.#parts = parts;
    const { config, swimConfig, swim, clock, timers } = parts;
    const { suspicionMult, suspicionConfirmations } = swimConfig;
    const host = {
      isLive: (name: string) => swim.members.get(name)?.isDeadOrLeft === false,
      liveCount: () => swim.members.liveCount,
      confirmationsMax: () => suspicionConfirmationsMax(suspicionMult, swim.members.count, suspicionConfirmations),
      onBatch: (batch: StableBatch) => this.#tell(batch),
    };
    this.#view = new StableView(host, config, clock, timers);
  }

  read(): NodeStableView {
    const names = this.#names();
    return { id: idOf(names), number: this.#number, members: names.map((name) => this.#viewOf(name)) };
  }

  start(): void {
    this.#view.start();
  }

  stop(): void {
    this.#view.stop();
  }

  onMemberEvent({ type, member }: MemberEvent): void {
    const { name } = member;
    switch (type) {
      case 'join':
        this.#gone.delete(name);
        return this.#view.onJoin(name);
      case 'leave':
      case 'failed': {
        this.#gone.set(name, this.#viewOf(name));
        const hasLeft = type === 'leave' || this.#parts.serf()?.member(name)?.status === 'left';
        this.#view.onGone(name, hasLeft ? 'left' : 'failed');
        if (!this.#view.lingering.has(name)) this.#gone.delete(name);
        return;
      }
      case 'update':
      case 'reap':
        return;
    }
  }

  onAccused(name: string, accuser: string): void {
    this.#view.onAccused(name, accuser);
  }

  onCleared(name: string): void {
    this.#view.onCleared(name);
  }

  #tell({ joined, left, failed, isCapped }: StableBatch): void {
    this.#number += 1;
    const toViews = (names: readonly string[]): (MemberView | SerfMember)[] => names.map((name) => this.#viewOf(name));
    const batch = { joined: toViews(joined), left: toViews(left), failed: toViews(failed), isCapped };
    for (const name of [...left, ...failed]) this.#gone.delete(name);
    const names = this.#names();
    const { emit } = this.#parts;
    emit({ type: 'members-changed', id: idOf(names), number: this.#number, memberCount: names.length, ...batch });
  }

  #names(): string[] {
    const names = [...this.#view.lingering.keys()];
    for (const member of this.#parts.swim.members.members) {
      if (!member.isDeadOrLeft && !this.#view.outside.has(member.name)) names.push(member.name);
    }
    return names;
  }

  #viewOf(name: string): MemberView | SerfMember {
    const { swim, serf } = this.#parts;
    const member = swim.members.get(name);
    return serf()?.member(name) ?? (member === undefined ? this.#gone.get(name)! : toMarklessView(member));
  }
}

function idOf(names: readonly string[]): string {
  const fingerprint = new Fingerprint();
  for (const name of names) fingerprint.toggle(name);
  return fingerprint.hex;
}
