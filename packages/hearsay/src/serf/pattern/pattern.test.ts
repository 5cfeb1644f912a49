import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serfLimits } from '../limits.ts';
import { compilePattern } from './pattern.ts';

function matches(expression: string, text: string): boolean {
  const pattern = compilePattern(expression);
  expect(pattern, expression).toBeDefined();
  return pattern!.test(text);
}

describe('an expression finds its match anywhere', () => {
  const cases: readonly (readonly [expression: string, text: string, isMatch: boolean])[] = [
    ['', '', true],
    ['', 'any', true],
    ['web', 'a web node', true],
    ['web', 'we b', false],
    ['^web$', 'web', true],
    ['^web$', 'web\n', false],
    ['\\Aweb\\z', 'web', true],
    ['\\Aweb\\z', 'the web', false],
    ['(?m)^b$', 'a\nb\nc', true],
    ['^b$', 'a\nb\nc', false],
    ['a.c', 'abc', true],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['a.c', 'a😀c', true],
    ['^.$', '😀', true],
    ['^..$', '😀', false],
    // V8 says yes here: it looks between the two halves of the character.
    ['\\B', 'a😀a', false],
    ['node|zzz', 'xzzz', true],
    ['^(?:node|)$', '', true],
    ['a*b+c?', 'b', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,}$', 'aaaaa', true],
    ['^a{2}$', 'a', false],
    ['^a{0}b$', 'b', true],
    ['a{', 'a{', true],
    ['a{,5}', 'a{,5}', true],
    ['a{01}', 'a{01}', true],
    ['x{2,y}', 'x{2,y}', true],
    [']}', ']}', true],
    ['^(a|b)*?c$', 'ababc', true],
    ['(a*)*(b|a+)+$', 'aaab', true],
    ['(|a)*b', 'aab', true],
    ['\\bweb\\b', 'the web is', true],
    ['\\bweb\\b', 'cobweb', false],
    ['o\\Bb', 'cobweb', true],
    ['\\d\\D\\s\\S\\w\\W', '1x\tx_-', true],
    ['\\s', '\v', false],
    ['\\s', '\u00a0', false],
    ['\\d', '\u0661', false],
    ['\\w', 'é', false],
    ['[a-c]', 'b', true],
    ['[^a-c]', 'b', false],
    ['[^a-c]', '\n', true],
    ['[]a]', ']', true],
    ['[^]a]', ']', false],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[a\\-z]', 'b', false],
    ['[\\d.]+$', 'v1.2', true],
    ['[\\D]', '1', false],
    ['[[:alpha:]_]', '_', true],
    ['[[:^alpha:]]', 'a', false],
    ['[[:word:]]', '-', false],
    ['[[:space:]]', '\v', true],
    ['[[:]', ':', true],
    ['[[a]', '[', true],
    ['\\pL', 'é', true],
    ['^\\p{Lu}$', 'é', false],
    ['\\p{Greek}', 'β', true],
    ['\\p{^Greek}', 'β', false],
    ['\\P{^Greek}', 'β', true],
    ['[\\p{Han}\\d]', '中', true],
    ['\\p{Any}', '\n', true],
    ['\\p{C}', '\u0378', true],
    ['(?i)WEB', 'web', true],
    ['(?i)straße', 'STRAẞE', true],
    ['(?i)k', '\u212a', true],
    ['(?i)[\u212a]', 'k', true],
    ['(?i)[a-z]', 'ſ', true],
    ['(?i)[^a-z]', 'ſ', false],
    ['(?i)σ', 'ς', true],
    ['(?i)i', 'ı', false],
    ['(?i)\\p{Lu}', 'a', true],
    ['(?i)\\P{Lu}', 'a', false],
    ['a(?i)b', 'aB', true],
    ['a(?i)b', 'AB', false],
    ['(?i:a)b', 'Ab', true],
    ['(?i:a)b', 'AB', false],
    ['(?i)a(?-i)b|C', 'Ab', true],
    ['(?i)a(?-i)b|C', 'c', false],
    ['(?i-s)A.', 'a\n', false],
    ['(?U)a+', 'a', true],
    ['(?P<name>a)(?<other>b)', 'ab', true],
    ['\\Qa.b\\E+', 'a.bbb', true],
    ['\\Qa.b', 'axb', false],
    ['\\Q\\E', '', true],
    ['\\.\\*\\_\\/', '.*_/', true],
    ['\\x41\\x{1F600}', 'A😀', true],
    ['\\101\\012', 'A\n', true],
    ['\\0', '\0', true],
    ['\\a\\f\\n\\r\\t\\v', '\x07\f\n\r\t\v', true],
    ['^*a', 'ba', true],
    ['(?i)(?:)', 'x', true],
    ['^\ufffd$', '\udcff', true],
  ];
  test.each(cases)('%j in %j: %j', (expression, text, isMatch) => expect(matches(expression, text)).toBe(isMatch));
});

