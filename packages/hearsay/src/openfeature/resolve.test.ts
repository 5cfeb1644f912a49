import { ErrorCode } from '@openfeature/server-sdk';
import { expect, test } from 'vitest';
import type { Flag, FlagType } from '../flags/index.ts';
import { resolveFlag } from './resolve.ts';

const flags = {
  boolean: { variants: { on: true, off: false }, defaultVariant: 'on' },
  string: { variants: { a: 'A' }, defaultVariant: 'a' },
  number: { variants: { zero: 0, ten: 10 }, defaultVariant: 'zero' },
  object: { variants: { list: [1], map: { a: 1 } }, defaultVariant: 'list' },
} satisfies Record<FlagType, Flag>;

const ask = (type: FlagType, flag: Flag, context = {}, isStale = false): unknown =>
  resolveFlag({ name: 'f', type, defaultValue: 'mine', context }, { flag, isStale });

test('only the type of the flag is an answer: nothing is converted', () => {
  for (const [actual, flag] of Object.entries(flags)) {
    for (const type of Object.keys(flags) as FlagType[]) {
      if (type === actual) {
        expect(ask(type, flag)).toEqual({
          value: flag.variants[flag.defaultVariant as never],
          variant: flag.defaultVariant,
          reason: 'STATIC',
          flagMetadata: {},
        });
      } else {
        expect(ask(type, flag)).toEqual({
          value: 'mine',
          reason: 'ERROR',
          errorCode: ErrorCode.TYPE_MISMATCH,
          errorMessage: `flag "f" is of type ${actual}, not ${type}`,
        });
      }
    }
  }
});

test('what may be out of date says so, and keeps its reason in the metadata', () => {
  const flag: Flag = { ...flags.boolean, rules: [{ serve: 'off' }], metadata: { owner: 'shop' } };
  expect(ask('boolean', flag, {}, true)).toEqual({
    value: false,
    variant: 'off',
    reason: 'STALE',
    flagMetadata: { owner: 'shop', ruleIndex: 0, evaluation: 'TARGETING_MATCH' },
  });
  expect(ask('boolean', flag, {}, false)).toMatchObject({ reason: 'TARGETING_MATCH' });
});

test('a flag that is off serves the default that the program gave', () => {
  expect(ask('boolean', { ...flags.boolean, enabled: false, metadata: { owner: 'shop' } })).toEqual({
    value: 'mine',
    reason: 'DISABLED',
    flagMetadata: { owner: 'shop' },
  });
});

test('a share without the attribute it needs is an error with a code', () => {
  const share = [{ variant: 'on', percent: 50 }];
  expect(ask('boolean', { ...flags.boolean, rules: [{ serve: share }] })).toMatchObject({
    value: 'mine',
    errorCode: ErrorCode.TARGETING_KEY_MISSING,
    flagMetadata: { ruleIndex: 0 },
  });
  expect(ask('boolean', { ...flags.boolean, rules: [{ serve: share, by: 'tenant' }] })).toMatchObject({
    errorCode: ErrorCode.INVALID_CONTEXT,
  });
});

test('no flag, and one that cannot be read, are told apart', () => {
  const request = { name: 'f', type: 'string', defaultValue: 'mine', context: {} } as const;
  expect(resolveFlag(request, undefined)).toMatchObject({ value: 'mine', errorCode: ErrorCode.FLAG_NOT_FOUND });
  expect(resolveFlag(request, { problem: 'it is 7' })).toMatchObject({
    value: 'mine',
    errorCode: ErrorCode.PARSE_ERROR,
    errorMessage: 'flag "f" cannot be read: it is 7',
  });
});
