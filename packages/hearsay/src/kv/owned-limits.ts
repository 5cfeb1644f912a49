import type { Fill, FillNames } from './check-write.ts';
import type { KvConfig } from './config.ts';
import { kvLimits } from './limits.ts';
import type { OwnedLaneNumber } from './stream.ts';

/** How the errors of a lane that is full name it. */
export function ownedFillNames(lane: OwnedLaneNumber): FillNames {
  return lane === 1
    ? { code: 'ERR_KV_OWNED_FULL', what: 'the keys of this node' }
    : { code: 'ERR_KV_TELEMETRY_FULL', what: "this node's telemetry" };
}

/** Up to where this node writes. Deletions do not count: who has too many forgets the oldest. */
export function ownedFillMax(lane: OwnedLaneNumber, config: KvConfig): Fill {
  return lane === 1
    ? { keyCount: config.ownedKeysMax, bytes: config.ownedMaxBytes, tombstoneCount: Infinity }
    : { keyCount: config.telemetryKeysMax, bytes: config.telemetryMaxBytes, tombstoneCount: Infinity };
}

/** The most that is taken of one node. */
export function ownedHardFill(lane: OwnedLaneNumber): Fill {
  return lane === 1
    ? { keyCount: kvLimits.ownedKeysMax, bytes: kvLimits.ownedMaxBytes, tombstoneCount: Infinity }
    : { keyCount: kvLimits.telemetryKeysMax, bytes: kvLimits.telemetryMaxBytes, tombstoneCount: Infinity };
}
