import type { Receipt } from '../../cluster/index.ts';
import { ClusterError } from '../../util/index.ts';
import { checkTimeout, type CallOptions } from '../calls.ts';
import type { Commands } from '../commands.ts';

/** For whom to wait, and for how long. */
export interface KvSeenOptions extends CallOptions {
  /** For this part of the live members that take part, this one included: above 0, at most 1. @defaultValue 1 */
  readonly fraction?: number;
  /** When to give up waiting: the answer then says who is missing. @defaultValue 10000 */
  readonly timeoutMs?: number;
}

/** Which live members have a write. Those that failed or left do not count. */
export interface KvSeen {
  /** How many have it, this one included. */
  readonly seen: number;
  /** The names of those that are not known to have it, sorted. */
  readonly missing: readonly string[];
}

const seenTimeoutMs = 10_000;

/** Waits for what a receipt says; any number of callers at a time. */
export class ReceiptWait {
  readonly #receipt: Receipt;
  readonly #commands: Commands;
  readonly #checks: Set<() => void> = new Set();

  constructor(receipt: Receipt, commands: Commands) {
    this.#receipt = receipt;
    this.#commands = commands;
    // Within a step, which must be over before anybody hears of it.
    receipt.onChange(() => queueMicrotask(() => this.#check()));
  }

  /**
   * Until so many have it, or `isDone`, or the time is up.
   *
   * @throws {@link ClusterError} `ERR_CONFIG`, `ERR_STATE`
   */
  async seenBy(options: KvSeenOptions, isDone: () => boolean = () => false): Promise<KvSeen> {
    const { signal, fraction = 1, timeoutMs = seenTimeoutMs } = options;
    checkTimeout(timeoutMs);
    if (!(fraction > 0 && fraction <= 1)) {
      throw new ClusterError('ERR_CONFIG', `fraction is ${fraction}, it must be above 0 and at most 1`);
    }
    const isOver = (): boolean => this.#receipt.isOver || isDone() || this.#isSeenBy(fraction);
    await this.#commands.call('waiting for a receipt', signal === undefined ? {} : { signal }, (callSignal) =>
      this.#until(isOver, timeoutMs, callSignal),
    );
    return this.#receipt.counts();
  }

  /** Ends all waiting. */
  close(): void {
    this.#receipt.close();
    this.#check();
  }

  #isSeenBy(fraction: number): boolean {
    const { seen, missing } = this.#receipt.counts();
    return seen >= fraction * (seen + missing.length);
  }

  async #until(isOver: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (isOver()) return;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#checks.delete(check);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const check = (): void => {
        if (isOver()) end(resolve);
      };
      const onAbort = (): void => end(() => reject(signal.reason as Error));
      const timer = setTimeout(() => end(resolve), timeoutMs);
      this.#checks.add(check);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }
}
