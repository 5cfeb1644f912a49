import { expect, test } from 'vitest';
import { checkChoice, checkFlag, checkOptionKinds, checkQueryOptions, checkTextOrBytes } from './check-options.ts';
import { silentLogger } from './logger.ts';

/** As a program in JavaScript would call it. */
const check = (options: unknown) => () => checkOptionKinds(options as object);

test.each([
  [null, 'the options of createCluster must be an object'],
  ['127.0.0.1', 'the options of createCluster must be an object'],
  [{ seed: ['10.0.0.1'] }, 'seed is no option of createCluster'],
  [{ toString: 'x' }, 'toString is no option of createCluster'],
  [{ name: 5 }, 'name must be a string'],
  [{ name: null }, 'name must be a string'],
  [{ seeds: '10.0.0.1' }, 'seeds must be an array of strings'],
  [{ seeds: [7946] }, 'seeds must be an array of strings'],
  [{ keys: 'secret' }, 'keys must be an array of strings or bytes'],
  [{ keys: [[1, 2]] }, 'keys must be an array of strings or bytes'],
  [{ meta: { role: 'shop' } }, 'meta must be a string or bytes'],
  [{ swim: null }, 'swim must be an object'],
  [{ trace: true }, 'trace must be a function'],
  [{ logger: { info() {} } }, 'logger must be an object with debug, info, warn and error'],
])('%j is refused: %s', (options, message) => {
  expect(check(options)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG', message }));
});

test('options of the right kind, or undefined, are not refused', () => {
  expect(check({})).not.toThrow();
  expect(check({ name: 'n1', seeds: [], keys: [Buffer.alloc(16), 'AAAA'], meta: Buffer.from('x') })).not.toThrow();
  expect(check({ logger: silentLogger, signal: AbortSignal.abort(), label: undefined })).not.toThrow();
});

test('a message that is neither text nor bytes, and a choice that is none, are refused', () => {
  expect(() => checkTextOrBytes('the payload', 5)).toThrow('the payload must be a string or bytes');
  expect(() => checkTextOrBytes('the payload', '')).not.toThrow();
  expect(() => checkChoice('channel', 'udp', ['packet', 'stream'])).toThrow(
    'channel is "udp", not one of packet, stream',
  );
  expect(() => checkChoice('channel', 'stream', ['packet', 'stream'])).not.toThrow();
});

test.each([
  [null, 'the options of query must be an object'],
  [{ node: ['a'] }, 'node is no option of query'],
  [{ nodes: 'a' }, 'nodes must be an array of strings'],
  [{ tags: { role: 5 } }, 'tags must be an object of strings'],
  [{ requestAck: 'no' }, 'requestAck must be true or false'],
  [{ timeoutMs: '5' }, 'timeoutMs must be a number'],
])('as options of a query %j are refused: %s', (options, message) => {
  expect(() => checkQueryOptions(options as object)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG', message }));
});

test('what is neither true nor false is refused where one of them is due', () => {
  expect(() => checkFlag('prune', 1)).toThrow('prune must be true or false');
  expect(() => checkFlag('prune', false)).not.toThrow();
});
