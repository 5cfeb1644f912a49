/** Why bytes are no state message. */
export type KvFailure =
  /** The bytes end early, or a length announces more than there is. */
  | 'truncated'
  /** Bytes after the last field. */
  | 'trailing-bytes'
  /** Longer than `kvWireLimits.messageMaxBytes`. */
  | 'too-large'
  /** Of a version of this protocol that is not ours. */
  | 'version'
  /** A type of message that this version does not have. */
  | 'unknown-type'
  /** A number that is not written in the shortest way, or above 2^53 - 1. */
  | 'number'
  /** A number that its field cannot have: a lane, a bucket, a piece, a version 0. */
  | 'out-of-range'
  /** A bit that has no meaning, or not here. */
  | 'flags'
  /** A member's name that is empty or too long, or a stream without its owner. */
  | 'name'
  /** A key that is empty, too long, no UTF-8, or has control characters. */
  | 'key'
  /** A value longer than the lane's hard limit. */
  | 'value-too-large';

/** Every {@link KvFailure}, for tables and metrics. */
export const kvFailures: readonly KvFailure[] = [
  'truncated',
  'trailing-bytes',
  'too-large',
  'version',
  'unknown-type',
  'number',
  'out-of-range',
  'flags',
  'name',
  'key',
  'value-too-large',
];

/** A counter for every {@link KvFailure}, all zero. */
export function newKvRefusals(): Record<KvFailure, number> {
  return Object.fromEntries(kvFailures.map((reason) => [reason, 0])) as Record<KvFailure, number>;
}
