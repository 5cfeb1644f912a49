import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateFlag } from './evaluate.ts';
import type { Flag, FlagCondition, FlagContext, FlagShare } from './flag.ts';

const onOff = { variants: { on: true, off: false }, defaultVariant: 'off' } as const;

test('a flag without rules serves its default variant to everybody', () => {
  expect(evaluateFlag('f', onOff, {})).toEqual({
    type: 'served',
    value: false,
    variant: 'off',
    reason: 'STATIC',
    metadata: {},
  });
});

test('the first rule that serves decides, and says which it was', () => {
  const flag: Flag = {
    variants: { slow: 1, fast: 2, fastest: 3 },
    defaultVariant: 'slow',
    rules: [
      { when: [{ attribute: 'plan', equals: 'gold' }], serve: 'fastest' },
      { when: [{ attribute: 'plan', in: ['gold', 'silver'] }], serve: 'fast' },
    ],
    metadata: { owner: 'search' },
  };
  const serves = (plan: string): unknown => evaluateFlag('speed', flag, { plan });
  expect(serves('gold')).toMatchObject({ variant: 'fastest', reason: 'TARGETING_MATCH', ruleIndex: 0 });
  expect(serves('silver')).toMatchObject({ variant: 'fast', value: 2, reason: 'TARGETING_MATCH', ruleIndex: 1 });
  expect(serves('iron')).toEqual({
    type: 'served',
    value: 1,
    variant: 'slow',
    reason: 'DEFAULT',
    metadata: { owner: 'search' },
  });
});

test('all conditions of a rule must hold', () => {
  const flag: Flag = {
    ...onOff,
    rules: [
      {
        when: [
          { attribute: 'country', equals: 'DE' },
          { attribute: 'age', atLeast: 18 },
        ],
        serve: 'on',
      },
    ],
  };
  expect(evaluateFlag('f', flag, { country: 'DE', age: 18 })).toMatchObject({ variant: 'on' });
  expect(evaluateFlag('f', flag, { country: 'DE', age: 17 })).toMatchObject({ variant: 'off' });
  expect(evaluateFlag('f', flag, { country: 'FR', age: 18 })).toMatchObject({ variant: 'off' });
});

test('a disabled flag leaves it to the program, unless it says what it serves', () => {
  const rules = [{ serve: 'on' }];
  expect(evaluateFlag('f', { ...onOff, rules, enabled: false }, {})).toEqual({
    type: 'off',
    reason: 'DISABLED',
    metadata: {},
  });
  expect(evaluateFlag('f', { ...onOff, rules, enabled: false, offVariant: 'off' }, {})).toMatchObject({
    type: 'served',
    value: false,
    reason: 'DISABLED',
  });
});

test('each operator compares what it is made for, and nothing else', () => {
  const cases: readonly [
    FlagCondition,
    hold: readonly unknown[],
    holdNot: readonly unknown[],
    neither: readonly unknown[],
  ][] = [
    [{ attribute: 'a', equals: 'x' }, ['x'], ['y', ''], [1, true, undefined, null, {}]],
    [{ attribute: 'a', equals: 1 }, [1], [2], ['1', true, Number.NaN]],
    [{ attribute: 'a', equals: false }, [false], [true], [0, '']],
    [{ attribute: 'a', in: ['x', 2] }, ['x', 2], ['y', 3], [true, undefined, ['x']]],
    [{ attribute: 'a', prefix: 'ab' }, ['ab', 'abc'], ['a', 'xab'], [1, undefined]],
    [{ attribute: 'a', suffix: '@x.org' }, ['me@x.org'], ['me@x.org.uk'], [1, undefined]],
    [{ attribute: 'a', below: 5 }, [4.9], [5, 6], ['4', Number.NaN, undefined]],
    [{ attribute: 'a', atMost: 5 }, [5], [5.1], ['4']],
    [{ attribute: 'a', above: 5 }, [5.1], [5], ['6']],
    [{ attribute: 'a', atLeast: 5 }, [5], [4.9], ['6', true]],
    [{ attribute: 'a', semverBelow: '2.0.0' }, ['1.9.0', '2.0.0-rc.1'], ['2.0.0'], ['latest', 1]],
    [{ attribute: 'a', semverAtLeast: '1.10.0' }, ['1.10.0', 'v1.11.0'], ['1.9.0'], ['1.10', 2]],
  ];
  const isServed = (condition: FlagCondition, a: unknown): boolean => {
    const flag: Flag = { ...onOff, rules: [{ when: [condition], serve: 'on' }] };
    const outcome = evaluateFlag('f', flag, { a });
    return outcome.type === 'served' && outcome.reason === 'TARGETING_MATCH';
  };
  for (const [condition, hold, holdNot, neither] of cases) {
    const negated = { ...condition, not: true };
    for (const value of hold) expect([isServed(condition, value), isServed(negated, value)]).toEqual([true, false]);
    for (const value of holdNot) expect([isServed(condition, value), isServed(negated, value)]).toEqual([false, true]);
    for (const value of neither) expect([isServed(condition, value), isServed(negated, value)]).toEqual([false, false]);
  }
});

