import { assert, ClusterError } from '../util/index.ts';
import { swimLimits } from './limits.ts';

/** One message on its way out, as {@link BroadcastQueue.entries} shows it. */
export interface QueuedBroadcast {
  /** Whom or what it is about; undefined for broadcasts without a name. */
  readonly name: string | undefined;
  readonly message: Uint8Array;
  readonly transmitCount: number;
}

/** How a message waits. */
export interface QueuedHow {
  /** Does not count as something for which a round of gossip would send more packets. Default: false. */
  readonly isPatient?: boolean;
  /**
   * So many times fewer copies are enough for it than for others, rounded up: {@link copiesDivisorMax} at most; below 1 it
   * takes more. Default: 1.
   */
  readonly copiesDivisor?: number;
  /** It is sent as often as what it replaces still would be, if that is more. Default: false. */
  readonly isAddition?: boolean;
}

/** See {@link QueuedHow.copiesDivisor}. */
export const copiesDivisorMax = 5;

/** How much a {@link BroadcastQueue} may hold. */
export interface BroadcastQueueLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

interface Entry extends QueuedBroadcast {
  transmitCount: number;
  /** Was sent where it has to be, see the constructor. */
  isAssured: boolean;
  /** Order of submission, or the reverse: those with a higher one come first. */
  readonly sequence: number;
  /** Neither named nor unique: a later broadcast of its kind may invalidate it. */
  readonly isPlain: boolean;
  readonly isPatient: boolean;
  readonly copiesDivisor: number;
  readonly onFinished: (() => void) | undefined;
  readonly onSent: (() => void) | undefined;
}

const defaultLimits: BroadcastQueueLimits = {
  maxEntries: swimLimits.queueMaxEntries,
  maxBytes: swimLimits.queueMaxBytes,
};

/**
 * Messages that ride on packets until each was sent often enough (memberlist `TransmitLimitedQueue`).
 *
 * Order: fewest transmits first; among those the longest, to fill packets well; among those the newest, whose news is
 * the freshest, or on demand the oldest. Messages of one transmit count form a tier, a sorted array with the next to be
 * sent at its end: taking is mostly a pop, and moving on to the next tier a binary search and one move of pointers.
 *
 * Bounded: when it is full the last in order makes room. `onFinished` is called once for each broadcast, when it was
 * sent often enough, was replaced or was dropped; it may add to the queue but not take from it. `onSent` is called at each
 * transmit, and may do neither.
 */
export class BroadcastQueue {
  readonly #transmitLimit: () => number;
  readonly #limits: BroadcastQueueLimits;
  readonly #mustBeAssured: boolean;
  readonly #isOldestFirst: boolean;
  /** By transmit count. */
  readonly #tiers: Entry[][] = [];
  readonly #byName: Map<string, Entry> = new Map();
  #count: number = 0;
  #queuedBytes: number = 0;
  #plainCount: number = 0;
  #patientCount: number = 0;
  #patientBytes: number = 0;
  #sequence: number = 0;
  #droppedCount: number = 0;
  /** What {@link takeAside} has taken; empty after {@link putBack}. */
  readonly #taken: Entry[] = [];

