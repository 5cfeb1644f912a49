/**
 * Bounds of the codec, beside those of `kvLimits`. All are checked before anything is allocated. "Chosen" ones lie above
 * what a correct sender produces.
 */
export const kvWireLimits = {
  /**
   * One message. Chosen: sixteen times what is sent at once, as some things are not cut: an entry, a bucket of a digest,
   * and all of one node's keys, which are 256 KiB, as much again twice when many were deleted, and what goes with them.
   */
  messageMaxBytes: 1_048_576,
  /** A member's name, as `swim` takes it. */
  nameMaxBytes: 255,
  /**
   * Pieces of one answer. Chosen: 64 MiB of values and as much of keys, rows and deletions, in pieces of 64 KiB, which may
   * be half empty when values are large.
   */
  piecesMax: 4_096,
  /** Members of a receipt's bitmap, as bytes of 8. Chosen: 65,536 members, far above what a pool can hold. */
  bitmapMaxBytes: 8_192,
} as const;
