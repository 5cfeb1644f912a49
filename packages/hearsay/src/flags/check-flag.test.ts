import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkFlag, describeProblems, flagSchema } from './check-flag.ts';
import { evaluateFlag } from './evaluate.ts';
import type { Flag } from './flag.ts';

const onOff = { variants: { on: true, off: false }, defaultVariant: 'off' };
const rule = (fields: object): object => ({ ...onOff, rules: [{ serve: 'on', ...fields }] });
const condition = (fields: object): object => rule({ when: [{ attribute: 'a', ...fields }] });

test('a flag with everything a flag can have is one', () => {
  const flag: Flag = {
    variants: { a: { size: 1 }, b: [1, 2] },
    defaultVariant: 'a',
    enabled: true,
    offVariant: 'b',
    salt: 'wave-1',
    description: 'sizes',
    metadata: { owner: 'shop', ticket: 7, isLong: false },
    rules: [
      { when: [{ attribute: 'plan', in: ['x', 1, true], not: true }], serve: 'b', description: 'not for these' },
      {
        serve: [
          { variant: 'a', percent: 33.333 },
          { variant: 'b', percent: 66.667 },
        ],
        by: 'tenant',
      },
    ],
  };
  expect(checkFlag(JSON.parse(JSON.stringify(flag)))).toEqual({ flag });
});

test('what is wrong is said in words, with its place', () => {
  const cases: readonly [unknown, string][] = [
    [7, 'a flag is an object, not 7'],
    [[], 'a flag is an object, not a list'],
    [null, 'a flag is an object, not null'],
    [
      {},
      'variants: must be an object of named values, not missing; defaultVariant: is missing, and must name a variant',
    ],
    [{ ...onOff, enabld: true }, 'enabld: a flag has no such field'],
    [{ ...onOff, enabled: 'yes' }, 'enabled: is "yes", and must be true or false'],
    [
      { variants: {}, defaultVariant: 'a' },
      'variants: must have at least one variant; defaultVariant: is "a", and must name a variant',
    ],
    [{ variants: { a: 1, b: '2' }, defaultVariant: 'a' }, 'variants.b: is of type string, but "a" is of type number'],
    [
      { variants: { a: null }, defaultVariant: 'a' },
      'variants.a: is null, and must be a boolean, a number, a string or an object',
    ],
    [{ ...onOff, defaultVariant: 'toString' }, 'defaultVariant: is "toString", and must name a variant (on, off)'],
    [{ ...onOff, offVariant: 'no' }, 'offVariant: is "no", and must name a variant (on, off)'],
    [{ ...onOff, rules: {} }, 'rules: must be a list, not a value of type object'],
    [{ ...onOff, metadata: { a: [] } }, 'metadata.a: is a list, and must be a string, a number or a boolean'],
    [{ ...onOff, salt: 1 }, 'salt: is 1, and must be a string'],
    [rule({ serve: 'x' }), 'rules[0].serve: is "x", and must name a variant (on, off)'],
    [rule({ serve: [] }), 'rules[0].serve: must have at least one share'],
    [rule({ by: 'tenant' }), 'rules[0].by: has no meaning where serve is one variant'],
    [
      rule({ serve: [{ variant: 'on', percent: 100.5 }] }),
      'rules[0].serve[0].percent: is 100.5, and must be from 0 to 100 in steps of 0.001',
    ],
    [
      rule({ serve: [{ variant: 'on', percent: 0.0001 }] }),
      'rules[0].serve[0].percent: is 0.0001, and must be from 0 to 100 in steps of 0.001',
    ],
    [
      rule({
        serve: [
          { variant: 'on', percent: 60 },
          { variant: 'off', percent: 41 },
        ],
      }),
      'rules[0].serve: adds up to 101 percent, the limit is 100',
    ],
    [rule({ serve: [{ variant: 'on', percent: 60, salt: '' }] }), 'rules[0].serve[0].salt: a share has no such field'],
    [condition({ equals: [] }), 'rules[0].when[0].equals: is a list, and must be a string, a number or a boolean'],
    [condition({ in: [] }), 'rules[0].when[0].in: must have at least one value'],
    [condition({ prefix: '' }), 'rules[0].when[0].prefix: must not be empty'],
    [condition({ below: '5' }), 'rules[0].when[0].below: is "5", and must be a number'],
    [
      condition({ semverBelow: '1.2' }),
      'rules[0].when[0].semverBelow: is "1.2", and must be a version such as "1.4.2"',
    ],
    [
      condition({ matches: '.*' }),
      'rules[0].when[0].matches: a condition has no such field; rules[0].when[0]: must have one operator of equals, in, prefix, suffix, below, atMost, above, atLeast, semverBelow, semverAtLeast; it has none',
    ],
    [
      condition({ above: 1, below: 2 }),
      'rules[0].when[0]: must have one operator of equals, in, prefix, suffix, below, atMost, above, atLeast, semverBelow, semverAtLeast; it has below and above',
    ],
    [rule({ when: [{ equals: 1 }] }), 'rules[0].when[0].attribute: is missing, and must be a name'],
  ];
  for (const [document, message] of cases) {
    const check = checkFlag(document);
    expect('problems' in check ? describeProblems(check.problems) : 'a flag').toBe(message);
  }
});