describe('what RE2 does not take is no expression', () => {
  const broken = [
    '(',
    ')',
    'a)',
    '(a',
    '[',
    '[a',
    '[]',
    '[^]',
    '*',
    '+a',
    '?',
    '|*',
    '(*)',
    '{2}',
    'a**',
    'a*+',
    'a{2}{3}',
    'a???',
    'a{1001}',
    'a{2,1}',
    'a{99999999999}',
    '(a{40}){40}',
    '\\',
    'a\\',
    '\\1',
    '\\8',
    '\\C',
    '\\G',
    '\\Z',
    '\\E',
    '\\y',
    '\\é',
    '\\x',
    '\\x4',
    '\\xzz',
    '\\x{}',
    '\\x{110000}',
    '\\x{41',
    '\\p',
    '\\pQ',
    '\\p{}',
    '\\p{Foo}',
    '\\p{Greek',
    '\\p{Alphabetic}',
    '\\p{constructor}',
    '[b-a]',
    '[a-\\d]',
    '[\\b]',
    '[[:foo:]]',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(?<!a)',
    '(?P=a)',
    '(?P<a',
    '(?P<>a)',
    '(?P<a>x)(?P<a>y)',
    '(?P<a-b>x)',
    '(?x)a',
    '(?-)',
    '(?i-)',
    '(?--i)',
    '(?i',
    '(?i|a)',
    'a\udcff',
  ];
  test.each(broken)('%j', (expression) => expect(compilePattern(expression)).toBeUndefined());

  test('nor is one beyond the limits', () => {
    const nested = (depth: number): string => '('.repeat(depth) + ')'.repeat(depth);
    expect(compilePattern(nested(serfLimits.patternMaxDepth))).toBeDefined();
    expect(compilePattern(nested(serfLimits.patternMaxDepth + 1))).toBeUndefined();
    expect(compilePattern('a'.repeat(serfLimits.patternMaxLength))).toBeDefined();
    expect(compilePattern('a'.repeat(serfLimits.patternMaxLength + 1))).toBeUndefined();
    expect(compilePattern('a{1000}'.repeat(5))).toBeDefined();
    expect(compilePattern('a{1000}'.repeat(6))).toBeUndefined();
  });
});

// An expression in the syntax that both have, of the characters that are in the texts.
const { expression } = fc.letrec<{ expression: string; item: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('item'),
    fc.array(tie('expression'), { maxLength: 4 }).map((items) => items.join('')),
    fc.tuple(tie('expression'), tie('expression')).map((branches) => `(?:${branches.join('|')})`),
    fc
      .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{0,3}?', '{1,}'))
      .map(([item, operator]) => `(${item})${operator}`),
  ),
  item: fc.constantFrom(
    ...['a', 'b', 'A', '-', '中', '\\.', '.', '^', '$', '\\b', '\\B', '\\d', '\\W', '\\n', '\\x41', '[a-c]', '[^ab]'],
    ...['[\\d\\-_]', '[^\\w]', '\\p{Lu}', '\\P{L}', '[é中]'],
  ),
}));
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', 'A', '-', '_', '.', '1', '\n', 'é', '中'),
  maxLength: 8,
});

test('whatever both take, JavaScript finds a match exactly when we do', () => {
  const flags = fc.constantFrom('', 'i', 's', 'm', 'im');
  const property = fc.property(expression, flags, text, (source, switches, input) => {
    // U+017F and U+212A are not in the texts, so that both ignore case alike.
    const expected = new RegExp(source, `u${switches}`).test(input);
    return matches(switches === '' ? source : `(?${switches})${source}`, input) === expected;
  });
  fc.assert(property, { numRuns: 3_000 });
});

test('no expression, whatever it is, makes the compiler or the automaton throw', () => {
  const mess = fc.string({
    unit: fc.constantFrom(...'ab\\()[]{}|*+?^$.-,:=!<>PQEpxiUsm01729é😀\udcff'),
    maxLength: 40,
  });
  const property = fc.property(mess, text, (source, input) => void compilePattern(source)?.test(input));
  fc.assert(property, { numRuns: 5_000 });
});

describe('an expression that makes others go back and forth takes no more steps than states times characters', () => {
  const hostile = [
    '(a*)*b',
    '(a|a)*b',
    '(a|aa)+$b',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
    '(.*)*(.*)*(.*)*x',
    '(a?){500}a{500}b',
  ];
  test.each(hostile)('%s', (source) => {
    const pattern = compilePattern(source)!;
    const budget = { stepsLeft: 10_000_000 };
    expect(pattern.test('a'.repeat(508), budget)).toBe(false);
    // A class of one item takes a step for itself and one for the item.
    expect(10_000_000 - budget.stepsLeft).toBeLessThanOrEqual(508 * 2 * pattern.stateCount);
  });
});

test.each(['^a*(|){999}$', '^a*(^|$|){300}b$'])('what takes no character in %s takes steps all the same', (source) => {
  const pattern = compilePattern(source)!;
  const budget = { stepsLeft: 10_000_000 };
  pattern.test('a'.repeat(100), budget);
  expect(10_000_000 - budget.stepsLeft).toBeGreaterThan((100 * pattern.stateCount) / 2);
});

test('without steps left there is no match', () => {
  expect(compilePattern('a', { stepsLeft: 2 })).toBeUndefined();
  const budget = { stepsLeft: 8 };
  expect(compilePattern('b')!.test('aaaaaaab', budget)).toBe(false);
  expect(budget.stepsLeft).toBeLessThanOrEqual(0);
});
