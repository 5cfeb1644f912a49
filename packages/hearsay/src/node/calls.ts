import { ClusterError } from '../util/index.ts';

/** What every asynchronous call of a cluster takes. */
export interface CallOptions {
  /** Gives the call up: it rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** How long the call may take, in milliseconds. What happens then is said at each call. */
  readonly timeoutMs?: number;
}

const timeoutMaxMs = 2 ** 31 - 1;

/** The asynchronous calls that are under way. Each has one signal for all that can end it early. */
export class Calls {
  readonly #open: Set<AbortController> = new Set();

  /**
   * Runs `work` with a signal that aborts when the caller's does, after `timeoutMs` (with `ERR_TIMEOUT`), or by
   * {@link Calls.abortAll}. Leaves no listener on the caller's signal and no timer behind.
   */
  async run<Result>(
    what: string,
    { signal, timeoutMs }: CallOptions,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    signal?.throwIfAborted();
    checkTimeout(timeoutMs);
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(signal?.reason);
    const onTimeout = (): void =>
      controller.abort(new ClusterError('ERR_TIMEOUT', `${what} was not done within ${timeoutMs} ms`));
    signal?.addEventListener('abort', onAbort, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
    this.#open.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#open.delete(controller);
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  abortAll(reason: unknown): void {
    for (const controller of this.#open) controller.abort(reason);
  }
}

/** `promise`, unless `signal` aborts first; what the promise comes to is ignored then. */
export function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    // Also when it is aborted already: a promise that is rejected later must not be an unhandled one.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** @throws {@link ClusterError} `ERR_CONFIG` when it is not a number of milliseconds that a timer takes */
export function checkTimeout(timeoutMs: number | undefined, name: string = 'timeoutMs'): void {
  if (timeoutMs === undefined || (timeoutMs >= 0 && timeoutMs <= timeoutMaxMs)) return;
  throw new ClusterError('ERR_CONFIG', `${name} is ${timeoutMs}, it must be from 0 to ${timeoutMaxMs}`);
}
