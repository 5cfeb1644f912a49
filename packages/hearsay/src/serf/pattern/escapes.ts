import type { PatternCursor } from './pattern-cursor.ts';

const CODE_POINT_MAX = 0x10ffff;
const OCTAL_DIGITS_MAX = 3;
const letterEscapes: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);

/** The character that an escape stands for, in and outside of classes; the backslash has been passed. */
export function parseEscape(cursor: PatternCursor): number {
  if (cursor.take('x')) return hexadecimal(cursor);
  const letter = cursor.peekLetter();
  if (/^[0-7]$/.test(letter)) return octal(cursor);
  const codePoint = cursor.next();
  const known = letterEscapes.get(letter);
  if (known !== undefined) return known;
  if (codePoint >= 0x80 || /[0-9A-Za-z]/.test(letter)) cursor.fail();
  return codePoint;
}

/** A single digit other than 0 would be a reference back, which RE2 does not have. */
function octal(cursor: PatternCursor): number {
  const digits: number[] = [];
  while (digits.length < OCTAL_DIGITS_MAX && /^[0-7]$/.test(cursor.peekLetter())) digits.push(cursor.next() - 0x30);
  if (digits.length === 1 && digits[0] !== 0) cursor.fail();
  return digits.reduce((value, digit) => value * 8 + digit, 0);
}

/** Two digits, or any number of them in braces. */
function hexadecimal(cursor: PatternCursor): number {
  const digits = cursor.take('{')
    ? (cursor.takeUntil('}') ?? '')
    : String.fromCodePoint(cursor.next()) + String.fromCodePoint(cursor.next());
  const value = /^[0-9A-Fa-f]+$/.test(digits) ? Number.parseInt(digits, 16) : Infinity;
  if (value > CODE_POINT_MAX) {
    cursor.fail();
    return 0;
  }
  return value;
}