test('what every object inherits is no attribute', () => {
  const flag: Flag = { ...onOff, rules: [{ when: [{ attribute: 'toString', prefix: '' }], serve: 'on' }] };
  expect(evaluateFlag('f', flag, {})).toMatchObject({ reason: 'DEFAULT' });
});

test('a share needs the attribute that it is shared out by', () => {
  const byKey: Flag = { ...onOff, rules: [{ serve: [{ variant: 'on', percent: 50 }] }] };
  expect(evaluateFlag('f', byKey, {})).toMatchObject({ type: 'failed', code: 'TARGETING_KEY_MISSING', ruleIndex: 0 });
  expect(evaluateFlag('f', byKey, { targetingKey: '' })).toMatchObject({ type: 'failed' });
  const byTenant: Flag = { ...onOff, rules: [{ serve: [{ variant: 'on', percent: 50 }], by: 'tenant' }] };
  expect(evaluateFlag('f', byTenant, { targetingKey: 'me' })).toMatchObject({
    type: 'failed',
    code: 'INVALID_CONTEXT',
    message: 'rule 1 serves shares by the attribute tenant, which the context does not have',
  });
});

test('all who share the attribute are served alike', () => {
  const flag: Flag = { ...onOff, rules: [{ serve: [{ variant: 'on', percent: 50 }], by: 'tenant' }] };
  const tenants = new Map<number, Set<string>>();
  for (let user = 0; user < 100; user += 1) {
    const tenant = user % 10;
    const outcome = evaluateFlag('f', flag, { targetingKey: `user-${user}`, tenant });
    tenants.set(tenant, (tenants.get(tenant) ?? new Set()).add(outcome.type === 'served' ? outcome.variant : ''));
  }
  expect([...tenants.values()].every((variants) => variants.size === 1)).toBe(true);
  expect(new Set([...tenants.values()].map((variants) => [...variants][0])).size).toBe(2);
});

test('who falls into no share goes on to the next rule', () => {
  const flag: Flag = {
    ...onOff,
    rules: [{ serve: [{ variant: 'on', percent: 0 }] }, { when: [{ attribute: 'beta', equals: true }], serve: 'on' }],
  };
  expect(evaluateFlag('f', flag, { targetingKey: 'me', beta: true })).toMatchObject({ ruleIndex: 1 });
  expect(evaluateFlag('f', flag, { targetingKey: 'me', beta: false })).toMatchObject({ reason: 'DEFAULT' });
});

test('everybody is in 100 percent, and nobody in 0', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (key) => {
      const variantOf = (percent: number): string => servedTo(key, [{ variant: 'b', percent }]);
      expect([variantOf(100), variantOf(0)]).toEqual(['b', 'none']);
    }),
  );
});

test('raising a percentage never moves anybody out of it', () => {
  const percent = fc.integer({ min: 0, max: 33_000 }).map((thousandths) => thousandths / 1_000);
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.tuple(percent, percent, percent),
      fc.nat(2),
      percent,
      (key, parts, index, more) => {
        const sharesOf = (percents: readonly number[]): FlagShare[] =>
          percents.map((share, at) => ({ variant: 'abc'[at]!, percent: share }));
        const raised = parts.map((share, at) => (at === index ? Math.max(share, more) : share));
        const [before, after] = [servedTo(key, sharesOf(parts)), servedTo(key, sharesOf(raised))];
        if (before === 'abc'[index]) expect(after).toBe(before);
        if (before !== 'none') expect(after).not.toBe('none');
      },
    ),
    { numRuns: 2_000 },
  );
});

test('flags with one salt take in the same people, and others do not', () => {
  const rules = [{ serve: [{ variant: 'on', percent: 50 }] }];
  const keys = Array.from({ length: 200 }, (_, index) => `user-${index}`);
  const takenIn = (name: string, salt?: string): string =>
    keys
      .filter((targetingKey) => {
        const flag: Flag = { ...onOff, rules, ...(salt === undefined ? {} : { salt }) };
        const outcome = evaluateFlag(name, flag, { targetingKey });
        return outcome.type === 'served' && outcome.variant === 'on';
      })
      .join();
  expect(takenIn('a', 'wave-1')).toBe(takenIn('b', 'wave-1'));
  expect(takenIn('a')).not.toBe(takenIn('b'));
});

/** The variant served from `shares`; `none` when none of them is. */
function servedTo(targetingKey: string, shares: readonly FlagShare[]): string {
  const flag: Flag = {
    variants: { a: 'a', b: 'b', c: 'c', none: 'none' },
    defaultVariant: 'none',
    rules: [{ serve: shares }],
  };
  const context: FlagContext = { targetingKey };
  const outcome = evaluateFlag('f', flag, context);
  return outcome.type === 'served' ? outcome.variant : outcome.type;
}
