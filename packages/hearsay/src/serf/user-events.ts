import { ByteWriter, ClusterError, copyBytes, isSameBytes } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEvent } from './events.ts';
import type { EventWatcher } from './host.ts';
import type { LamportClock } from './lamport-clock.ts';
import { serfLimits } from './limits.ts';
import { encodeUserEvent } from './message-codec.ts';
import type { LamportTime, UserEventMessage, UserEventSlot } from './messages.ts';
import { stateLimits } from './state-limits.ts';
import type { SerfCounters } from './stats.ts';

type KnownEvent = UserEventSlot['events'][number];

/** The events of one Lamport time. */
interface Slot {
  readonly ltime: LamportTime;
  readonly events: KnownEvent[];
  sizeBytes: number;
}

/** What {@link UserEvents} is made of. */
export interface UserEventsParts {
  readonly config: SerfConfig;
  readonly clock: LamportClock;
  /** Events before this Lamport time are not looked at: 0, or the snapshot's value plus one. */
  readonly minTime: LamportTime;
  readonly raise: (event: SerfEvent) => void;
  /** Puts a new event of our own onto the queue. */
  readonly spread: (message: Uint8Array, event: UserEventMessage) => void;
  readonly counters: SerfCounters;
  readonly watcher?: EventWatcher | undefined;
}

const nothing = new Uint8Array(0);

/**
 * User events: each is told to the user once, remembered for a window of Lamport times and handed to newcomers.
 *
 * Bounded in number and bytes, for each Lamport time and in all. When it is full, the oldest Lamport time is forgotten
 * and so are all before it, for one that is forgotten could not be told from a new one.
 */
export class UserEvents {
  readonly #config: SerfConfig;
  readonly #clock: LamportClock;
  readonly #raise: (event: SerfEvent) => void;
  readonly #spread: UserEventsParts['spread'];
  readonly #counters: SerfCounters;
  readonly #watcher: EventWatcher | undefined;
  /** By Lamport time modulo the size of the window. */
  readonly #slots: Map<number, Slot> = new Map();
  #minTime: LamportTime;
  #eventCount: number = 0;
  #sizeBytes: number = 0;

  constructor(parts: UserEventsParts) {
    this.#config = parts.config;
    this.#clock = parts.clock;
    this.#minTime = parts.minTime;
    this.#raise = parts.raise;
    this.#spread = parts.spread;
    this.#counters = parts.counters;
    this.#watcher = parts.watcher;
  }

  /** Lamport times below this are not looked at. */
  get minTime(): LamportTime {
    return this.#minTime;
  }

  /** Events that are remembered. */
  get count(): number {
    return this.#eventCount;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** What is remembered, for newcomers. */
  get slots(): readonly UserEventSlot[] {
    return [...this.#slots.values()];
  }

  /**
   * Returns its Lamport time.
   *
   * @throws `ClusterError` `ERR_EVENT_TOO_LARGE`
   */
  fire(name: string, payload: Uint8Array, coalesce: boolean): LamportTime {
    const plainBytes = utf8Length(name) + payload.length;
    const limitBytes = this.#config.userEventMaxBytes;
    insistOnLimit(plainBytes, limitBytes, 'user event', 'before encoding');
    const writer = new ByteWriter(plainBytes + 64);
    const event = { ltime: this.#clock.time, name, payload: copyBytes(payload), coalesce };
    encodeUserEvent(writer, event);
    insistOnLimit(writer.length, limitBytes, 'encoded user event', 'after encoding');
    this.#counters.userEventsSent += 1;
    this.#clock.increment();
    this.#take(event, true);
    this.#spread(writer.copy(), event);
    return event.ltime;
  }

  /** Takes over `event` and its payload. True: it is news, to be passed on. */
  receive(event: UserEventMessage): boolean {
    return this.#take(event, false);
  }

  /** What was sent before `ltime` is of no interest. */
  ignoreBefore(ltime: LamportTime): void {
    this.#minTime = Math.max(this.#minTime, ltime);
  }

  #take(event: UserEventMessage, isOwn: boolean): boolean {
    this.#counters.userEventsReceived += 1;
    const { ltime } = event;
    if (!this.#clock.witness(ltime)) {
      this.#counters.clockJumpsRefused += 1;
      return false;
    }
    if (ltime < this.#minTime || ltime < this.#clock.time - this.#config.eventBufferSize) {
      this.#counters.userEventsTooOld += 1;
      return false;
    }
    if (!this.#remember(event)) return false;
    this.#watcher?.heard(event, isOwn);
    this.#counters.userEventsDelivered += 1;
    const { name, payload, coalesce } = event;
    // A copy: what is remembered here must stay as it came, whatever the user does with it.
    this.#raise({ type: 'user', name, payload: copyBytes(payload ?? nothing), ltime, coalesce });
    return true;
  }

  #remember(event: UserEventMessage): boolean {
    const { ltime, name, payload } = event;
    const plainBytes = utf8Length(name) + (payload?.length ?? 0);
    if (plainBytes > serfLimits.userEventMaxBytes) return this.#refuse();
    const slot = this.#slotOf(ltime);
    if (slot.events.some((known) => known.name === name && isSameBytes(known.payload, payload))) {
      this.#counters.userEventsDuplicate += 1;
      this.#watcher?.repeated(event);
      return false;
    }
    const costBytes = plainBytes + stateLimits.eventOverheadBytes;
    const isFull = slot.sizeBytes + costBytes > stateLimits.slotMaxBytes;
    if (isFull || slot.events.length >= serfLimits.eventsPerTimeMax) return this.#refuse();
    slot.events.push({ name, payload });
    slot.sizeBytes += costBytes;
    this.#eventCount += 1;
    this.#sizeBytes += costBytes;
    while (this.#eventCount > serfLimits.pushPullEventsMax || this.#sizeBytes > stateLimits.eventsMaxBytes) {
      this.#forgetOldest();
    }
    return true;
  }

  #refuse(): false {
    this.#counters.userEventsRefused += 1;
    return false;
  }

  /** The slot of `ltime`; another time's makes room, which the window says is too old by now. */
  #slotOf(ltime: LamportTime): Slot {
    const index = ltime % this.#config.eventBufferSize;
    const known = this.#slots.get(index);
    if (known !== undefined && known.ltime === ltime) return known;
    if (known !== undefined) this.#forget(index, known);
    const slot: Slot = { ltime, events: [], sizeBytes: 0 };
    this.#slots.set(index, slot);
    return slot;
  }

  #forgetOldest(): void {
    const [index, slot] = [...this.#slots].reduce((oldest, entry) =>
      entry[1].ltime < oldest[1].ltime ? entry : oldest,
    );
    this.#forget(index, slot);
    this.#counters.userEventTimesForgotten += 1;
    this.ignoreBefore(slot.ltime + 1);
  }

  #forget(index: number, slot: Slot): void {
    this.#slots.delete(index);
    this.#eventCount -= slot.events.length;
    this.#sizeBytes -= slot.sizeBytes;
  }
}

function insistOnLimit(sizeBytes: number, limitBytes: number, what: string, when: string): void {
  if (sizeBytes <= limitBytes) return;
  throw new ClusterError(
    'ERR_EVENT_TOO_LARGE',
    `${what} exceeds configured limit of ${limitBytes} bytes ${when} (it takes ${sizeBytes})`,
  );
}
