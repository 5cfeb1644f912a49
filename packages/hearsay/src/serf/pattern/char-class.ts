import { caseOrbit } from './case-folding.ts';

/** A part of a class: the characters in ranges, or those with a Unicode property. */
export interface ClassItem {
  /** First and last code point of each range, or an expression that a single character matches. */
  readonly members: readonly number[] | RegExp;
  /** Characters that differ from a member only in case are members too. */
  readonly ignoresCase: boolean;
  /** All but the members. */
  readonly isNegated: boolean;
}

/** A set of characters. */
export class CharClass {
  readonly #items: readonly ClassItem[];
  readonly #isNegated: boolean;
  /** What was found out about ASCII characters: 0 nothing yet, 1 no member, 2 a member. */
  readonly #ascii: Uint8Array = new Uint8Array(0x80);
  /** The other character that was looked for last: many states share a class. */
  #lastCodePoint: number = -1;
  #lastFound: boolean = false;

  constructor(items: readonly ClassItem[], isNegated: boolean) {
    this.#items = items;
    this.#isNegated = isNegated;
  }

  /** How many items {@link has} may have to look at. */
  get itemCount(): number {
    return this.#items.length;
  }

  has(codePoint: number): boolean {
    if (codePoint >= 0x80) return this.#hasBeyondAscii(codePoint);
    const known = this.#ascii[codePoint]!;
    if (known !== 0) return known === 2;
    const found = this.#find(codePoint);
    this.#ascii[codePoint] = found ? 2 : 1;
    return found;
  }

  #hasBeyondAscii(codePoint: number): boolean {
    if (codePoint !== this.#lastCodePoint) {
      this.#lastFound = this.#find(codePoint);
      this.#lastCodePoint = codePoint;
    }
    return this.#lastFound;
  }

  #find(codePoint: number): boolean {
    return this.#items.some((item) => isIn(item, codePoint)) !== this.#isNegated;
  }
}

function isIn(item: ClassItem, codePoint: number): boolean {
  const found = item.ignoresCase
    ? caseOrbit(codePoint).some((other) => isMember(item.members, other))
    : isMember(item.members, codePoint);
  return found !== item.isNegated;
}

function isMember(members: ClassItem['members'], codePoint: number): boolean {
  if (members instanceof RegExp) return members.test(String.fromCodePoint(codePoint));
  for (let index = 0; index < members.length; index += 2) {
    if (codePoint >= members[index]! && codePoint <= members[index + 1]!) return true;
  }
  return false;
}
