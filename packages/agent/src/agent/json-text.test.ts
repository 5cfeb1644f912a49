import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatGoJson, parseFirstJson } from './json-text.ts';

test('every JSON value is read as JSON.parse reads it, whatever follows', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.constantFrom('', ' ', '\n}', ' garbage', ',1'), (json, after) => {
      const text = ` ${json} ${after}`;
      expect(parseFirstJson(text)).toEqual({ ok: true, value: JSON.parse(json) as unknown, rest: after.trim() });
    }),
  );
});

test('a text is refused exactly when JSON.parse refuses it', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"a"',
    '"\\x"',
    '"',
    ':',
    ',',
    '1',
    '-',
    '01',
    '1e5',
    '.5',
    'tru',
    'null',
    ' ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const parsed = parseFirstJson(text);
      expect(parsed.ok && parsed.rest === '').toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a text that is nested too deeply costs no stack', () => {
  const parsed = parseFirstJson('['.repeat(1_000_000));
  expect(parsed).toEqual({ ok: false, line: 1, column: 34, problem: 'nested deeper than 32' });
});

test('what Go would escape is escaped, and keys stand in the order of their bytes', () => {
  const tags = { '10': 'a', '9': '<b>&', '\u{1f600}': '\b\f\\b', '\uff5e': '\u2028\u0001"' };
  expect(formatGoJson(tags)).toBe(
    '{\n  "10": "a",\n  "9": "\\u003cb\\u003e\\u0026",\n  "\uff5e": "\\u2028\\u0001\\"",\n  "\u{1f600}": "\\u0008\\u000c\\\\b"\n}',
  );
  expect(formatGoJson({})).toBe('{}');
  expect(formatGoJson([])).toBe('[]');
});

test('what is written is read again as it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (tags) => {
      const parsed = parseFirstJson(formatGoJson(tags));
      expect(parsed.ok && Object.entries(parsed.value as object).toSorted()).toEqual(Object.entries(tags).toSorted());
    }),
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
