import { PacketCodec, wireFailures, type WireConfig } from 'hearsay/wire';
import { toHex } from './vectors.ts';
import { nodeAead } from './node-aead.ts';

export const plainConfig: WireConfig = {
  label: '',
  compression: false,
  encryptionVersion: 1,
  verifyIncoming: true,
  verifyOutgoing: true,
  skipInboundLabelCheck: false,
};

/** A codec whose nonces are `nonce`, so that what it seals can be compared with what Go sealed. */
export function newPacketCodec(
  config: Partial<WireConfig> = {},
  keys?: readonly Uint8Array[],
  nonce: Uint8Array = new Uint8Array(12),
): PacketCodec {
  const source = keys === undefined ? undefined : { keys };
  return new PacketCodec({ ...plainConfig, ...config }, source, nodeAead, (target) => target.set(nonce));
}

/** The messages that `codec` gets out of `packet`, type byte included, in hex. */
export function unwrapAll(codec: PacketCodec, packet: Uint8Array): string[] {
  const messages: string[] = [];
  codec.unwrap(packet, {
    receiveMessage(type, reader) {
      const body = reader.bytes.subarray(reader.position, reader.position + reader.remaining);
      messages.push(toHex(Uint8Array.of(type)) + toHex(body));
    },
  });
  return messages;
}

/** The counters that are not zero. */
export function refusalsOf(codec: PacketCodec): Record<string, number> {
  return Object.fromEntries(
    wireFailures.filter((reason) => codec.stats[reason] > 0).map((reason) => [reason, codec.stats[reason]]),
  );
}
