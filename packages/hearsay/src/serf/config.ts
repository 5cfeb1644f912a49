/** What can be tuned in the Serf layer. Defaults are Serf's (`config.go`), coalescing included, which is off. */
export interface SerfConfig {
  /** 2 to 5. Queries need 4. Announced as the current delegate version. @defaultValue 5 */
  readonly protocolVersion: number;
  /** Longest wait for an intent or new tags to spread. @defaultValue 5,000 */
  readonly broadcastTimeoutMs: number;
  /** How long a leaving node still answers after its goodbye. @defaultValue 1,000 */
  readonly leavePropagateDelayMs: number;
  /** Lamport times for which user events are remembered. @defaultValue 512 */
  readonly eventBufferSize: number;
  /** Lamport times for which queries are remembered. @defaultValue 512 */
  readonly queryBufferSize: number;
  /** @defaultValue 15,000 */
  readonly reapIntervalMs: number;
  /** @defaultValue 30,000 */
  readonly reconnectIntervalMs: number;
  /** How long a failed member is tried again and remembered. @defaultValue 24 h */
  readonly reconnectTimeoutMs: number;
  /** How long a member that left is remembered. @defaultValue 24 h */
  readonly tombstoneTimeoutMs: number;
  /** How long an intent about an unknown member is remembered. @defaultValue 300,000 */
  readonly recentIntentTimeoutMs: number;
  /** @defaultValue 30,000 */
  readonly queueCheckIntervalMs: number;
  /** @defaultValue 4,096 */
  readonly queueDepthMax: number;
  /** 0: off. Else the limit is the larger of this and twice the members. @defaultValue 0 */
  readonly queueDepthMin: number;
  /** @defaultValue 16 */
  readonly queryTimeoutMult: number;
  /** @defaultValue 1,024 */
  readonly queryMaxBytes: number;
  /** @defaultValue 1,024 */
  readonly queryResponseMaxBytes: number;
  /** Name and payload, and the encoded message. At most 9,216. @defaultValue 512 */
  readonly userEventMaxBytes: number;
  /** Ask the others for their vote when another node claims this one's name, and stop when it is lost. @defaultValue true */
  readonly resolveNameConflicts: boolean;
  /** @defaultValue true */
  readonly coordinates: boolean;
  /** Letters, digits, `-` and `.`, at most 128 bytes, for all members. @defaultValue false */
  readonly validateNames: boolean;
  /** Member events are collected for at most this long. Both this and the next above 0: coalescing is on. @defaultValue 0 */
  readonly coalescePeriodMs: number;
  /** … and handed on when none came for this long. @defaultValue 0 */
  readonly quiescentPeriodMs: number;
  /** The same for user events that allow it. @defaultValue 0 */
  readonly userCoalescePeriodMs: number;
  readonly userQuiescentPeriodMs: number;
  /** Snapshot: take no notice of a `leave` line at start, and keep the members at a leave. @defaultValue false */
  readonly rejoinAfterLeave: boolean;
  /** The snapshot is rewritten when it grows beyond this and beyond 256 bytes a live member. @defaultValue 131,072 */
  readonly snapshotMinCompactBytes: number;
}

/** Serf's defaults. */
export const serfDefaults: SerfConfig = Object.freeze({
  protocolVersion: 5,
  broadcastTimeoutMs: 5_000,
  leavePropagateDelayMs: 1_000,
  eventBufferSize: 512,
  queryBufferSize: 512,
  reapIntervalMs: 15_000,
  reconnectIntervalMs: 30_000,
  reconnectTimeoutMs: 86_400_000,
  tombstoneTimeoutMs: 86_400_000,
  recentIntentTimeoutMs: 300_000,
  queueCheckIntervalMs: 30_000,
  queueDepthMax: 4_096,
  queueDepthMin: 0,
  queryTimeoutMult: 16,
  queryMaxBytes: 1_024,
  queryResponseMaxBytes: 1_024,
  userEventMaxBytes: 512,
  resolveNameConflicts: true,
  coordinates: true,
  validateNames: false,
  coalescePeriodMs: 0,
  quiescentPeriodMs: 0,
  userCoalescePeriodMs: 0,
  userQuiescentPeriodMs: 0,
  rejoinAfterLeave: false,
  snapshotMinCompactBytes: 131_072,
});
