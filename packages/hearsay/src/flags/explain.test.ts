import { expect, test } from 'vitest';
import { evaluateFlag } from './evaluate.ts';
import { explainFlag } from './explain.ts';
import type { Flag, FlagContext } from './flag.ts';

const flag: Flag = {
  variants: { on: true, off: false },
  defaultVariant: 'off',
  rules: [
    { when: [{ attribute: 'plan', in: ['team', 'business'] }], serve: 'on', description: 'those who pay' },
    { when: [{ attribute: 'version', semverAtLeast: '2.0.0' }], serve: [{ variant: 'on', percent: 20 }] },
  ],
};
const explain = (context: FlagContext, fields: Partial<Flag> = {}): readonly string[] =>
  explainFlag('new-ui', { ...flag, ...fields }, context).lines;

test('an explanation names each rule, what it wanted and what it found', () => {
  expect(explain({ plan: 'free', version: '1.0.0' })).toEqual([
    'rule 1 (those who pay): passed over, wants that plan is one of "team", "business"; it is "free"',
    'rule 2: passed over, wants that version is version 2.0.0 or later; it is "1.0.0"',
    'no rule serves: the default variant off = false',
  ]);
  expect(explain({ plan: 'team' })).toEqual(['rule 1 (those who pay) serves on = true']);
});

test('an explanation of a percentage says where one stands', () => {
  expect(explain({ version: '2.0.0', targetingKey: 'user-1' })).toMatchInlineSnapshot(`
    [
      "rule 1 (those who pay): passed over, wants that plan is one of "team", "business"; it is not there",
      "rule 2: targetingKey "user-1" falls at 93.270 %, outside its shares (on 20 %)",
      "no rule serves: the default variant off = false",
    ]
  `);
  expect(explain({ version: '2.0.0', targetingKey: 'user-7' })).toMatchInlineSnapshot(`
    [
      "rule 1 (those who pay): passed over, wants that plan is one of "team", "business"; it is not there",
      "rule 2: targetingKey "user-7" falls at 4.418 %, within its shares (on 20 %)",
      "rule 2 serves on = true",
    ]
  `);
  expect(explain({ version: '2.0.0' }).at(-1)).toBe(
    "rule 2 serves shares by the attribute targetingKey, which the context does not have: the program's own default counts",
  );
});

test('an explanation says that a flag is off, or has no rules', () => {
  expect(explain({}, { enabled: false })).toEqual(["the flag is not enabled: the program's own default counts"]);
  expect(explain({}, { enabled: false, offVariant: 'off' })).toEqual(['the flag is not enabled: serves off = false']);
  expect(explain({}, { rules: [] })).toEqual(['the flag has no rules: serves off = false']);
});

test('every operator has its words', () => {
  const wordsOf = (condition: object): string =>
    explain({ a: null }, { rules: [{ when: [{ attribute: 'a', ...condition } as never], serve: 'on' }] })[0]!
      .replace('rule 1: passed over, wants that a ', '')
      .replace('; it is not there', '');
  expect(
    [
      { equals: 'x' },
      { equals: 'x', not: true },
      { in: [1, 2, 3, 4, 5, 6, 7], not: true },
      { prefix: 'x' },
      { prefix: 'x', not: true },
      { suffix: 'x' },
      { suffix: 'x', not: true },
      { below: 1 },
      { atMost: 1 },
      { above: 1, not: true },
      { atLeast: 1 },
      { semverBelow: '1.0.0' },
      { semverAtLeast: '1.0.0', not: true },
    ].map(wordsOf),
  ).toEqual([
    'is "x"',
    'is not "x"',
    'is not one of 1, 2, 3, 4, 5 and 2 more',
    'begins with "x"',
    'does not begin with "x"',
    'ends with "x"',
    'does not end with "x"',
    'is below 1',
    'is at most 1',
    'is not above 1',
    'is at least 1',
    'is a version below 1.0.0',
    'is not version 1.0.0 or later',
  ]);
});

test('an explanation has the outcome of the evaluation', () => {
  for (let user = 0; user < 50; user += 1) {
    const context = { targetingKey: `user-${user}`, version: '2.1.0' };
    expect(explainFlag('new-ui', flag, context).outcome).toEqual(evaluateFlag('new-ui', flag, context));
  }
});
