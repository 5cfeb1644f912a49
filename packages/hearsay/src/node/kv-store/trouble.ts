import type { KvStoreEvent, KvStoreEventSink } from './events.ts';
import { errorCode } from './store-files.ts';

/** A store that refuses is asked again after a second, then two, then four, up to half a minute. Chosen. */
const retryMinMs = 1_000;
const retryMaxMs = 30_000;

/** What a store was doing when it refused. */
type Operation = Extract<KvStoreEvent, { readonly type: 'store-failed' }>['operation'];

/** What a {@link Trouble} needs. */
export interface TroubleParts {
  readonly onEvent: KvStoreEventSink;
  readonly wallMs: () => number;
  /** The pause is over. */
  readonly onRetry: () => void;
}

/** A store that refuses: told once, tried again after ever longer pauses, and told again when it is over. */
export class Trouble {
  readonly #parts: TroubleParts;
  #sinceMs: number | undefined;
  #attempts: number = 0;
  #pauseMs: number = retryMinMs;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: TroubleParts) {
    this.#parts = parts;
  }

  /** Since when, in wall milliseconds; `undefined` when all is well. */
  get sinceMs(): number | undefined {
    return this.#sinceMs;
  }

  /** Nothing is tried now. */
  get isPaused(): boolean {
    return this.#timer !== undefined;
  }

  /** It has refused; the first time that is told. Pauses. */
  add(operation: Operation, error: unknown): void {
    this.tell(operation, error);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#parts.onRetry();
    }, this.#pauseMs).unref();
    this.#pauseMs = Math.min(retryMaxMs, this.#pauseMs * 2);
  }

  /** As {@link add}, without a pause. */
  tell(operation: Operation, error: unknown): void {
    this.#attempts += 1;
    if (this.#sinceMs !== undefined) return;
    this.#sinceMs = this.#parts.wallMs();
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.onEvent({ type: 'store-failed', operation, code: errorCode(error), message });
  }

  /** All is well. */
  end(): void {
    this.#pauseMs = retryMinMs;
    if (this.#sinceMs === undefined) return;
    const afterMs = this.#parts.wallMs() - this.#sinceMs;
    this.#sinceMs = undefined;
    this.#parts.onEvent({ type: 'store-recovered', afterMs, attempts: this.#attempts });
    this.#attempts = 0;
  }

  /** No pause any longer. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
