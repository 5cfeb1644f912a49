import { expect, test } from 'vitest';
import { CliError } from './exit-codes.ts';
import { base64Key, base64OrHexKey, clusterLabel, decodeHex, durationMs, share, wholeNumber } from './options.ts';

const key32 = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

test.each([
  ['1', 1],
  ['50', 50],
])('%s is a whole number', (text, value) => {
  expect(wholeNumber(1, 50)(text)).toBe(value);
});

test.each(['0', '51', '-1', '1.5', '', 'x', '1e1', '0x1', '99999999999999999999'])(
  '%j is no number from 1 to 50',
  (text) => {
    expect(() => wholeNumber(1, 50)(text)).toThrow('It must be a whole number from 1 to 50.');
  },
);

test.each([
  ['0', 0],
  ['0.1', 0.1],
  ['.5', 0.5],
  ['10%', 0.1],
])('%s is a share', (text, value) => {
  expect(share(0.9)(text)).toBe(value);
});

test.each(['1', '91%', '-0.1', 'x', '%', ''])('%j is no share up to 0.9', (text) => {
  expect(() => share(0.9)(text)).toThrow('It must be a share');
});

test.each([
  ['500ms', 500],
  ['1m30s', 90_000],
  ['1.5s', 1_500],
  ['1h', 3_600_000],
])('%s is a duration', (text, ms) => {
  expect(durationMs(100)(text)).toBe(ms);
});

test.each(['10', '99ms', 's', '1d', ''])('%j is no duration of at least 100ms', (text) => {
  expect(() => durationMs(100)(text)).toThrow('It must be a time');
});

test('a key is read from base64, and where captures are read also from hex', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index);
  expect(base64Key('-encrypt')(key32)).toEqual(key);
  expect(base64OrHexKey('--key')(key32)).toEqual(key);
  expect(base64OrHexKey('--key')(Buffer.from(key).toString('hex'))).toEqual(key);
});

test.each([
  ['xxx?', '-encrypt: not a key in base64, as `hearsay keygen` prints it'],
  ['AAECAw==', '-encrypt: the key is 4 bytes long; it must be 16, 24 or 32'],
  ['', '-encrypt: not a key in base64, as `hearsay keygen` prints it'],
])('%j is no key, and the error does not repeat it', (text, message) => {
  expect(() => base64Key('-encrypt')(text)).toThrow(new CliError(message));
});

test('hex may have spaces, colons and a prefix, but no odd digit', () => {
  expect(decodeHex('0x00 ff:0A\n')).toEqual(Uint8Array.of(0, 255, 10));
  expect(decodeHex('fff')).toBeUndefined();
  expect(decodeHex('zz')).toBeUndefined();
});

test('a label is measured in bytes, not in characters', () => {
  expect(clusterLabel('dc1')).toBe('dc1');
  expect(() => clusterLabel('ü'.repeat(128))).toThrow('It is 256 bytes long; the limit is 255.');
});
