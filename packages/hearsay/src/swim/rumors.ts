import { ByteWriter, type StepClock } from '../util/index.ts';
import { encodeAlive, encodeDead, encodeSuspect, type Alive, type Dead, type Suspect } from '../wire/index.ts';
import type { BroadcastQueue, QueuedHow } from './broadcast-queue.ts';
import type { Copies } from './copies.ts';
import { swimLimits } from './limits.ts';
import type { Member } from './member.ts';
import { rumorMaxBytes } from './packet-budget.ts';
import { RecentNames } from './recent-names.ts';
import type { SwimRules } from './rules.ts';

/** How soon a rumor wants to go: at its tick with whatever there is, at once when nothing else waits, or at once. */
export type Haste = 'patient' | 'prompt' | 'urgent';

/** What {@link Rumors} are made of. */
export interface RumorsParts {
  readonly queue: BroadcastQueue;
  readonly rules: SwimRules;
  readonly copies: Pick<Copies, 'saving'>;
  readonly clock: StepClock;
  /** Hears that there is something to gossip. */
  readonly onQueued: (haste: Haste) => void;
}

/** How many times fewer copies of an accusation and of a denial are enough where nobody is left out. */
const disputeDivisor = 3;
/** Of one accusation more, where nobody is left out and where somebody may be. */
const confirmationDivisor = 5;
const chanceConfirmationDivisor = 2;

/**
 * Puts membership rumors into the broadcast queue. Each is named for the member it is about, so the latest word on a
 * member replaces what was queued before.
 *
 * A member that was accused and came back is unsettled for a while. What is said of it then is soon out of date, and is
 * worth no more packets than memberlist has for it.
 */
export class Rumors {
  readonly #queue: BroadcastQueue;
  readonly #areDisputesBrief: boolean;
  /** Who missed a denial asks the suspect before its verdict. */
  readonly #isSuspectAsked: boolean;
  readonly #copies: Pick<Copies, 'saving'>;
  readonly #onQueued: (haste: Haste) => void;
  readonly #unsettled: RecentNames;
  readonly #writer: ByteWriter = new ByteWriter(256);

  constructor({ queue, rules, copies, clock, onQueued }: RumorsParts) {
    this.#queue = queue;
    this.#areDisputesBrief = rules.briefDisputes;
    this.#isSuspectAsked = rules.reassertion;
    this.#copies = copies;
    this.#onQueued = onQueued;
    this.#unsettled = new RecentNames(clock, swimLimits.unsettledMs, swimLimits.unsettledMax);
  }

  /** A denial is not sent so often that each member hears of it. */
  get areDenialsFew(): boolean {
    return this.#areDisputesBrief && this.#isSuspectAsked && this.#canBeFewer;
  }

  /** `onDone` hears that the rumor was sent often enough, or replaced. */
  spreadAlive(alive: Alive, onDone?: () => void): void {
    this.#spread(alive.node, this.encodeAlive(alive), 'prompt', undefined, onDone);
  }

  /** A member that was taken for dead is back. */
  spreadReturn(alive: Alive): void {
    const wasUnsettled = this.#unsettled.has(alive.node);
    this.#spread(alive.node, this.encodeAlive(alive), 'prompt', wasUnsettled ? this.#inDispute() : undefined);
    this.#unsettled.note(alive.node);
  }

  /** A suspect is well. Who misses that is told once more before it takes the suspect for dead. */
  spreadRefutation(alive: Alive): void {
    this.#unsettled.note(alive.node);
    this.#spread(alive.node, this.encodeAlive(alive), 'prompt', this.#inDispute());
  }

  spreadSuspect(suspect: Suspect): void {
    this.#spread(suspect.node, this.encodeSuspect(suspect), 'prompt', this.#inDispute());
  }

  /** One more accuses. Who misses that hears of others: a few are enough, whosever. */
  spreadConfirmation(suspect: Suspect): void {
    const copiesDivisor = this.#canBeFewer ? confirmationDivisor : chanceConfirmationDivisor;
    const how = this.#areDisputesBrief ? { copiesDivisor, isAddition: true } : undefined;
    this.#spread(suspect.node, this.encodeSuspect(suspect), 'prompt', how);
  }

  /** Of a death no copy is saved: where somebody died others may be in trouble, and those a ring goes through as well. */
  spreadDead(dead: Dead, onDone?: () => void): void {
    this.#spread(dead.node, this.encodeDead(dead), 'urgent', { copiesDivisor: this.#copies.saving }, onDone);
  }

  encodeAlive(alive: Alive): Uint8Array {
    this.#writer.reset();
    encodeAlive(this.#writer, alive);
    return this.#writer.copy();
  }

  encodeSuspect(suspect: Suspect): Uint8Array {
    this.#writer.reset();
    encodeSuspect(this.#writer, suspect);
    return this.#writer.copy();
  }

  encodeDead(dead: Dead): Uint8Array {
    this.#writer.reset();
    encodeDead(this.#writer, dead);
    return this.#writer.copy();
  }

  /** What is said in passing may be sent less often still: where copies are saved, nobody is left out. */
  get #canBeFewer(): boolean {
    return this.#copies.saving < 1;
  }

  #inDispute(): QueuedHow | undefined {
    return this.areDenialsFew ? { copiesDivisor: disputeDivisor } : undefined;
  }

  #spread(name: string, message: Uint8Array, haste: Haste, how?: QueuedHow, onDone?: () => void): void {
    // No packet has room for it, so it would never leave the queue, and what can be sent would make room for it.
    if (message.length > rumorMaxBytes) return this.#queue.refuse(onDone);
    const isPatient = this.#unsettled.has(name);
    this.#queue.queueNamed(name, message, onDone, { ...how, isPatient });
    this.#onQueued(isPatient ? 'patient' : haste);
  }
}

/** What an alive message says of `member`. */
export function aliveOf(member: Pick<Member, 'name' | 'addr' | 'port' | 'meta' | 'vsn' | 'incarnation'>): Alive {
  return {
    incarnation: member.incarnation,
    node: member.name,
    addr: member.addr,
    port: member.port,
    meta: member.meta,
    vsn: member.vsn,
  };
}
