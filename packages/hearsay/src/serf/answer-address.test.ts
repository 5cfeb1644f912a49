import { expect, test } from 'vitest';
import { toAnswerAddress } from './answer-address.ts';

const ipv6 = (...ends: [first: number, last: number]): Uint8Array => {
  const addr = new Uint8Array(16);
  [addr[0], addr[15]] = ends;
  return addr;
};

const mapped = (...ipv4: number[]): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...ipv4);

test.each([
  ['a host', Uint8Array.of(10, 1, 2, 3), '10.1.2.3'],
  ['loopback', Uint8Array.of(127, 0, 0, 1), '127.0.0.1'],
  ['a host in IPv6 form', mapped(10, 1, 2, 3), '10.1.2.3'],
  ['an IPv6 host', ipv6(0xfe, 1), 'fe00::1'],
  ['IPv6 loopback', ipv6(0, 1), '::1'],
])('answers go to %s', (_what, addr, host) => {
  expect(toAnswerAddress(addr, 7_946)).toEqual({ host, port: 7_946 });
});

test.each([
  ['no address', null],
  ['an empty address', new Uint8Array(0)],
  ['three bytes', Uint8Array.of(10, 1, 2)],
  ['seventeen bytes', new Uint8Array(17).fill(1)],
  ['this host', Uint8Array.of(0, 0, 0, 0)],
  ['multicast', Uint8Array.of(224, 0, 0, 251)],
  ['broadcast', Uint8Array.of(255, 255, 255, 255)],
  ['broadcast in IPv6 form', mapped(255, 255, 255, 255)],
  ['IPv6 multicast', ipv6(0xff, 0xfb)],
  ['the IPv6 address of this host', ipv6(0, 0)],
])('answers do not go to %s', (_what, addr) => {
  expect(toAnswerAddress(addr, 7_946)).toBeUndefined();
});

test('answers do not go to port 0', () => {
  expect(toAnswerAddress(Uint8Array.of(10, 1, 2, 3), 0)).toBeUndefined();
});
