/** Why bytes were refused. Everything from the network that is dropped is counted under one of these. */
export type WireFailure =
  /** Input ended early, or a length announces more than there is. */
  | 'truncated'
  /** A msgpack value of another type than the field's. */
  | 'wrong-type'
  /** A number that does not fit its field. */
  | 'out-of-range'
  /** A negative number in an unsigned field, or a negative length. */
  | 'negative'
  /** Containers nested beyond `wireLimits.skippedMaxDepth`. */
  | 'nested-too-deep'
  /** A message's map with more than `wireLimits.mapEntriesMax` entries. */
  | 'too-many-entries'
  /** A map key longer than `wireLimits.keyMaxBytes`. */
  | 'key-too-long'
  /** Nothing where a message should be: an empty packet, part, plaintext or decompression result. */
  | 'empty'
  /** A message type that this channel does not carry. */
  | 'unknown-type'
  /** A label header that is cut short or announces no bytes. */
  | 'label-malformed'
  /** A label that is not ours, missing, or not expected. */
  | 'label-mismatch'
  /** A plain stream although encryption is required. */
  | 'encryption-required'
  /** An encrypted stream although there are no keys. */
  | 'encryption-unexpected'
  /** An encryption version above 1. */
  | 'encryption-version'
  /** Shorter than the smallest encrypted message. */
  | 'encryption-short'
  /** No key of the ring opens it. */
  | 'encryption-key'
  /** Authentic, but the padding of encryption version 0 is wrong. */
  | 'encryption-padding'
  /** The checksum does not fit. */
  | 'checksum'
  /** A compression algorithm other than LZW. */
  | 'compression-algorithm'
  /** Not an LZW stream, or one without its end code. */
  | 'compression-data'
  /** Decompressed, it would be larger than the limit. */
  | 'compression-too-large'
  /** Compounds and compressions nested beyond `wireLimits.wrappingMaxDepth`. */
  | 'wrapped-too-deep'
  /** More messages in one packet than `wireLimits.packetPartsMax`. */
  | 'too-many-parts'
  /**
   * A node count that is negative, above `wireLimits.pushPullNodesMax`, or more than fit into what is there; or an entry
   * below `wireLimits.nodeEntryMinBytes`.
   */
  | 'node-count'
  /** An announced length above the limit for its kind. */
  | 'too-large';

/** Every {@link WireFailure}, for tables and metrics. */
export const wireFailures: readonly WireFailure[] = [
  'truncated',
  'wrong-type',
  'out-of-range',
  'negative',
  'nested-too-deep',
  'too-many-entries',
  'key-too-long',
  'empty',
  'unknown-type',
  'label-malformed',
  'label-mismatch',
  'encryption-required',
  'encryption-unexpected',
  'encryption-version',
  'encryption-short',
  'encryption-key',
  'encryption-padding',
  'checksum',
  'compression-algorithm',
  'compression-data',
  'compression-too-large',
  'wrapped-too-deep',
  'too-many-parts',
  'node-count',
  'too-large',
];

/** A counter for every {@link WireFailure}, all zero. */
export function newRefusals(): Record<WireFailure, number> {
  return Object.fromEntries(wireFailures.map((reason) => [reason, 0])) as Record<WireFailure, number>;
}
