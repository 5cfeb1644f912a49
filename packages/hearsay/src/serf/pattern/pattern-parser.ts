import { serfLimits } from '../limits.ts';
import { caseOrbit } from './case-folding.ts';
import { CharClass, type ClassItem } from './char-class.ts';
import { parseEscape } from './escapes.ts';
import { perlClasses, posixClasses, unicodeProperty } from './named-classes.ts';
import { PatternCursor } from './pattern-cursor.ts';
import { repeatTimes, type Assertion, type PatternNode } from './pattern-node.ts';

/** What `(?i)` and the like switch. Laziness makes no difference here, so `U` switches nothing. */
interface Flags {
  readonly ignoresCase: boolean;
  readonly multiline: boolean;
  readonly dotMatchesNewline: boolean;
}

const CODE_POINT_MAX = 0x10ffff;
/** Repetition counts, and nested ones multiplied, in RE2 and Go. */
const REPEATS_MAX = 1_000;
const EMPTY: PatternNode = { type: 'sequence', items: [] };
const anything = new CharClass([rangeItem(0, CODE_POINT_MAX, false)], false);
const anythingButNewline = new CharClass([rangeItem(0x0a, 0x0a, false)], true);
const escapedAssertions: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'textStart'],
  ['z', 'textEnd'],
  ['b', 'wordBoundary'],
  ['B', 'noWordBoundary'],
]);

/** Undefined when the expression is not one that RE2 would take, or is beyond our limits. */
export function parsePattern(expression: string): PatternNode | undefined {
  if (expression.length > serfLimits.patternMaxLength) return undefined;
  const parser = new PatternParser(expression);
  return parser.parse();
}

/** Recursive descent over the syntax that Go's `regexp` documents; the first error stops it. */
class PatternParser {
  readonly #cursor: PatternCursor;
  readonly #groupNames: Set<string> = new Set();
  #flags: Flags = { ignoresCase: false, multiline: false, dotMatchesNewline: false };
  #depth: number = 0;

  constructor(expression: string) {
    this.#cursor = new PatternCursor(expression);
  }

