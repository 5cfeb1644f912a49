import fc from 'fast-check';
import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { formatAddr, parseIp, toAddress } from './ip-address.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

test.each([
  ['c0000201', '192.0.2.1'],
  ['00000000000000000000ffffc0000201', '192.0.2.1'],
  ['20010db8000000000000000000000001', '2001:db8::1'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000000000001', '::1'],
  ['00010000000000000000000000000000', '1::'],
  ['20010db8000100010001000100010001', '2001:db8:1:1:1:1:1:1'],
  ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
  ['20010000000000010000000000000001', '2001:0:0:1::1'],
  ['00010000000000010000000000010001', '1::1:0:0:1:1'],
  ['fe800000000000000000000000000abc', 'fe80::abc'],
  ['010203', '?010203'],
  ['', '<nil>'],
])('%s is shown as %s', (bytes, text) => {
  expect(formatAddr(hex(bytes))).toBe(text);
});

test('no address is shown as Go shows it', () => {
  expect(formatAddr(null)).toBe('<nil>');
});

test('every IPv4 and IPv6 address is read from the text it is shown as', () => {
  const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
  const sparse = fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 });
  const ipv6 = fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    sparse.map((bytes) => Uint8Array.from(bytes)),
  );
  fc.assert(
    fc.property(fc.oneof(ipv4, ipv6), (addr) => {
      const text = formatAddr(addr);
      expect(isIP(text)).toBeGreaterThan(0);
      const parsed = parseIp(text)!;
      expect(formatAddr(parsed)).toBe(text);
      expect(parsed).toEqual(text.includes(':') ? addr : addr.slice(-4));
    }),
    { numRuns: 1_000 },
  );
});

test('text is taken exactly when the platform takes it, zones apart', () => {
  const near = fc.array(fc.constantFrom('0', '1', 'f', '25', ':', '::', '.', '1.2.3.4', '255', '256', '01', 'g'), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        near.map((parts) => parts.join('')),
      ),
      (text) => {
        expect([text, parseIp(text) !== undefined]).toEqual([text, isIP(text) !== 0]);
      },
    ),
    { numRuns: 5_000 },
  );
  expect(parseIp('fe80::1%eth0')).toBeUndefined();
});

test('an IPv4 address has four bytes, however it is written', () => {
  expect(parseIp('192.0.2.1')).toEqual(hex('c0000201'));
  expect(parseIp('::ffff:192.0.2.1')).toEqual(hex('c0000201'));
  expect(parseIp('::FFFF:c000:201')).toEqual(hex('c0000201'));
});

test('the same place is the same frozen object', () => {
  const address = toAddress(hex('c0000201'), 7946)!;
  expect(address).toEqual({ host: '192.0.2.1', port: 7946 });
  expect(toAddress(hex('c0000201'), 7946) === address).toBe(true);
  expect(Object.isFrozen(address)).toBe(true);
  expect(toAddress(hex('c0000201'), 7947)).toEqual({ host: '192.0.2.1', port: 7947 });
  expect(toAddress(hex('00000000000000000000ffffc0000201'), 7946)).toEqual(address);
});

test('nowhere is undefined: no address, one of another length, port 0', () => {
  for (const [addr, port] of [
    [null, 1],
    [hex(''), 1],
    [hex('010203'), 1],
    [hex('c0000201'), 0],
  ] as const) {
    expect(toAddress(addr, port)).toBeUndefined();
  }
});
