import { expect, test } from 'vitest';
import { StreamCodec } from './stream-framing.ts';
import type { WireConfig } from './wire-config.ts';

const config: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  skipInboundLabelCheck: false,
};
const noRandom = (): void => undefined;

test('nothing is no message for a stream', () => {
  const codec = new StreamCodec(config, undefined, undefined, noRandom);
  expect(() => codec.encode(new Uint8Array(0), 'initiator')).toThrow('a stream carries a message');
});

test('keys without an AEAD break an invariant; they do not send in the clear', () => {
  const codec = new StreamCodec(config, { keys: [new Uint8Array(16)] }, undefined, noRandom);
  expect(() => codec.encode(Uint8Array.of(8), 'responder')).toThrow('where there are keys there is an AEAD');
});
