import type { Address, StepClock } from '../util/index.ts';
import { traceLimits } from './limits.ts';
import type { RumorKey } from './rumor-key.ts';

/**
 * How a rumor first came: born here, with gossip, pulled by this member, or with a comparison of whole states. The order is
 * that of the numbers on the wire.
 */
export const heardVias = ['own', 'gossip', 'pull', 'push-pull', 'anti-entropy'] as const;

/** One of the {@link heardVias}. */
export type HeardVia = (typeof heardVias)[number];

/** That a rumor was heard here for the first time, and what became of it. */
export class Hearing {
  readonly key: RumorKey;
  readonly atMs: number;
  readonly via: HeardVia;
  /** Who told it: a member's name, or where the packet came from; undefined when that cannot be known. */
  readonly from: Address | string | undefined;
  /** Messages that waited here to be passed on when it came. */
  readonly queuedCount: number;
  /** Copies that came with gossip, the first one included. */
  copyCount: number = 0;
  /** How often it was passed on, and when first. */
  sendCount: number = 0;
  firstSentAtMs: number | undefined;
  /** It no longer waits to be passed on: that was done often enough, or it had to make room. */
  isGone: boolean = false;
  readonly #clock: StepClock;

  constructor(clock: StepClock, key: RumorKey, via: HeardVia, from: Address | string | undefined, queuedCount: number) {
    this.#clock = clock;
    this.key = key;
    this.atMs = clock.nowMs;
    this.via = via;
    this.from = from;
    this.queuedCount = queuedCount;
  }

  /** It was passed on to somebody. */
  onSent(): void {
    this.sendCount += 1;
    this.firstSentAtMs ??= this.#clock.nowMs;
  }

  onGone(): void {
    this.isGone = true;
  }
}

/**
 * Remembers, within bounds, of each rumor when it was first heard, from whom, and how it went on. Nothing depends on it.
 *
 * Always on: an announcement before a traced rumor would miss the very members whose lateness is to be explained. A rumor
 * costs one entry and each further copy one look into a map, beside a packet that had to be read anyway.
 */
export class RumorLog {
  readonly #clock: StepClock;
  readonly #queuedCount: () => number;
  /** The oldest first. */
  readonly #hearings: Map<RumorKey, Hearing> = new Map();
  #keyBytes: number = 0;
  #via: HeardVia = 'gossip';
  #from: Address | string | undefined;
  #forgottenUntilMs: number = -Infinity;
  #unpaidAtMs: number = -Infinity;

  /** @param queuedCount - messages of all kinds that wait to be passed on now */
  constructor(clock: StepClock, queuedCount: () => number) {
    this.#clock = clock;
    this.#queuedCount = queuedCount;
  }

  get count(): number {
    return this.#hearings.size;
  }

  /** What came at this instant or before may have been forgotten; -Infinity while all is remembered. */
  get forgottenUntilMs(): number {
    return this.#forgottenUntilMs;
  }

  /** When something could last not be passed on because the bytes for state were used up; -Infinity for never. */
  get unpaidAtMs(): number {
    return this.#unpaidAtMs;
  }

  /** What is heard from now on came this way. */
  comesBy(via: HeardVia, from: Address | string | undefined): void {
    this.#via = via;
    this.#from = from;
  }

  /** News. */
  heard(key: RumorKey): Hearing {
    const hearing = this.#remember(key, this.#via, this.#from);
    if (this.#via === 'gossip') hearing.copyCount = 1;
    return hearing;
  }

  /** Another copy of what was heard before. */
  repeated(key: RumorKey): void {
    const hearing = this.#hearings.get(key);
    if (hearing !== undefined && this.#via === 'gossip') hearing.copyCount += 1;
  }

  /** What is about to be passed on; it is this node's own unless it was heard. */
  passing(key: RumorKey): Hearing {
    return this.#hearings.get(key) ?? this.#remember(key, 'own', undefined);
  }

  find(key: RumorKey): Hearing | undefined {
    return this.#hearings.get(key);
  }

  /** Something had to wait because the bytes for state are used up. */
  onUnpaid(): void {
    this.#unpaidAtMs = this.#clock.nowMs;
  }

  #remember(key: RumorKey, via: HeardVia, from: Address | string | undefined): Hearing {
    const hearing = new Hearing(this.#clock, key, via, from, this.#queuedCount());
    const { rumorsMax, keysMaxBytes, keyMaxLength } = traceLimits;
    if (key.length > keyMaxLength) return hearing;
    this.#hearings.set(key, hearing);
    this.#keyBytes += key.length;
    while (this.#hearings.size > rumorsMax || this.#keyBytes > keysMaxBytes) this.#forgetOldest();
    return hearing;
  }

  #forgetOldest(): void {
    const [key, { atMs }] = this.#hearings.entries().next().value!;
    this.#hearings.delete(key);
    this.#keyBytes -= key.length;
    this.#forgottenUntilMs = atMs;
  }
}
