/** A message that is spread as a rumor. */
export interface QueuedRumor {
  /** What it is about: a later rumor of the same replaces it. */
  readonly id: string;
  readonly lane: 0 | 1;
  /** The message as it is to be sent now: what has a limited life grows older while it waits. */
  readonly encode: () => Uint8Array;
  /** Hears of every time that it is sent, and when it does not wait any longer. */
  readonly passage?: { onSent(): void; onGone(): void } | undefined;
}

interface Item extends QueuedRumor {
  readonly sequence: number;
  /** When it may be sent first. */
  readonly readyAtMs: number;
  sends: number;
}

/** A packet is nearly full when so many rumors in a row did not fit. Chosen. */
const missesMax = 8;

/** How a {@link RumorQueue} is set up. */
export interface RumorQueueParts {
  readonly maxCount: number;
  /** How long a rumor waits for others, in milliseconds. */
  readonly batchWindowMs: number;
  /** How often each is sent; asked at every send. */
  readonly sendLimit: () => number;
}

/**
 * Rumors on their way out: those sent least often first, and of these the newest. Each is sent a limited number of times,
 * to whoever a packet goes to. When the queue is full the one sent most often makes room, then the oldest.
 */
export class RumorQueue {
  readonly #parts: RumorQueueParts;
  readonly #byId = new Map<string, Item>();
  /** By how often they were sent; each ascending by age of submission, the newest last. */
  readonly #tiers: Item[][] = [];
  #sequence: number = 0;
  #droppedCount: number = 0;

  constructor(parts: RumorQueueParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#byId.size;
  }

  /** How many found no room. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  get isFull(): boolean {
    return this.#byId.size >= this.#parts.maxCount;
  }

  /** Whether one may be sent now. */
  isReady(nowMs: number): boolean {
    return this.#tiers.some((tier) => tier.length > 0 && tier[0]!.readyAtMs <= nowMs);
  }

  /** Adds a rumor. */
  add(rumor: QueuedRumor, nowMs: number): void {
    const replaced = this.#byId.get(rumor.id);
    if (replaced !== undefined) this.#end(replaced);
    else if (this.isFull) this.#dropLast();
    this.#sequence += 1;
    const readyAtMs = nowMs + this.#parts.batchWindowMs;
    const item = { ...rumor, sequence: this.#sequence, readyAtMs, sends: 0 };
    this.#byId.set(item.id, item);
    this.#insert(item);
  }

  /**
   * Appends to `out` what fits into `limitBytes`, each message with `overheadBytes`, and is paid for.
   *
   * @returns whether something that would have fitted was not paid for
   */
  take(
    nowMs: number,
    overheadBytes: number,
    limitBytes: number,
    pay: (lane: 0 | 1, bytes: number) => boolean,
    out: Uint8Array[],
  ): boolean {
    const taken: Item[] = [];
    let leftBytes = limitBytes;
    let misses = 0;
    let isUnpaid = false;
    for (const tier of this.#tiers) {
      for (let index = tier.length - 1; index >= 0 && misses < missesMax; index -= 1) {
        const item = tier[index]!;
        if (item.readyAtMs > nowMs) continue;
        const message = item.encode();
        const bytes = message.length + overheadBytes;
        if (bytes > leftBytes) {
          misses += 1;
        } else if (!pay(item.lane, message.length)) {
          isUnpaid = true;
          misses += 1;
        } else {
          leftBytes -= bytes;
          out.push(message);
          taken.push(item);
        }
      }
    }
    for (const item of taken) this.#countSend(item);
    return isUnpaid;
  }

  clear(): void {
    this.#byId.clear();
    this.#tiers.length = 0;
  }

  #countSend(item: Item): void {
    this.#remove(item);
    item.sends += 1;
    item.passage?.onSent();
    if (item.sends >= this.#parts.sendLimit()) return item.passage?.onGone();
    this.#byId.set(item.id, item);
    this.#insert(item);
  }

  #insert(item: Item): void {
    while (this.#tiers.length <= item.sends) this.#tiers.push([]);
    const tier = this.#tiers[item.sends]!;
    tier.splice(placeOf(tier, item.sequence), 0, item);
  }

  #remove(item: Item): void {
    this.#byId.delete(item.id);
    const tier = this.#tiers[item.sends]!;
    tier.splice(placeOf(tier, item.sequence), 1);
  }

  #end(item: Item): void {
    this.#remove(item);
    item.passage?.onGone();
  }

  #dropLast(): void {
    const last = this.#tiers.findLast((tier) => tier.length > 0)![0]!;
    this.#end(last);
    this.#droppedCount += 1;
  }
}

/** Where an item of that sequence stands in a tier, or would stand. */
function placeOf(tier: readonly Item[], sequence: number): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tier[middle]!.sequence < sequence) low = middle + 1;
    else high = middle;
  }
  return low;
}
