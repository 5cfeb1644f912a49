import { expect, test } from 'vitest';
import { nodeAead } from './aead.ts';

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

// Test cases 4 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: keys of 128 and 256 bits.
const plaintext = fromHex(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
);
const additionalData = fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const nonce = fromHex('cafebabefacedbaddecaf888');
const cases = [
  {
    key: fromHex('feffe9928665731c6d6a8f9467308308'),
    sealed: fromHex(
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091' +
        '5bc94fbc3221a5db94fae95ae7121a47',
    ),
  },
  {
    key: fromHex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
    sealed: fromHex(
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
        '76fc6ece0f4e1768cddf8853bb2d551b',
    ),
  },
];

test.each(cases)('sealing and opening give the published test case (key of $key.length bytes)', ({ key, sealed }) => {
  expect(nodeAead.seal(key, nonce, plaintext, additionalData)).toEqual(sealed);
  expect(Uint8Array.from(nodeAead.open(key, nonce, sealed, additionalData)!)).toEqual(plaintext);
});

test('one changed bit anywhere, or other additional data, opens nothing and does not throw', () => {
  const { key, sealed } = cases[0]!;
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed);
    changed[i]! ^= 1;
    expect(nodeAead.open(key, nonce, changed, additionalData)).toBeUndefined();
  }
  expect(nodeAead.open(key, nonce, sealed, new Uint8Array(0))).toBeUndefined();
  expect(nodeAead.open(key, nonce, sealed.subarray(0, 15), additionalData)).toBeUndefined();
});
