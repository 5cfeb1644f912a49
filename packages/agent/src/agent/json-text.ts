/** What the first JSON value of a text is, or where it goes wrong. */
export type ParsedJson =
  /** `rest` is what follows the value, without the white space around it. */
  | { readonly ok: true; readonly value: unknown; readonly rest: string }
  /** Lines and columns count from 1. `problem` quotes nothing of the text, which may hold a key. */
  | { readonly ok: false; readonly line: number; readonly column: number; readonly problem: string };

/** Deeper values than any file of ours has are refused before they cost a stack. */
const maxDepth = 32;

/**
 * Reads the first JSON value of `text`. `JSON.parse` alone would not do: it refuses text after the value, which Serf
 * ignores in its configuration, does not always say where a text goes wrong, and quotes the text in its message.
 */
export function parseFirstJson(text: string): ParsedJson {
  const scan = new JsonScan(text);
  scan.skipWhitespace();
  const start = scan.at;
  scan.value(0);
  const { problem, at } = scan;
  if (problem === undefined) return { ok: true, value: JSON.parse(text.slice(start, at)), rest: text.slice(at).trim() };
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { ok: false, line: before.split('\n').length, column: at - lineStart + 1, problem };
}

/** Walks over one value and stops at the first fault, where `at` then stands. */
class JsonScan {
  at: number = 0;
  problem: string | undefined;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    if (depth > maxDepth) return this.#fail(`nested deeper than ${maxDepth}`);
    const first = this.#text[this.at];
    if (first === '{') return this.#list('}', () => this.#member(depth));
    if (first === '[') return this.#list(']', () => this.value(depth + 1));
    if (first === '"') return this.#take(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y, 'text');
    return this.#take(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y, 'value');
  }

  skipWhitespace(): void {
    const whitespace = /[ \t\r\n]*/y;
    whitespace.lastIndex = this.at;
    whitespace.test(this.#text);
    this.at = whitespace.lastIndex;
  }

  #list(end: string, item: () => void): void {
    this.at += 1;
    this.skipWhitespace();
    if (this.#text[this.at] === end) {
      this.at += 1;
      return;
    }
    for (;;) {
      this.skipWhitespace();
      item();
      if (this.problem !== undefined) return;
      this.skipWhitespace();
      const next = this.#text[this.at];
      if (next !== ',' && next !== end) return this.#fail(`a comma or "${end}" is missing`);
      this.at += 1;
      if (next === end) return;
    }
  }

  #member(depth: number): void {
    if (this.#text[this.at] !== '"') return this.#fail('a key in double quotes is missing');
    this.value(depth);
    if (this.problem !== undefined) return;
    this.skipWhitespace();
    if (this.#text[this.at] !== ':') return this.#fail('a colon is missing');
    this.at += 1;
    this.skipWhitespace();
    this.value(depth + 1);
  }

  #take(pattern: RegExp, what: string): void {
    pattern.lastIndex = this.at;
    if (pattern.test(this.#text)) this.at = pattern.lastIndex;
    else this.#fail(`this is not a ${what} of JSON`);
  }

  #fail(problem: string): void {
    this.problem = this.at >= this.#text.length ? 'it ends in the middle' : problem;
  }
}

/**
 * JSON as Go writes it with two-space indent: `<`, `>` and `&` escaped, keys in the order of their bytes, nothing at
 * the end. So a file is the same whichever agent has written it.
 */
export function formatGoJson(value: Readonly<Record<string, string>> | readonly string[]): string {
  const isList = Array.isArray(value);
  const items = isList
    ? (value as readonly string[]).map(goString)
    : Object.entries(value)
        .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map(([key, text]) => `${goString(key)}: ${goString(text)}`);
  const [open, close] = isList ? '[]' : '{}';
  return items.length === 0 ? `${open}${close}` : `${open}\n  ${items.join(',\n  ')}\n${close}`;
}

function goString(text: string): string {
  return JSON.stringify(text)
    .replaceAll(/\\[bf]|\\\\/g, (escape) => (escape === '\\b' ? '\\u0008' : escape === '\\f' ? '\\u000c' : escape))
    .replaceAll(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