test('each limit holds at the limit and one above it', () => {
  const many = (count: number, value: unknown): unknown[] => Array.from({ length: count }, () => value);
  const named = (count: number): object =>
    Object.fromEntries(many(count, 1).map((value, index) => [`v${index}`, value]));
  const serve = 'on';
  const cases: readonly [(count: number) => unknown, limit: number, what: string][] = [
    [(count) => ({ variants: named(count), defaultVariant: 'v0' }), 100, 'variants'],
    [(count) => ({ ...onOff, rules: many(count, { serve }) }), 100, 'rules'],
    [(count) => rule({ when: many(count, { attribute: 'a', equals: 1 }) }), 20, 'conditions'],
    [(count) => condition({ in: many(count, 1) }), 1_000, 'values'],
    [(count) => ({ ...onOff, metadata: named(count) }), 20, 'entries'],
    [(count) => rule({ serve: many(count, { variant: 'on', percent: 0 }) }), 100, 'shares'],
    [(count) => ({ ...onOff, description: 'x'.repeat(count) }), 1_000, 'characters'],
    [(count) => condition({ equals: 'x'.repeat(count) }), 1_000, 'characters'],
    [(count) => rule({ when: [{ attribute: 'x'.repeat(count), equals: 1 }] }), 100, 'characters'],
  ];
  for (const [make, limit, what] of cases) {
    expect(checkFlag(make(limit)), what).toHaveProperty('flag');
    const above = checkFlag(make(limit + 1));
    expect('problems' in above && describeProblems(above.problems)).toContain(
      `has ${limit + 1} ${what}, the limit is ${limit}`,
    );
  }
});

test('a document that is wrong all over has at most 20 problems', () => {
  const check = checkFlag({ ...onOff, rules: Array.from({ length: 100 }, () => 7) });
  expect('problems' in check && check.problems.length).toBe(20);
});

test('no document makes the check throw', () => {
  const fields = fc.record({ variants: fc.anything(), defaultVariant: fc.anything(), rules: fc.array(fc.anything()) });
  fc.assert(fc.property(fc.oneof(fc.anything(), fields), (document) => void checkFlag(document)));
});

test('what passes the check can be evaluated in any context', () => {
  const name = fc.constantFrom('on', 'off', '__proto__', 'toString');
  const rules = fc.array(
    fc.record(
      {
        serve: fc.oneof(name, fc.array(fc.record({ variant: name, percent: fc.integer({ min: 0, max: 60 }) }))),
        when: fc.array(fc.record({ attribute: name, equals: fc.boolean() }), { maxLength: 2 }),
      },
      { requiredKeys: ['serve'] },
    ),
    { maxLength: 3 },
  );
  const variants = fc.dictionary(name, fc.boolean(), { minKeys: 2 });
  let flagCount = 0;
  fc.assert(
    fc.property(
      variants,
      name,
      rules,
      fc.dictionary(name, fc.anything()),
      (variants, defaultVariant, rules, context) => {
        const check = checkFlag({ variants, defaultVariant, rules });
        if ('problems' in check) return;
        flagCount += 1;
        const outcome = evaluateFlag('f', check.flag, context);
        if (outcome.type === 'served') expect(outcome.value).toBe(variants[outcome.variant]);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(flagCount).toBeGreaterThan(100);
});

test('the schema answers as Standard Schema asks', () => {
  const { version, vendor, validate } = flagSchema['~standard'];
  expect([version, vendor]).toEqual([1, 'hearsay']);
  expect(validate(onOff)).toEqual({ value: onOff });
  expect(validate({ ...onOff, rules: [7] })).toEqual({
    issues: [{ path: ['rules', 0], message: 'a rule is an object, not 7' }],
  });
});
