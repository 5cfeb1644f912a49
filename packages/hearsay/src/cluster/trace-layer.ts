import type { Kv, WriteWatcher } from '../kv/index.ts';
import type { EventWatcher, Serf } from '../serf/index.ts';
import { retransmitLimit, type Member, type Swim, type SwimConfig } from '../swim/index.ts';
import { eventKey, RumorLog, writeKey, type TracedRumor } from '../trace/index.ts';
import type { StepClock } from '../util/index.ts';
import type { ClusterDelegate } from './cluster-delegate.ts';

/** What watches events and writes on their way, for a log of what was heard when and from whom. */
export interface Watchers {
  readonly log: RumorLog;
  readonly events: EventWatcher;
  readonly writes: WriteWatcher;
}

/** @param queuedCount - messages of all kinds that wait to be passed on now */
export function createWatchers(clock: StepClock, queuedCount: () => number): Watchers {
  const log = new RumorLog(clock, queuedCount);
  return {
    log,
    events: {
      heard: ({ ltime, name, payload }, isOwn) => {
        const key = eventKey(ltime, name, payload);
        if (isOwn) log.passing(key);
        else log.heard(key);
      },
      repeated: ({ ltime, name, payload }) => log.repeated(eventKey(ltime, name, payload)),
      passing: ({ ltime, name, payload }) => log.passing(eventKey(ltime, name, payload)),
    },
    writes: {
      comesBy: (via, from) => log.comesBy(via, from),
      heard: (dot) => void log.heard(writeKey(dot)),
      repeated: (dot) => log.repeated(writeKey(dot)),
      passing: (dot) => log.passing(writeKey(dot)),
      unpaid: () => log.onUnpaid(),
    },
  };
}

/** Fires a user event, which every member of the pool has, whatever its software. */
export function fireTraced(
  serf: Serf,
  swim: Swim,
  { retransmitMult }: SwimConfig,
  name: string,
  payload: Uint8Array,
): TracedRumor {
  const isEager = swim.spreadsAtOnce;
  const ltime = serf.fireEvent(name, payload, false);
  const sendLimit = retransmitLimit(retransmitMult, serf.memberCount);
  const key = eventKey(ltime, name, payload);
  return { kind: 'event', name, key, sendLimit, holdMs: 0, isEager, canHave: () => true };
}

/** Writes to the shared map, which only members that take part in state have. */
export function putTraced(kv: Kv, isCapable: (member: Member) => boolean, key: string, value: Uint8Array): TracedRumor {
  const { entry } = kv.put(key, value, { touch: true });
  const { retransmitMult, batchWindowMs: holdMs } = kv.gossip;
  const sendLimit = retransmitLimit(retransmitMult, kv.capableNames().length);
  // Gossiped state goes at a pace of its own.
  return { kind: 'kv', name: key, key: writeKey(entry), sendLimit, holdMs, isEager: false, canHave: isCapable };
}

/** Messages of all kinds that wait. */
export function queuedCountOf(
  swim: Swim,
  delegate: ClusterDelegate,
  serf: Serf | undefined,
  kv: Kv | undefined,
): number {
  return swim.rumorQueue.count + delegate.broadcasts.count + (serf?.queuedCount ?? 0) + (kv?.queuedCount ?? 0);
}
