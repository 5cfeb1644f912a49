import type { KeysResult } from './events.ts';
import type { KeyResponse } from './messages.ts';
import { queryLimits } from './query-limits.ts';

/** What members say to a key operation, counted (Serf `KeyResponse`). Names and keys come from the network. */
export class KeyTally {
  /** Live members when the operation began. */
  nodeCount: number = 0;
  readonly #isList: boolean;
  #responseCount: number = 0;
  #errorCount: number = 0;
  readonly #messages: Map<string, string> = new Map();
  readonly #keys: Map<string, number> = new Map();
  readonly #primaryKeys: Map<string, number> = new Map();
  readonly #byMember: Map<
    string,
    { readonly ok: boolean; readonly keys: readonly string[]; readonly primaryKey: string }
  > = new Map();

  constructor(isList: boolean) {
    this.#isList = isList;
  }

  get responseCount(): number {
    return this.#responseCount;
  }

  /** `response` is undefined when it could not be read. Each member is counted once by the collector. */
  add(from: string, response: KeyResponse | undefined): void {
    this.#responseCount += 1;
    const ok = response?.result === true;
    if (!ok) this.#errorCount += 1;
    const message = response === undefined ? 'unreadable answer' : response.message;
    if (!ok || message !== '') this.#messages.set(from, message.slice(0, queryLimits.keyMessageMax));
    const keys = (response?.keys ?? []).filter(isKeyText).slice(0, queryLimits.keysPerAnswerMax);
    const primaryKey = response !== undefined && isKeyText(response.primaryKey) ? response.primaryKey : '';
    this.#byMember.set(from, { ok, keys, primaryKey });
    if (!ok) return;
    for (const key of keys) countUp(this.#keys, key);
    if (primaryKey !== '') countUp(this.#primaryKeys, primaryKey);
  }

  toResult(error: string | undefined = this.#error()): KeysResult {
    return {
      nodeCount: this.nodeCount,
      responseCount: this.#responseCount,
      errorCount: this.#errorCount,
      messages: toRecord(this.#messages),
      keys: this.#isList ? toRecord(this.#keys) : undefined,
      primaryKeys: this.#isList ? toRecord(this.#primaryKeys) : undefined,
      byMember: this.#byMember,
      error,
    };
  }

  #error(): string | undefined {
    if (this.#errorCount > 0) return `${this.#errorCount}/${this.nodeCount} nodes reported failure`;
    if (this.#responseCount !== this.nodeCount)
      return `${this.#responseCount}/${this.nodeCount} nodes reported success`;
    return undefined;
  }
}

/** Letters of base64, not more than those of the longest key: whoever shows keys shows nothing else that a member sent. */
function isKeyText(text: string): boolean {
  return text.length <= queryLimits.keyTextMax && /^[A-Za-z0-9+/=]+$/.test(text);
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Without a prototype: a member may be named `__proto__`. */
function toRecord<T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(map));
}
