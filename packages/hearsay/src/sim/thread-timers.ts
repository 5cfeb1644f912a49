import { TimerQueue, type Timer } from '../util/index.ts';

/**
 * The timers by which what memberlist does in a goroutine of its own goes on, by whatever starts that. Everything else
 * that may wait to send waits alone: a nack, a stream.
 */
const continuations: ReadonlyMap<string, string> = new Map([
  ['protocol period', 'probe timeout'],
  ['probe timeout', 'probe timeout'],
  ['gossip', 'gossip'],
]);

/**
 * In which order threads go on: who is accused at that moment is in the gossip of that moment. Measured: the other way
 * round a lone accusation leaves a block later than the death that follows it, and Lifeguard's false positives at healthy
 * members come out a hundred times too high.
 */
const order: readonly string[] = ['probe timeout', 'gossip'];

/**
 * The deadlines of a node that may be blocked. As in a process of several threads, a thread that has to send waits, and
 * what it would do later comes later; the others go on, suspicion clocks above all.
 */
export class ThreadTimers extends TimerQueue {
  /** By name: the timer by which a thread goes on. */
  readonly #continuing: Map<string, Timer> = new Map();
  /** By name of such a timer: the thread waits. What was to fire meanwhile is kept with its deadline. */
  readonly #stuck: Set<string> = new Set();
  readonly #waiting: Map<Timer, number> = new Map();

  override arm(timer: Timer, deadlineMs: number): void {
    if (this.#stuck.size > 0 && this.#stuck.has(timer.name)) return this.#wait(timer, deadlineMs);
    super.arm(timer, deadlineMs);
    if (continuations.get(timer.name) === timer.name) this.#continuing.set(timer.name, timer);
  }

  override cancel(timer: Timer): void {
    if (this.#waiting.size > 0) this.#waiting.delete(timer);
    super.cancel(timer);
  }

  /** Whatever fires now has to wait until {@link release}. */
  block(): void {
    const name = continuations.get(this.firing?.name ?? '');
    if (name === undefined) return;
    this.#stuck.add(name);
    const timer = this.#continuing.get(name);
    if (timer?.isArmed !== true) return;
    const { deadlineMs } = timer;
    super.cancel(timer);
    this.#wait(timer, deadlineMs);
  }

  /** All go on. What was due meanwhile is due now, and not late: the process had time. */
  release(nowMs: number): void {
    const waiting = [...this.#waiting];
    waiting.sort(([a], [b]) => order.indexOf(a.name) - order.indexOf(b.name));
    this.#stuck.clear();
    this.#waiting.clear();
    for (const [timer, deadlineMs] of waiting) this.arm(timer, Math.max(deadlineMs, nowMs));
  }

  /** A ticker keeps the first tick that nobody took. */
  #wait(timer: Timer, deadlineMs: number): void {
    this.#waiting.set(timer, Math.min(deadlineMs, this.#waiting.get(timer) ?? Infinity));
  }
}
