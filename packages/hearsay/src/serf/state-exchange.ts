import { ByteReader, ByteWriter } from '../util/index.ts';
import type { LamportClock } from './lamport-clock.ts';
import type { MemberTable } from './member-table.ts';
import { SerfMessageType, type LamportTime, type SerfPushPull } from './messages.ts';
import { decodePushPull, encodePushPull } from './push-pull-codec.ts';
import type { SerfCounters } from './stats.ts';
import type { StatusMachine } from './status-machine.ts';
import type { UserEvents } from './user-events.ts';

/** What a {@link StateExchange} is made of. */
export interface StateExchangeParts {
  readonly selfName: string;
  readonly clock: LamportClock;
  readonly eventClock: LamportClock;
  readonly queryClock: LamportClock;
  readonly members: MemberTable;
  readonly statuses: StatusMachine;
  readonly userEvents: UserEvents;
  readonly counters: SerfCounters;
}

/** What part a push/pull has in what this node's user does. */
export interface ExchangeContext {
  /** The user joins the peer. */
  readonly isOwnJoin: boolean;
  /** And does not want to hear of events that the peer has seen already. */
  readonly ignoresOldEvents: boolean;
}

/** What travels with membership's push/pull: who has which status since when, and recent user events. */
export class StateExchange {
  readonly #parts: StateExchangeParts;
  readonly #reader: ByteReader = new ByteReader();
  readonly #writer: ByteWriter = new ByteWriter();

  constructor(parts: StateExchangeParts) {
    this.#parts = parts;
  }

  encodeOwn(): Uint8Array {
    const { selfName, clock, eventClock, queryClock, members, userEvents } = this.#parts;
    const statusLtimes = new Map<string, LamportTime>();
    const leftMembers: string[] = [];
    for (const { name, status, statusLtime } of members.all()) {
      // A peer reads times as those of joins. Should it hear of the time of this node's leave before the leave intent
      // itself, it would take that for old, and then see a failure.
      if (status === 'leaving' && name === selfName) continue;
      statusLtimes.set(name, statusLtime);
      if (status === 'left') leftMembers.push(name);
    }
    const writer = this.#writer;
    writer.reset();
    encodePushPull(writer, {
      ltime: clock.time,
      eventLtime: eventClock.time,
      queryLtime: queryClock.time,
      statusLtimes,
      leftMembers,
      events: userEvents.slots,
    });
    return writer.copy();
  }

  receive(bytes: Uint8Array, { isOwnJoin, ignoresOldEvents }: ExchangeContext): void {
    const { counters, eventClock, userEvents } = this.#parts;
    if (bytes[0] !== SerfMessageType.pushPull) {
      counters.messagesUnknown += 1;
      return;
    }
    this.#reader.reset(bytes, 1);
    const state = decodePushPull(this.#reader);
    if (this.#reader.failure !== undefined) {
      counters.messagesUnreadable += 1;
      return;
    }
    counters.stateEntriesPassedOver += state.passedOverCount;
    counters.statesReceived += 1;
    this.#moveClocks(state);
    this.#mergeStatuses(state, isOwnJoin);
    if (ignoresOldEvents) userEvents.ignoreBefore(Math.min(state.eventLtime, eventClock.time));
    this.#mergeEvents(state);
  }

  /**
   * A clock stands one after the last time that was seen. One that is implausibly far ahead is followed too, but only
   * by less than a message could have moved it: to take no notice would mean never to understand that peer again. Whom
   * the user joins is believed no more than others: further ahead than that, the pool would not understand this node.
   */
  #moveClocks({ ltime, eventLtime, queryLtime }: SerfPushPull): void {
    const { clock, eventClock, queryClock, counters } = this.#parts;
    const move = (own: LamportClock, time: LamportTime): void => {
      if (time === 0) return;
      if (!own.isPlausible(time - 1)) counters.clockJumpsRefused += 1;
      own.approach(time - 1);
    };
    move(clock, ltime);
    move(eventClock, eventLtime);
    move(queryClock, queryLtime);
  }

  /**
   * A leave that was seen counts as later than the status that came of it. Nothing of this is passed on.
   *
   * A time of this node's own status that it never gave comes of a leave that it has not heard of: who took that to heart
   * shows this node as leaving and tells the time without saying of what, and so the intent itself counts as old
   * wherever the time has come first. It is denied as the intent would be. Not in a join of its own, where the time
   * may be of this node's life before, and which ends with an announcement anyway.
   */
  #mergeStatuses({ statusLtimes, leftMembers }: SerfPushPull, isOwnJoin: boolean): void {
    const { statuses, selfName } = this.#parts;
    const left = new Set(leftMembers);
    for (const node of left) {
      statuses.receiveLeaveIntent({ ltime: (statusLtimes.get(node) ?? 0) + 1, node, prune: false });
    }
    for (const [node, ltime] of statusLtimes) {
      if (left.has(node)) continue;
      if (node === selfName && !isOwnJoin) statuses.receiveLeaveIntent({ ltime, node, prune: false });
      else statuses.receiveJoinIntent({ ltime, node });
    }
  }

  #mergeEvents({ events }: SerfPushPull): void {
    for (const slot of events) {
      for (const { name, payload } of slot.events) {
        this.#parts.userEvents.receive({ ltime: slot.ltime, name, payload, coalesce: false });
      }
    }
  }
}
