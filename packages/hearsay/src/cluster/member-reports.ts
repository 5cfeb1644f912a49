import type { KvState } from '../kv/index.ts';
import { distanceNs, type MemberStatus, type Serf } from '../serf/index.ts';
import type { EvidenceRecord, Member, MemberState, Swim, TransitionEvidence } from '../swim/index.ts';
import { pageKey, ttlPeriods } from '../telemetry/index.ts';
import { briefInWords } from './why/brief.ts';

/** What a member is to a node: what the failure detector believes, and in a Serf pool what the member has said. */
export type ReportedState = 'alive' | 'suspect' | 'leaving' | 'failed' | 'left';

/** What one node can tell of a member by itself, without asking anybody. */
export interface MemberReport {
  readonly name: string;
  readonly state: ReportedState;
  /** How long it has been so, in milliseconds. Undefined for a member that was never alive here. */
  readonly stateForMs: number | undefined;
  /** Why, in a few words: "no ack, 3 relays silent", "on purpose". Empty when there is nothing to tell. */
  readonly why: string;
  /** A round trip to it, in milliseconds: from coordinates, without them its last ack. Undefined when neither is known. */
  readonly rttMs: number | undefined;
  /**
   * By how much the newest sample of its telemetry that has come is older than it should be, in milliseconds: so late is all
   * that it writes. Of the node itself, how long its oldest write has been seen by nobody. Undefined when the member publishes
   * no telemetry, or the last of it is too old to be believed.
   */
  readonly lagMs: number | undefined;
  /** Whether it takes part in gossiped state: it is a member of ours. */
  readonly isOurs: boolean;
}

/** A change of what a node believed of a member. */
export interface MemberTransition {
  readonly node: string;
  readonly from: MemberState;
  readonly to: MemberState;
  readonly agoMs: number;
  /** Who said so: the accuser, or the member itself. */
  readonly by: string;
}

/** What reports are made of. */
export interface ReportParts {
  readonly swim: Swim;
  /** Undefined in a plain pool. */
  readonly serf: Serf | undefined;
  /** Undefined when the node takes no part in gossiped state. */
  readonly kv: { readonly state: KvState; readonly lagMs: number } | undefined;
  readonly isCapable: (member: Member) => boolean;
  readonly nowMs: number;
}

/** A report of each member that is remembered. */
export function reportMembers(parts: ReportParts): MemberReport[] {
  const { swim, serf } = parts;
  const records = recordsByNode(swim.evidence.records());
  const recordsOf = ({ name }: Member): readonly EvidenceRecord[] => records.get(name) ?? [];
  const statuses = new Map((serf?.members ?? []).map(({ name, status }) => [name, status]));
  const { members } = swim.members;
  const reports = members.map((member) => reportOf(parts, member, statuses.get(member.name), recordsOf(member)));
  for (const { name } of members) statuses.delete(name);
  // Serf remembers the departed for longer.
  for (const { member, status } of serf?.departed() ?? []) {
    if (statuses.has(member.name)) reports.push(reportOf(parts, member, status, recordsOf(member)));
  }
  return reports;
}

/** The latest changes, the newest first. */
export function recentTransitions({ evidence }: Swim, nowMs: number, countMax: number): MemberTransition[] {
  const transitions: MemberTransition[] = [];
  for (const record of evidence.records()) {
    if (transitions.length >= countMax) break;
    if (record.kind === 'transition' && record.from !== record.to) transitions.push(toTransition(record, nowMs));
  }
  return transitions;
}

function toTransition({ node, from, to, by, atMs }: TransitionEvidence, nowMs: number): MemberTransition {
  return { node, from, to, by, agoMs: nowMs - atMs };
}

function recordsByNode(records: Iterable<EvidenceRecord>): Map<string, EvidenceRecord[]> {
  const byNode = new Map<string, EvidenceRecord[]>();
  for (const record of records) {
    const known = byNode.get(record.node);
    if (known === undefined) byNode.set(record.node, [record]);
    else known.push(record);
  }
  return byNode;
}

function reportOf(
  parts: ReportParts,
  member: Member,
  status: MemberStatus | undefined,
  records: readonly EvidenceRecord[],
): MemberReport {
  const { nowMs, isCapable, swim } = parts;
  const { name, state, stateChangedAtMs } = member;
  const isSelf = swim.members.isSelf(member);
  const isOurs = isSelf ? parts.kv !== undefined : isCapable(member);
  const reported = toReported(state, status);
  const why = briefInWords(state, records, nowMs, swim.evidence.saidBy(name));
  return {
    name,
    state: reported,
    stateForMs: stateChangedAtMs === -Infinity ? undefined : nowMs - stateChangedAtMs,
    why: reported === 'left' && state === 'dead' ? `failed before${why === '' ? '' : `: ${why}`}` : why,
    rttMs: isSelf ? undefined : rttMsTo(parts, name),
    lagMs: isSelf ? parts.kv?.lagMs : isOurs ? lagMsOf(parts, name) : undefined,
    isOurs,
  };
}

/** Membership knows of suspicions, Serf who is about to leave, and who counts as left although it failed. */
function toReported(state: MemberState, status: MemberStatus | undefined): ReportedState {
  if (status === 'left' || state === 'left') return 'left';
  if (state === 'dead') return 'failed';
  if (state === 'suspect') return 'suspect';
  return status === 'leaving' ? 'leaving' : 'alive';
}

function rttMsTo({ serf, swim }: ReportParts, name: string): number | undefined {
  const [own, other] = [serf?.coordinate(), serf?.coordinate(name)];
  if (own !== undefined && other !== undefined) return distanceNs(own, other) / 1e6;
  const { ackAtMs, rttMs } = swim.evidence.contact(name);
  return ackAtMs === -Infinity ? undefined : rttMs;
}

/** A member publishes a sample once a period, and a sample tells its age wherever it comes. */
function lagMsOf({ kv }: ReportParts, name: string): number | undefined {
  const telemetry = kv?.state.telemetry;
  const sample = telemetry?.get(name, pageKey(0));
  if (telemetry === undefined || sample === undefined) return undefined;
  return Math.max(0, telemetry.ageMs(name, sample.key) - sample.ttlMs / ttlPeriods);
}
