import type { Swim } from '../swim/index.ts';
import { assert, type StepClock } from '../util/index.ts';
import type { ClusterDelegate } from './cluster-delegate.ts';
import type { ClusterEvent, RequestId } from './events.ts';

/** What steps are made of. */
export interface StepsParts {
  readonly clock: StepClock;
  readonly swim: Swim;
  readonly delegate: ClusterDelegate;
  readonly emit: (event: ClusterEvent) => void;
}

/**
 * Every entry into a node is one step: one instant, no second entry before it is over. Some steps begin something whose
 * result comes later; these are known by their {@link RequestId} for as long as somebody waits.
 */
export class Steps {
  readonly #parts: StepsParts;
  readonly #awaited: Set<RequestId> = new Set();
  #isInStep: boolean = false;
  #lastRequest: RequestId = 0;

  constructor(parts: StepsParts) {
    this.#parts = parts;
  }

  enter(nowMs: number): void {
    assert(!this.#isInStep, 'the core is not entered twice');
    this.#isInStep = true;
    this.#parts.clock.advanceTo(nowMs);
    this.#parts.swim.checkStall();
  }

  /** Also when something was thrown: what failed was that step, and the next one must not be taken for a part of it. */
  leave(): void {
    this.#isInStep = false;
    // A layer above may have something to say since; nobody has to tell.
    if (this.#parts.delegate.hasBroadcasts()) this.#parts.swim.wakeGossip();
  }

  /** One step, which ends also when the command is refused. */
  run<Result>(nowMs: number, command: () => Result): Result {
    this.enter(nowMs);
    try {
      return command();
    } finally {
      this.leave();
    }
  }

  /** A step that begins something whose result comes later. */
  request(nowMs: number, command: (request: RequestId) => void): RequestId {
    const request = this.nextRequest();
    this.#awaited.add(request);
    try {
      this.run(nowMs, () => command(request));
    } catch (error) {
      this.#awaited.delete(request);
      throw error;
    }
    return request;
  }

  /** A number that no other command of this node has. */
  nextRequest(): RequestId {
    this.#lastRequest += 1;
    return this.#lastRequest;
  }

  /** Part of a result, which is told if somebody waits for it. */
  tell(event: Extract<ClusterEvent, { readonly request: RequestId }>): void {
    if (this.#awaited.has(event.request)) this.#parts.emit(event);
  }

  /** The last part. */
  finish(event: Extract<ClusterEvent, { readonly request: RequestId }>): void {
    this.tell(event);
    this.#awaited.delete(event.request);
  }

  /** Nobody waits any more. False when nobody did. */
  abandon(request: RequestId): boolean {
    return this.#awaited.delete(request);
  }

  abandonAll(): void {
    this.#awaited.clear();
  }
}