  /**
   * @param transmitLimit - how often a message is sent, asked at each {@link take}; at least once whatever it says
   * @param mustBeAssured - messages stay until one of the transmits was one to whom it has to go, see {@link putBack}
   * @param isOldestFirst - of messages of one length the oldest comes first, so that none waits for long while there are
   * too many
   */
  constructor(
    transmitLimit: () => number,
    limits: BroadcastQueueLimits = defaultLimits,
    mustBeAssured: boolean = false,
    isOldestFirst: boolean = false,
  ) {
    this.#transmitLimit = transmitLimit;
    this.#limits = limits;
    this.#mustBeAssured = mustBeAssured;
    this.#isOldestFirst = isOldestFirst;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of all queued messages, without what it costs to pack them. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Those of {@link count} that are not patient. */
  get pressingCount(): number {
    return this.#count - this.#patientCount;
  }

  /** Those of {@link queuedBytes} that are not of patient messages. */
  get pressingBytes(): number {
    return this.#queuedBytes - this.#patientBytes;
  }

  /** How many broadcasts were dropped because the queue was full, or refused. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Adds news about `name`, which replaces what is queued about it. The queue keeps `message` as it is. */
  queueNamed(name: string, message: Uint8Array, onFinished?: () => void, how: QueuedHow = {}): void {
    const replaced = this.#byName.get(name);
    this.#add(name, message, false, replaced === undefined ? [] : [replaced], onFinished, undefined, how);
  }

  /** Counts a broadcast that may not wait here as dropped, and so ends it. */
  refuse(onFinished?: () => void): void {
    this.#droppedCount += 1;
    onFinished?.();
  }

  /** Adds a message that replaces nothing and is never replaced. The queue keeps `message` as it is. */
  queueUnique(message: Uint8Array, onFinished?: () => void, onSent?: () => void): void {
    this.#add(undefined, message, false, [], onFinished, onSent);
  }

  /**
   * Adds a message of which a later one may say that it is out of date, as `invalidates` says of those that are queued.
   * Looks at the whole queue while such messages are in it. The queue keeps `message` as it is.
   */
  queuePlain(message: Uint8Array, invalidates: (queued: Uint8Array) => boolean, onFinished?: () => void): void {
    const plain = this.#plainCount === 0 ? [] : this.#inOrder().filter((entry) => entry.isPlain);
    const replaced = plain.filter((entry) => invalidates(entry.message));
    this.#add(undefined, message, true, replaced, onFinished, undefined);
  }

  /**
   * Appends to `out` the messages that fit into `limitBytes`, where each costs `overheadBytes` beside its length, and
   * counts a transmit for each. Those that were sent often enough leave the queue.
   *
   * @returns the bytes used, overheads included
   */
  take(overheadBytes: number, limitBytes: number, out: Uint8Array[]): number {
    assert(this.#taken.length === 0, 'a broadcast that is finished takes nothing from its queue');
    const usedBytes = this.takeAside(overheadBytes, limitBytes, out);
    this.putBack();
    return usedBytes;
  }

  /**
   * As {@link take}, for one of several packets to one receiver: what is taken is not taken again, and its transmit not
   * counted, before {@link putBack}.
   */
  takeAside(overheadBytes: number, limitBytes: number, out: Uint8Array[]): number {
    if (this.#count === 0) return 0;
    const takenBefore = this.#taken.length;
    let usedBytes = 0;
    for (const tier of this.#tiers) usedBytes = this.#takeFrom(tier, overheadBytes, limitBytes, usedBytes);
    for (let index = takenBefore; index < this.#taken.length; index++) out.push(this.#taken[index]!.message);
    return usedBytes;
  }

  /**
   * Counts a transmit for each that was taken aside; with `isAssured` to somebody to whom it has to go. `transmits` is 0
   * when the same are to be taken for the next receiver as well, and counts them all after the last.
   */
  putBack(isAssured: boolean = false, transmits: number = 1): void {
    if (this.#taken.length > 0) this.#countTransmits(isAssured, transmits);
  }

  /** How often a message is sent, as things stand. */
  get transmitLimit(): number {
    return this.#transmitLimit();
  }

  /** Ends those that were sent as often as that: it may have been more when they were. */
  finishSent(): void {
    const limit = this.transmitLimit;
    for (let count = Math.ceil(limit / copiesDivisorMax); count < this.#tiers.length; count++) {
      const tier = this.#tiers[count]!;
      if (tier.length > 0) this.#finish(tier.filter((entry) => this.#isFinished(entry, limit)));
    }
  }

  /** Drops from the end of the order until `keepCount` remain. */
  prune(keepCount: number): void {
    while (this.#count > keepCount) this.#removeLast().onFinished?.();
  }

  /** Drops everything. */
  reset(): void {
    this.#finish(this.#inOrder());
  }

  /** What is queued, the next to be sent first. A copy, for people to look at. */
  entries(): readonly QueuedBroadcast[] {
    return this.#inOrder();
  }

  #add(
    name: string | undefined,
    message: Uint8Array,
    isPlain: boolean,
    replaced: readonly Entry[],
    onFinished: (() => void) | undefined,
    onSent: (() => void) | undefined,
    { isPatient = false, copiesDivisor = 1, isAddition = false }: QueuedHow = {},
  ): void {
    const { maxEntries, maxBytes } = this.#limits;
    if (message.length > maxBytes) {
      throw new ClusterError('ERR_MESSAGE_TOO_LARGE', `broadcast is ${message.length} bytes, the limit is ${maxBytes}`);
    }
    assert(copiesDivisor <= copiesDivisorMax, 'no message is ended later than finishSent looks for it');
    for (const entry of replaced) this.#remove(entry);
    const dropped: Entry[] = [];
    while (this.#count >= maxEntries || this.#queuedBytes + message.length > maxBytes) dropped.push(this.#removeLast());
    this.#droppedCount += dropped.length;
    // Counting starts again with each empty queue, so that the numbers stay small integers.
    this.#sequence = this.#count === 0 ? 0 : this.#sequence + 1;
    const takenOver = isAddition ? this.#hasMoreLeft(replaced[0], copiesDivisor) : undefined;
    this.#remember({
      name,
      message,
      transmitCount: takenOver?.transmitCount ?? 0,
      isAssured: false,
      sequence: this.#isOldestFirst ? -this.#sequence : this.#sequence,
      isPlain,
      isPatient,
      copiesDivisor: takenOver?.copiesDivisor ?? copiesDivisor,
      onFinished,
      onSent,
    });
    // Last of all, because whoever hears it may queue something.
    for (const entry of replaced) entry.onFinished?.();
    for (const entry of dropped) entry.onFinished?.();
  }

  /** `entry`, if it would still be sent more often than a new one with that divisor. */
  #hasMoreLeft(entry: Entry | undefined, copiesDivisor: number): Entry | undefined {
    if (entry === undefined) return undefined;
    const limit = this.#transmitLimit();
    const left = copiesOf(limit, entry.copiesDivisor) - entry.transmitCount;
    return left > copiesOf(limit, copiesDivisor) ? entry : undefined;
  }

  #remember(entry: Entry): void {
    if (isNamed(entry)) this.#byName.set(entry.name, entry);
    if (entry.isPlain) this.#plainCount += 1;
    this.#count += 1;
    this.#queuedBytes += entry.message.length;
    if (entry.isPatient) {
      this.#patientCount += 1;
      this.#patientBytes += entry.message.length;
    }
    this.#insert(entry);
  }

  /** Moves from `tier` to the taken ones what still fits, and returns the bytes used by now. */
  #takeFrom(tier: Entry[], overheadBytes: number, limitBytes: number, usedBefore: number): number {
    let usedBytes = usedBefore;
    let candidateCount = tier.length;
    while (candidateCount > 0) {
      const freeBytes = limitBytes - usedBytes - overheadBytes;
      if (freeBytes <= 0) break;
      // Those after it are too long by now, and what is free only shrinks.
      candidateCount = countUpTo(tier, freeBytes, candidateCount);
      if (candidateCount === 0) break;
      candidateCount -= 1;
      const entry = tier[candidateCount]!;
      removeAt(tier, candidateCount);
      this.#taken.push(entry);
      usedBytes += overheadBytes + entry.message.length;
    }
    return usedBytes;
  }

  /** Puts what was taken back one tier further: only now, so that nothing is chosen twice for one packet. */
  #countTransmits(isAssured: boolean, transmits: number): void {
    const transmitLimit = this.#transmitLimit();
    const taken = this.#taken;
    for (const entry of taken) {
      entry.transmitCount += transmits;
      entry.isAssured ||= isAssured;
      entry.onSent?.();
      if (this.#isFinished(entry, transmitLimit)) this.#forget(entry);
      else this.#insert(entry);
    }
    for (const entry of taken) if (this.#isFinished(entry, transmitLimit)) entry.onFinished?.();
    taken.length = 0;
  }

  #isFinished(entry: Entry, transmitLimit: number): boolean {
    const isSent = entry.transmitCount >= copiesOf(transmitLimit, entry.copiesDivisor);
    return isSent && (entry.isAssured || !this.#mustBeAssured);
  }

  #insert(entry: Entry): void {
    while (this.#tiers.length <= entry.transmitCount) this.#tiers.push([]);
    const tier = this.#tiers[entry.transmitCount]!;
    const index = placeOf(tier, entry);
    if (index === tier.length) tier.push(entry);
    else tier.splice(index, 0, entry);
  }

  #remove(entry: Entry): void {
    const tier = this.#tiers[entry.transmitCount]!;
    const index = placeOf(tier, entry);
    assert(tier[index] === entry, 'a queued broadcast stands in the tier of its transmit count');
    removeAt(tier, index);
    this.#forget(entry);
  }

  #finish(entries: readonly Entry[]): void {
    for (const entry of entries) this.#remove(entry);
    for (const entry of entries) entry.onFinished?.();
  }

  #removeLast(): Entry {
    const last = this.#tiers.findLast((tier) => tier.length > 0)![0]!;
    this.#remove(last);
    return last;
  }

