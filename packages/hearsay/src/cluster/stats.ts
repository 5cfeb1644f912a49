import type { KvStats } from '../kv/index.ts';
import type { SerfStats } from '../serf/index.ts';
import type { BroadcastQueue, BrokenPaths, Swim, SwimStats } from '../swim/index.ts';

/** Everything that can be counted about a node, as plain numbers. */
export interface ClusterNodeStats {
  /** Counters of membership and failure detection since the node was made. */
  readonly swim: Readonly<SwimStats>;
  /** Bytes from packets that were refused, by reason. */
  readonly packetRefusals: Readonly<Record<string, number>>;
  /** Bytes from streams that were refused, by reason. */
  readonly streamRefusals: Readonly<Record<string, number>>;
  /** 0 is well; higher is slow or cut off. */
  readonly healthScore: number;
  readonly members: { readonly alive: number; readonly suspect: number; readonly dead: number; readonly left: number };
  /** Members that this node cannot talk with directly although they are there. */
  readonly brokenPaths: BrokenPaths;
  /** Departed members that are remembered. */
  readonly departed: number;
  /** Streams open now. */
  readonly streams: number;
  /** Membership rumors and user broadcasts that wait to be sent often enough. */
  readonly rumorQueue: QueueStats;
  readonly broadcastQueue: QueueStats;
  /** Undefined in a plain pool. */
  readonly serf: SerfStats | undefined;
  /** Undefined when the node takes no part in gossiped state. */
  readonly kv: KvStats | undefined;
}

/** The state of one broadcast queue. */
export interface QueueStats {
  readonly count: number;
  readonly bytes: number;
  /** Dropped since the node was made, because the queue was full. */
  readonly dropped: number;
}

/** A snapshot of all counters. */
export function readStats(
  swim: Swim,
  broadcasts: BroadcastQueue,
  serf: SerfStats | undefined,
  kv: KvStats | undefined,
): ClusterNodeStats {
  const { members } = swim;
  return {
    swim: { ...swim.stats },
    packetRefusals: { ...swim.packetRefusals },
    streamRefusals: { ...swim.streamRefusals },
    healthScore: swim.healthScore,
    members: {
      alive: members.aliveCount,
      suspect: members.suspectCount,
      dead: members.deadCount,
      left: members.leftCount,
    },
    brokenPaths: swim.paths.count(),
    departed: swim.departedCount,
    streams: swim.streamCount,
    rumorQueue: queueStats(swim.rumorQueue),
    broadcastQueue: queueStats(broadcasts),
    serf,
    kv,
  };
}

function queueStats(queue: BroadcastQueue): QueueStats {
  return { count: queue.count, bytes: queue.queuedBytes, dropped: queue.droppedCount };
}
