import type { CreateClusterOptions, SerfMember } from 'hearsay';
import type { LeveledLogger } from './agent-log.ts';
import type { MemberEventKind } from './event-filter.ts';
import { hostOf } from './member-host.ts';
import type { Metrics } from './metrics.ts';

type SerfTrace = NonNullable<CreateClusterOptions['serfTrace']>;

/** Serf's words and names for what the trace tells, and for news of members. */
export interface SerfWatch {
  /** For `createCluster`. */
  readonly trace: SerfTrace;
  /** Logs and counts one member's news; the trace does so itself. For plain pools, which have none. */
  readonly member: (news: MemberEventKind, member: Pick<SerfMember, 'name' | 'address'>) => void;
}

const newsFacts = {
  'member-join': { event: 'EventMemberJoin', counter: 'serf.member.join', hasHost: true },
  'member-leave': { event: 'EventMemberLeave', counter: 'serf.member.left', hasHost: true },
  'member-failed': { event: 'EventMemberFailed', counter: 'serf.member.failed', hasHost: true },
  'member-update': { event: 'EventMemberUpdate', counter: 'serf.member.update', hasHost: false },
  'member-reap': { event: 'EventMemberReap', counter: undefined, hasHost: false },
} as const satisfies Readonly<Record<MemberEventKind, object>>;

/**
 * Logs and counts what happens inside the Serf layer as Serf does. News of members come from here, for the events that
 * scripts and streams get are collected first, for up to three seconds.
 */
export function watchSerf(logger: LeveledLogger, metrics: Metrics): SerfWatch {
  const member: SerfWatch['member'] = (news, about) => {
    const { event, counter, hasHost } = newsFacts[news];
    logger.info({}, hasHost ? `${event}: ${about.name} ${hostOf(about)}` : `${event}: ${about.name}`);
    if (counter !== undefined) metrics.count(counter);
  };
  const trace: SerfTrace = (event) => {
    switch (event.type) {
      case 'member-news':
        return member(event.news, event.member);
      case 'member-flapped':
        return metrics.count('serf.member.flap');
      case 'message-received':
        return metrics.sample('serf.msgs.received', event.lengthBytes);
      case 'message-gossiped':
        return metrics.sample('serf.msgs.sent', event.lengthBytes);
      case 'coordinate-moved':
        if (event.rttMs === 0) metrics.count('serf.coordinate.zero-rtt');
        return metrics.sample('serf.coordinate.adjustment-ms', event.distanceMs);
      case 'rejoin-attempt':
        return logger.info({}, `Attempting re-join to previously known node: ${event.node}: ${event.address}`);
      case 'rejoined':
        return logger.info({}, `Re-joined to previously known node: ${event.node}: ${event.address}`);
      case 'rejoin-failed':
        return logger.warn({}, 'Failed to re-join any previously known node');
      case 'reconnect-attempt':
        return logger.info({}, `attempting reconnect to ${event.node} ${event.address}`);
      case 'snapshot-appended':
        return metrics.time('serf.snapshot.appendLine', event.durationMs);
      case 'snapshot-compacted':
        return metrics.time('serf.snapshot.compact', event.durationMs);
    }
  };
  return { trace, member };
}