  /** Forgets an entry that is in no tier any more. */
  #forget(entry: Entry): void {
    if (isNamed(entry)) this.#byName.delete(entry.name);
    if (entry.isPlain) this.#plainCount -= 1;
    this.#count -= 1;
    this.#queuedBytes -= entry.message.length;
    if (entry.isPatient) {
      this.#patientCount -= 1;
      this.#patientBytes -= entry.message.length;
    }
  }

  #inOrder(): Entry[] {
    return this.#tiers.flatMap((tier) => tier.toReversed());
  }
}

function copiesOf(transmitLimit: number, copiesDivisor: number): number {
  return Math.ceil(transmitLimit / copiesDivisor);
}

/** An empty name is none: such broadcasts do not replace each other. */
function isNamed(entry: Entry): entry is Entry & { readonly name: string } {
  return entry.name !== undefined && entry.name !== '';
}

/** How many of the first `count` entries of a tier are at most `lengthBytes` long. */
function countUpTo(tier: readonly Entry[], lengthBytes: number, count: number): number {
  if (tier[count - 1]!.message.length <= lengthBytes) return count;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tier[middle]!.message.length <= lengthBytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where `entry` stands in its tier, or would stand: shorter ones come before it, and older ones of its length. */
function placeOf(tier: readonly Entry[], entry: Entry): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSentAfter(tier[middle]!, entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isSentAfter(a: Entry, b: Entry): boolean {
  const lengthDifference = a.message.length - b.message.length;
  return lengthDifference < 0 || (lengthDifference === 0 && a.sequence < b.sequence);
}

function removeAt(tier: Entry[], index: number): void {
  if (index === tier.length - 1) tier.pop();
  else tier.splice(index, 1);
}
