/**
 * Where a parser is in an expression. It never throws: the first error is remembered and moves to the end, so that
 * every loop over what is left ends.
 */
export class PatternCursor {
  readonly #points: readonly number[];
  #at: number = 0;
  #hasFailed: boolean = false;
  /** What does not come any more. */
  readonly #missing: Set<string> = new Set();

  constructor(expression: string) {
    this.#points = Array.from(expression, (letter) => letter.codePointAt(0)!);
    // Bytes that are not UTF-8 (see wire's `utf8.ts`) are no expression for Go either.
    if (this.#points.some((point) => point >= 0xd800 && point <= 0xdfff)) this.fail();
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#points.length;
  }

  get remaining(): number {
    return this.#points.length - this.#at;
  }

  fail(): void {
    this.#hasFailed = true;
    this.#at = this.#points.length;
  }

  /** The next code point; at the end an error. */
  next(): number {
    if (this.isAtEnd) {
      this.fail();
      return 0;
    }
    this.#at += 1;
    return this.#points[this.#at - 1]!;
  }

  /** The next character without moving on, empty at the end. */
  peekLetter(): string {
    return this.isAtEnd ? '' : String.fromCodePoint(this.#points[this.#at]!);
  }

  isAt(letter: string): boolean {
    return this.#points[this.#at] === letter.charCodeAt(0);
  }

  /** `text` is ASCII. */
  isAtText(text: string, from: number = this.#at): boolean {
    for (let index = 0; index < text.length; index += 1) {
      if (this.#points[from + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  /** Moves past `letter` if it is next. */
  take(letter: string): boolean {
    if (!this.isAt(letter)) return false;
    this.#at += 1;
    return true;
  }

  /** Moves past `text`, which is ASCII, if it is next. */
  takeText(text: string): boolean {
    if (!this.isAtText(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** What stands before the next `end`, which is passed too; undefined when there is none. */
  takeUntil(end: string): string | undefined {
    const found = this.#find(end, this.#at);
    return found < 0 ? undefined : this.#takeTo(found, end.length);
  }

  /** What stands between `start`, which must be next, and `end`; undefined, and no move, when either is missing. */
  takeEnclosed(start: string, end: string): string | undefined {
    if (!this.isAtText(start)) return undefined;
    const found = this.#find(end, this.#at + start.length);
    if (found < 0) return undefined;
    this.#at += start.length;
    return this.#takeTo(found, end.length);
  }

  /** What `\Q` quotes: up to `\E` or the end. */
  takeQuotation(): readonly number[] {
    const found = this.#find('\\E', this.#at);
    const end = found < 0 ? this.#points.length : found;
    const quoted = this.#points.slice(this.#at, end);
    this.#at = found < 0 ? end : end + 2;
    return quoted;
  }

  /** `{n}`, `{n,}` or `{n,m}`. Anything else in braces is ordinary text: undefined, and no move. */
  takeCounts(): readonly [number, number] | undefined {
    const start = this.#at;
    if (this.take('{')) {
      const min = this.#takeCount();
      const max = this.take(',') ? (this.isAt('}') ? Infinity : this.#takeCount()) : min;
      if (min !== undefined && max !== undefined && this.take('}')) return [min, max];
    }
    this.#at = start;
    return undefined;
  }

  /** Digits without leading zeros. */
  #takeCount(): number | undefined {
    const start = this.#at;
    while (!this.isAtEnd && this.#points[this.#at]! >= 0x30 && this.#points[this.#at]! <= 0x39) this.#at += 1;
    const digits = String.fromCodePoint(...this.#points.slice(start, Math.min(this.#at, start + 10)));
    return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
  }

  #find(text: string, from: number): number {
    // Searched once in vain, it is not searched again: else an expression could make parsing take quadratic time.
    if (this.#missing.has(text)) return -1;
    for (let at = from; at < this.#points.length; at += 1) if (this.isAtText(text, at)) return at;
    this.#missing.add(text);
    return -1;
  }

  #takeTo(end: number, endLength: number): string {
    const text = String.fromCodePoint(...this.#points.slice(this.#at, end));
    this.#at = end + endLength;
    return text;
  }
}
