import type { ClusterEvent, ClusterNode, RequestId } from '../cluster/index.ts';
import { ClusterError } from '../util/index.ts';
import { Calls, checkTimeout, type CallOptions } from './calls.ts';
import type { Driver } from './driver.ts';

/** An event that belongs to a command. */
export type ResultEvent = Extract<ClusterEvent, { readonly request: RequestId }>;

/** Begins something in the core whose result comes as an event. */
export type Begin = (node: ClusterNode, nowMs: number) => RequestId;

/** What came of a `leave`, or of a change that others are told of. */
export interface SpreadResult {
  /** Whether the news was handed on as often as the protocol asks. False when the time ran out first. */
  readonly spread: boolean;
}

/** The user's commands on their way into the core, and their results on the way back. */
export class Commands {
  readonly #driver: Driver<ClusterNode>;
  readonly #calls: Calls = new Calls();
  readonly #listeners: Map<RequestId, (event: ResultEvent) => void> = new Map();

  constructor(driver: Driver<ClusterNode>) {
    this.#driver = driver;
  }

  /**
   * The node, as long as it runs.
   *
   * @throws {@link ClusterError} `ERR_STATE`
   */
  get node(): ClusterNode {
    const { node } = this.#driver;
    if (node === undefined) throw closedError();
    return node;
  }

  /** A command that is done when it returns. */
  run<Result>(command: (node: ClusterNode, nowMs: number) => Result): Result {
    void this.node;
    return this.#driver.run(command) as Result;
  }

  /** A call of the user with all that can end it early. */
  call<Result>(what: string, options: CallOptions, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#calls.run(what, options, work);
  }

  /** A command with one result. An abort makes the core forget it. */
  result<Type extends ResultEvent['type']>(
    signal: AbortSignal,
    begin: Begin,
  ): Promise<Extract<ResultEvent, { readonly type: Type }>> {
    return new Promise((resolve, reject) => {
      const request = this.follow(begin, (event) => resolve(event as Extract<ResultEvent, { readonly type: Type }>));
      const onAbort = (): void => {
        this.abandon(request);
        reject(signal.reason as Error);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** A change that has to spread. The core ends it when `timeoutMs` is over. */
  async spread(what: string, { signal, timeoutMs }: CallOptions, begin: Begin): Promise<SpreadResult> {
    checkTimeout(timeoutMs);
    const options = signal === undefined ? {} : { signal };
    const done = await this.call(what, options, (callSignal) =>
      this.result<'leave-done' | 'update-done' | 'force-leave-done'>(callSignal, begin),
    );
    return { spread: done.spread };
  }

  /** Tells `listener` of every event of the command. */
  follow(begin: Begin, listener: (event: ResultEvent) => void): RequestId {
    // Within the step, because the result may be one of its events.
    return this.run((node, nowMs) => {
      const request = begin(node, nowMs);
      this.#listeners.set(request, listener);
      return request;
    });
  }

  /** Nobody waits for the result any more. */
  abandon(request: RequestId): void {
    if (this.#listeners.delete(request)) this.#driver.run((node, nowMs) => node.abandon(nowMs, request));
  }

  receive(event: ResultEvent): void {
    const listener = this.#listeners.get(event.request);
    const isLast = event.type !== 'query-ack' && event.type !== 'query-response';
    if (isLast) this.#listeners.delete(event.request);
    listener?.(event);
  }

  /** Ends all calls. */
  close(): void {
    this.#calls.abortAll(closedError());
  }
}

function closedError(): ClusterError {
  return new ClusterError('ERR_STATE', 'the cluster is closed');
}
