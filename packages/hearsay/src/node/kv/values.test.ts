import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { LoneState } from '../../../../../test/support/lone-state.ts';
import type { StandardSchema } from './standard-schema.ts';

const states: LoneState[] = [];
afterEach(() => states.splice(0).forEach((state) => state.close()));

function lone(...options: ConstructorParameters<typeof LoneState>): LoneState {
  const state = new LoneState(...options);
  states.push(state);
  return state;
}

/** Even numbers, and how often that was asked. */
function evenNumbers(): StandardSchema<number> & { count: number } {
  const schema = {
    count: 0,
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) => {
        schema.count += 1;
        if (typeof value === 'number' && value % 2 === 0) return { value };
        return { issues: [{ message: 'must be even', path: ['a', { key: 0 }] }] };
      },
    },
  };
  return schema;
}

const asyncSchema: StandardSchema = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => Promise.resolve({ value }) },
};

/** Answers at once to what it knows, and later to the rest. */
const slySchema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (value === 'sly' ? Promise.reject(new Error('never heard')) : { value }),
  },
};

test('any JSON value comes back equal, and cannot be changed', async () => {
  const { state } = lone({ config: { sharedWritesBurst: 1e9, sharedKeysMax: 10 } });
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), async (value) => {
      const json: unknown = JSON.parse(JSON.stringify(value));
      await state.shared.put('key', value);
      const read = state.shared.get('key');
      expect(read).toEqual(json);
      if (typeof read === 'object' && read !== null) expect(Object.isFrozen(read)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

const circular: { self?: unknown } = {};
circular.self = circular;

test.each([
  ['undefined', undefined],
  ['a function', () => 1],
  ['a bigint', 1n],
  ['what contains itself', circular],
  ['a promise that nobody waited for', Promise.resolve(1)],
])('%s is no value', async (_, value) => {
  const { state } = lone();
  await expect(state.shared.put('key', value)).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
  await expect(state.own.set('key', value)).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
  expect(state.shared.has('key')).toBe(false);
});

test('a value that does not fit its schema is not written, and the error says what is wrong', async () => {
  const { state } = lone();
  state.define('n', { schema: evenNumbers() });
  await state.shared.put('n', 2);
  const refused = state.shared.put('n', 3);
  await expect(refused).rejects.toMatchObject({
    code: 'ERR_KV_SCHEMA',
    message: 'value of "n" does not fit its schema: a.0: must be even',
    cause: [{ message: 'must be even', path: ['a', { key: 0 }] }],
  });
  expect(state.shared.get('n')).toBe(2);
});

test("another member's value that does not fit is carried on, and readers keep the last that did", async () => {
  const member = lone();
  const { state, other } = member;
  state.define('n*', { schema: evenNumbers() });
  await state.shared.put('n', 2);
  member.otherPuts('n', 3);
  expect(state.shared.entry('n')).toMatchObject({ value: 2, author: 'n0', invalid: 'a.0: must be even' });
  member.otherPuts('n', 5);
  expect(state.shared.get('n')).toBe(2);
  expect(other.state.shared.get('n')?.value).toEqual(member.core.get('n')?.value);
  member.otherPuts('n', 4);
  expect(state.shared.entry('n')).toMatchObject({ value: 4, author: 'n1', invalid: undefined });
});

test('a deletion also ends what was last valid', async () => {
  const member = lone();
  const { state } = member;
  state.define('n', { schema: evenNumbers() });
  await state.shared.put('n', 2);
  member.otherPuts('n', 3);
  expect(state.shared.get('n')).toBe(2);
  await state.shared.delete('n');
  expect(state.shared.get('n')).toBeUndefined();
  member.exchange();
  member.otherPuts('n', 5);
  expect(state.shared.get('n')).toBeUndefined();
});

test.each([
  ['hide', undefined],
  ['raw', 3],
] as const)('what does not fit is shown as the definition wants it: %s', async (invalid, shown) => {
  const member = lone();
  const { state } = member;
  state.define('n', { schema: evenNumbers(), invalid });
  await state.shared.put('n', 2);
  member.otherPuts('n', 3);
  expect(state.shared.get('n')).toBe(shown);
  expect([...state.shared.list()].map(({ value }) => value)).toEqual(shown === undefined ? [] : [shown]);
});

test('bytes that are no JSON are hidden where nothing is defined, and shown as they are where that is wanted', () => {
  const member = lone();
  const { state, other } = member;
  state.define('raw', { invalid: 'raw' });
  for (const key of ['raw', 'plain']) other.state.shared.put(key, Uint8Array.of(0xff, 0x00));
  member.exchange();
  expect(state.shared.get('raw')).toEqual(Uint8Array.of(0xff, 0x00));
  expect(state.shared.has('plain')).toBe(false);
});

test('a schema is asked once for each write, after the merge and not within it', () => {
  const member = lone();
  const { state, other, core } = member;
  const schema = evenNumbers();
  state.define('n', { schema, invalid: 'hide' });
  schema.count = 0;
  const entry = other.state.shared.put('n', new TextEncoder().encode('4'));
  expect(core.state.shared.applyRumor(entry, other.state.own)).toBe('merged');
  expect(schema.count).toBe(0);
  for (let i = 0; i < 5; i += 1) expect(state.shared.get('n')).toBe(4);
  expect(schema.count).toBe(1);
});

test('a schema that answers with a promise is refused when it is defined', () => {
  const { state } = lone();
  expect(() => state.define('n', { schema: asyncSchema })).toThrow(
    expect.objectContaining({ code: 'ERR_KV_SCHEMA_ASYNC' }) as Error,
  );
});

test('a schema that answers with a promise later on is refused when it does', async () => {
  const member = lone();
  const { state } = member;
  state.define('n', { schema: slySchema });
  await expect(state.shared.put('n', 'sly')).rejects.toMatchObject({ code: 'ERR_KV_SCHEMA_ASYNC' });
  member.otherPuts('n', 'sly');
  expect(() => state.shared.get('n')).toThrow(expect.objectContaining({ code: 'ERR_KV_SCHEMA_ASYNC' }) as Error);
});

test('the longest pattern counts, and a key goes before patterns', async () => {
  const member = lone();
  const { state } = member;
  state.define('*', { codec: 'bytes' });
  state.define('a/*', { codec: 'json' });
  state.define('a/b', {
    codec: { encode: (text: string) => Uint8Array.of(text.length), decode: ([size]) => String(size) },
  });
  await state.shared.put('x', Uint8Array.of(7));
  await state.shared.put('a/x', [7]);
  await state.shared.put('a/b', 'seven');
  expect(['x', 'a/x', 'a/b'].map((key) => state.shared.get(key))).toEqual([Uint8Array.of(7), [7], '5']);
  await expect(state.shared.put('x', 'text')).rejects.toMatchObject({ code: 'ERR_KV_VALUE' });
});

test('what readers get is no memory of the core', async () => {
  const { state, core } = lone();
  state.define('b', { codec: 'bytes' });
  const given = Uint8Array.of(1);
  await state.shared.put('b', given);
  given[0] = 2;
  state.shared.get<Uint8Array>('b')!.fill(3);
  expect(core.get('b')?.value).toEqual(Uint8Array.of(1));
});

test('a pattern is defined once, and again only in the same way', () => {
  const { state } = lone();
  const schema = evenNumbers();
  state.define('n/*', { schema });
  state.define('n/*', { schema });
  expect(() => state.define('n/*', {})).toThrow('"n/*" is defined already, in another way');
});

test.each([
  ['', {}, 'pattern "" is neither a key nor a prefix with * after it'],
  ['a*b', {}, 'pattern "a*b" is neither a key nor a prefix with * after it'],
  ['n', { invalid: 'drop' }, 'invalid is "drop", not one of last-valid, hide, raw'],
  ['n', { codec: 'xml' }, 'codec must be "json", "bytes", or an object with encode and decode'],
  ['n', { schema: {} }, 'the schema of "n" is no Standard Schema of version 1'],
  ['n', { schemas: {} }, 'schemas is no option of define'],
] as [string, object, string][])('define refuses %j with %j', (pattern, definition, message) => {
  const { state } = lone();
  expect(() => state.define(pattern, definition)).toThrow(message);
});
