interface Reader<Value> {
  resolve(result: IteratorResult<Value, undefined>): void;
  reject(reason: unknown): void;
}

/**
 * Those who wait for the next value of an async iterator, first come, first served, and how it ends for them: a failure
 * is told once, and everybody else just comes to the end.
 */
export class Readers<Value> {
  readonly #waiting: Reader<Value>[] = [];
  #isEnded: boolean = false;
  /** Still to be told. */
  #failure: { readonly reason: unknown } | undefined;

  /** Whether nothing more will come. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** False when nobody waits for it. */
  tryGive(value: Value): boolean {
    const reader = this.#waiting.shift();
    reader?.resolve({ done: false, value });
    return reader !== undefined;
  }

  /** For a reader when no value is kept: the next one, or the end. */
  wait(): Promise<IteratorResult<Value, undefined>> {
    if (this.#failure !== undefined) {
      const { reason } = this.#failure as { reason: Error };
      this.#failure = undefined;
      return Promise.reject(reason);
    }
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => void this.#waiting.push({ resolve, reject }));
  }

  /** Only the first end counts. */
  end(failure?: { readonly reason: unknown }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const [first, ...others] = this.#waiting.splice(0);
    if (first === undefined) this.#failure = failure;
    else if (failure === undefined) first.resolve({ done: true, value: undefined });
    else first.reject(failure.reason);
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  }
}