  parse(): PatternNode | undefined {
    const node = this.#alternatives();
    if (!this.#cursor.isAtEnd) this.#cursor.fail();
    return this.#cursor.hasFailed ? undefined : node;
  }

  #alternatives(): PatternNode {
    const branches = [this.#sequence()];
    while (this.#cursor.take('|')) branches.push(this.#sequence());
    return branches.length === 1 ? branches[0]! : { type: 'alternatives', branches };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    let isAfterRepeat = false;
    while (!this.#cursor.isAtEnd && !this.#cursor.isAt('|') && !this.#cursor.isAt(')')) {
      const range = this.#repetition();
      if (range === undefined) {
        this.#item(items);
      } else {
        const item = items.pop();
        if (item === undefined || isAfterRepeat) this.#cursor.fail();
        else items.push(this.#repeat(item, range[0], range[1]));
      }
      isAfterRepeat = range !== undefined;
    }
    return items.length === 1 ? items[0]! : { type: 'sequence', items };
  }

  /** The least and the most of a repetition operator, which is consumed with the mark of a lazy one. */
  #repetition(): readonly [number, number] | undefined {
    const range = this.#cursor.take('*')
      ? ([0, Infinity] as const)
      : this.#cursor.take('+')
        ? ([1, Infinity] as const)
        : this.#cursor.take('?')
          ? ([0, 1] as const)
          : this.#cursor.takeCounts();
    if (range !== undefined) this.#cursor.take('?');
    return range;
  }

  #repeat(item: PatternNode, min: number, max: number): PatternNode {
    const most = max === Infinity ? min : max;
    const times = Math.max(most, 1) * repeatTimes(item);
    if (most > REPEATS_MAX || min > max || times > REPEATS_MAX) this.#cursor.fail();
    return { type: 'repeat', item, min, max, times };
  }

  /** One character, class, assertion or group; a quotation is several and a switch of flags none. */
  #item(items: PatternNode[]): void {
    if (this.#cursor.take('(')) this.#group(items);
    else if (this.#cursor.take('[')) items.push(this.#class());
    else if (this.#cursor.take('.')) items.push(this.#dot());
    else if (this.#cursor.take('^')) items.push(assertion(this.#flags.multiline ? 'lineStart' : 'textStart'));
    else if (this.#cursor.take('$')) items.push(assertion(this.#flags.multiline ? 'lineEnd' : 'textEnd'));
    else if (this.#cursor.take('\\')) this.#escape(items);
    else items.push(this.#literal(this.#cursor.next()));
  }

  #dot(): PatternNode {
    return { type: 'class', class: this.#flags.dotMatchesNewline ? anything : anythingButNewline };
  }

  #literal(codePoint: number): PatternNode {
    if (!this.#flags.ignoresCase || caseOrbit(codePoint).length === 1) return { type: 'literal', codePoint };
    return { type: 'class', class: new CharClass([rangeItem(codePoint, codePoint, true)], false) };
  }

  #group(items: PatternNode[]): void {
    const flagsOutside = this.#flags;
    if (this.#cursor.take('?') && !this.#groupName()) {
      this.#flags = this.#switches();
      if (this.#cursor.take(')')) return;
      if (!this.#cursor.take(':')) this.#cursor.fail();
    }
    this.#depth += 1;
    if (this.#depth > serfLimits.patternMaxDepth) this.#cursor.fail();
    items.push(this.#cursor.hasFailed ? EMPTY : this.#alternatives());
    this.#depth -= 1;
    if (!this.#cursor.take(')')) this.#cursor.fail();
    this.#flags = flagsOutside;
  }

  /** Whether it is a named group; the name is consumed. */
  #groupName(): boolean {
    if (!this.#cursor.takeText('P<') && !this.#cursor.take('<')) return false;
    const name = this.#cursor.takeUntil('>');
    if (name === undefined || !/^\w+$/.test(name) || this.#groupNames.has(name)) this.#cursor.fail();
    else this.#groupNames.add(name);
    return true;
  }

  /** The flags after `(?`, up to the colon or parenthesis. */
  #switches(): Flags {
    let flags = this.#flags;
    let isOn = true;
    let needsFlag = false;
    while (!this.#cursor.isAtEnd && !this.#cursor.isAt(':') && !this.#cursor.isAt(')')) {
      if (isOn && this.#cursor.take('-')) {
        isOn = false;
        needsFlag = true;
        continue;
      }
      needsFlag = false;
      if (this.#cursor.take('i')) flags = { ...flags, ignoresCase: isOn };
      else if (this.#cursor.take('m')) flags = { ...flags, multiline: isOn };
      else if (this.#cursor.take('s')) flags = { ...flags, dotMatchesNewline: isOn };
      else if (!this.#cursor.take('U')) this.#cursor.fail();
    }
    if (needsFlag) this.#cursor.fail();
    return flags;
  }

  #escape(items: PatternNode[]): void {
    if (this.#cursor.take('Q')) {
      for (const codePoint of this.#cursor.takeQuotation()) items.push(this.#literal(codePoint));
      return;
    }
    const assertionName = escapedAssertions.get(this.#cursor.peekLetter());
    if (assertionName !== undefined) {
      this.#cursor.next();
      items.push(assertion(assertionName));
      return;
    }
    const item = this.#escapedClass();
    if (item === undefined) items.push(this.#literal(parseEscape(this.#cursor)));
    else items.push({ type: 'class', class: new CharClass([item], false) });
  }

  /** A class after a backslash: `d`, `p{Greek}` and the like. */
  #escapedClass(): ClassItem | undefined {
    const letter = this.#cursor.peekLetter();
    const lower = letter.toLowerCase();
    const isNegated = letter !== lower;
    const ranges = perlClasses.get(lower);
    if (ranges !== undefined) {
      this.#cursor.next();
      return { members: ranges, ignoresCase: this.#flags.ignoresCase, isNegated };
    }
    if (lower !== 'p') return undefined;
    this.#cursor.next();
    return this.#property(isNegated);
  }

  #property(isNegated: boolean): ClassItem {
    const name = this.#cursor.take('{') ? this.#cursor.takeUntil('}') : String.fromCodePoint(this.#cursor.next());
    const isInverted = name?.startsWith('^') ?? false;
    const members = unicodeProperty(name?.slice(isInverted ? 1 : 0) ?? '');
    if (members === undefined) this.#cursor.fail();
    return { members: members ?? [], ignoresCase: this.#flags.ignoresCase, isNegated: isNegated !== isInverted };
  }

  /** After the opening bracket. A closing one that comes first is a member. */
  #class(): PatternNode {
    const isNegated = this.#cursor.take('^');
    const items: ClassItem[] = [];
    do items.push(this.#classItem());
    while (!this.#cursor.hasFailed && !this.#cursor.take(']'));
    return { type: 'class', class: new CharClass(items, isNegated) };
  }

  #classItem(): ClassItem {
    const named = this.#posixClass();
    if (named !== undefined) return named;
    if (this.#cursor.take('\\')) {
      const item = this.#escapedClass();
      if (item !== undefined) return item;
      return this.#range(parseEscape(this.#cursor));
    }
    return this.#range(this.#cursor.next());
  }

  /** `[:alpha:]` or `[:^alpha:]`. Without an end it is an ordinary bracket. */
  #posixClass(): ClassItem | undefined {
    const name = this.#cursor.takeEnclosed('[:', ':]');
    if (name === undefined) return undefined;
    const isNegated = name.startsWith('^');
    const members = posixClasses.get(isNegated ? name.slice(1) : name);
    if (members === undefined) this.#cursor.fail();
    return { members: members ?? [], ignoresCase: this.#flags.ignoresCase, isNegated };
  }

  #range(first: number): ClassItem {
    let last = first;
    if (this.#cursor.isAt('-') && !this.#cursor.isAtText('-]') && this.#cursor.remaining > 1) {
      this.#cursor.next();
      last = this.#cursor.take('\\') ? parseEscape(this.#cursor) : this.#cursor.next();
      if (last < first) this.#cursor.fail();
    }
    return rangeItem(first, last, this.#flags.ignoresCase);
  }
}

function rangeItem(first: number, last: number, ignoresCase: boolean): ClassItem {
  return { members: [first, last], ignoresCase, isNegated: false };
}

function assertion(name: Assertion): PatternNode {
  return { type: 'assertion', assertion: name };
}
