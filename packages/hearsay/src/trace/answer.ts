import type { Member, Swim } from '../swim/index.ts';
import { formatAddress, isSameAddress, type Address } from '../util/index.ts';
import { traceLimits } from './limits.ts';
import type { RumorKey } from './rumor-key.ts';
import type { Hearing, HeardVia, RumorLog } from './rumor-log.ts';

/** A span in which a member could not listen. Ages are as of the answer, in milliseconds. */
export interface LostTime {
  /** How long ago it ended. */
  readonly endedAgoMs: number;
  readonly lengthMs: number;
}

/** How a member heard of a rumor. */
export interface ToldHearing {
  readonly agoMs: number;
  readonly via: HeardVia;
  /** Who told it: a member, or an address that is no member's; undefined when that cannot be known. */
  readonly fromName: string | undefined;
  readonly fromAddress: string | undefined;
  readonly copyCount: number;
  readonly queuedCount: number;
  readonly sendCount: number;
  /** How long it waited here before it was first passed on; undefined: it was not. */
  readonly waitedMs: number | undefined;
  readonly isGone: boolean;
}

/** What a member says when it is asked of a rumor. Ages are as of this answer, for no two clocks agree. */
export interface TraceAnswer {
  /** How long the answer was held back after the question came. */
  readonly heldMs: number;
  /** How long ago this process first took part. */
  readonly startedAgoMs: number;
  /** What was heard longer ago than this may have been forgotten; Infinity when nothing was. */
  readonly forgottenAgoMs: number;
  /** When it last could not pass on all because the bytes for state were used up; Infinity for never. */
  readonly unpaidAgoMs: number;
  /** It got no time, the latest first. */
  readonly stalls: readonly LostTime[];
  /** It received nothing at all, the latest first. */
  readonly silences: readonly LostTime[];
  /** Undefined: it has not heard of it, or has forgotten that. */
  readonly hearing: ToldHearing | undefined;
}

/** What this node has to say of a rumor. */
export function tellOf(log: RumorLog, swim: Swim, key: RumorKey, nowMs: number, heldMs: number): TraceAnswer {
  const { evidence } = swim;
  const hearing = log.find(key);
  const stalls: LostTime[] = [];
  const silences: LostTime[] = [];
  for (const record of evidence.own()) {
    const endedAgoMs = nowMs - record.atMs;
    if (record.kind === 'stall' && stalls.length < traceLimits.stallsMax) {
      stalls.push({ endedAgoMs, lengthMs: record.lateMs });
    }
    if (record.kind === 'silence' && silences.length < traceLimits.stallsMax) {
      silences.push({ endedAgoMs, lengthMs: record.silentMs });
    }
  }
  return {
    heldMs,
    startedAgoMs: nowMs - (evidence.startedAtMs ?? nowMs),
    forgottenAgoMs: nowMs - log.forgottenUntilMs,
    unpaidAgoMs: nowMs - log.unpaidAtMs,
    stalls,
    silences,
    hearing: hearing && toldHearing(hearing, swim, nowMs),
  };
}

function toldHearing(hearing: Hearing, swim: Swim, nowMs: number): ToldHearing {
  const { atMs, via, from, copyCount, queuedCount, sendCount, firstSentAtMs, isGone } = hearing;
  const fromName = typeof from === 'string' ? from : from && memberAt(swim.members.members, from)?.name;
  const fromAddress = typeof from === 'object' && fromName === undefined ? formatAddress(from) : undefined;
  const waitedMs = firstSentAtMs === undefined ? undefined : firstSentAtMs - atMs;
  const counts = { copyCount, queuedCount, sendCount };
  return { agoMs: nowMs - atMs, via, fromName, fromAddress, ...counts, waitedMs, isGone };
}

/** Streams come from any port, and some packets from another than the announced one: then the only member of that host. */
function memberAt(members: readonly Member[], from: Address): Member | undefined {
  const exact = members.find(({ address }) => address !== undefined && isSameAddress(address, from));
  if (exact !== undefined) return exact;
  const atHost = members.filter(({ address }) => address?.host === from.host);
  return atHost.length === 1 ? atHost[0] : undefined;
}
