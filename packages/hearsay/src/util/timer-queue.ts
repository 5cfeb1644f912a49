import { assert } from './assert.ts';

/**
 * A deadline that its owner keeps and re-arms: no allocation per arming, no token, nothing stale to come back.
 * The name is for people: the simulator prints "suspicion of n3".
 */
export class Timer {
  readonly name: string;
  readonly onFire: () => void;
  /** When it fires; Infinity while it is not armed. Written by {@link TimerQueue} alone. */
  deadlineMs: number = Infinity;
  /** Order of arming, which breaks ties. Written by {@link TimerQueue} alone. */
  sequence: number = 0;
  /** Place in the heap, -1 while not armed. Written by {@link TimerQueue} alone. */
  heapIndex: number = -1;

  constructor(name: string, onFire: () => void) {
    this.name = name;
    this.onFire = onFire;
  }

  get isArmed(): boolean {
    return this.heapIndex >= 0;
  }
}

/** A binary heap of armed {@link Timer}s. Equal deadlines fire in the order in which they were armed. */
export class TimerQueue {
  /** The timer that fires now; undefined outside of {@link fireDue}. */
  protected firing: Timer | undefined;
  readonly #heap: Timer[] = [];
  #sequence: number = 0;

  /** When the next timer is due; Infinity when none is armed. */
  get nextDeadlineMs(): number {
    return this.#heap.length === 0 ? Infinity : this.#heap[0]!.deadlineMs;
  }

  get armedCount(): number {
    return this.#heap.length;
  }

  /** Sets or moves the deadline of `timer`. */
  arm(timer: Timer, deadlineMs: number): void {
    assert(deadlineMs < Infinity, 'a deadline is a finite instant');
    timer.deadlineMs = deadlineMs;
    timer.sequence = this.#sequence++;
    if (timer.heapIndex < 0) {
      timer.heapIndex = this.#heap.length;
      this.#heap.push(timer);
    }
    this.#siftDown(this.#siftUp(timer.heapIndex));
  }

  /** Takes the deadline back. A timer that is not armed stays so. */
  cancel(timer: Timer): void {
    const index = timer.heapIndex;
    if (index < 0) return;
    timer.heapIndex = -1;
    timer.deadlineMs = Infinity;
    const last = this.#heap.pop()!;
    if (last === timer) return;
    this.#place(last, index);
    this.#siftDown(this.#siftUp(index));
  }

  /** Fires every timer that is due at `nowMs`, also those that firing ones arm for no later than `nowMs`. */
  fireDue(nowMs: number): void {
    while (this.#heap.length > 0) {
      const timer = this.#heap[0]!;
      if (timer.deadlineMs > nowMs) break;
      this.cancel(timer);
      this.firing = timer;
      timer.onFire();
    }
    this.firing = undefined;
  }

  #siftUp(start: number): number {
    let index = start;
    const timer = this.#heap[index]!;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex]!;
      if (!isBefore(timer, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(timer, index);
    return index;
  }

  #siftDown(start: number): void {
    let index = start;
    const timer = this.#heap[index]!;
    const size = this.#heap.length;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= size) break;
      if (childIndex + 1 < size && isBefore(this.#heap[childIndex + 1]!, this.#heap[childIndex]!)) childIndex += 1;
      const child = this.#heap[childIndex]!;
      if (!isBefore(child, timer)) break;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(timer, index);
  }

  #place(timer: Timer, index: number): void {
    this.#heap[index] = timer;
    timer.heapIndex = index;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.sequence < b.sequence);
}
