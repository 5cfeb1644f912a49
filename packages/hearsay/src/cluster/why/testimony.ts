import type { EvidenceRecord, OwnEvidence, Swim } from '../../swim/index.ts';

/** What a member is asked about another. Times are instants on the clock of the node that holds it. */
export interface WhyQuestion {
  readonly node: string;
  /** Who accused it: what happened to them at the time matters too. */
  readonly accusers: readonly string[];
  readonly fromAtMs: number;
  readonly toAtMs: number;
}

/** What one member knows of the matter. Times are instants on the clock of the node that holds it. */
export interface Testimony {
  readonly witness: string;
  /** When its process first took part. */
  readonly startedAtMs: number;
  /** 0 is well. */
  readonly healthScore: number;
  /** Of the accused, the newest first. */
  readonly records: readonly EvidenceRecord[];
  /** Of its accusers. */
  readonly aboutAccusers: readonly EvidenceRecord[];
  /** Of itself. */
  readonly own: readonly OwnEvidence[];
  /** When it last heard the accused: an answer to a ping, and a ping. -Infinity for never, or not remembered. */
  readonly lastAckAtMs: number;
  readonly lastPingAtMs: number;
  /** Members besides the accused that it lost at the time, and how many it knows. */
  readonly lostCount: number;
  readonly memberCount: number;
}

/** Records of one testimony, by kind. Chosen: more than one death leaves behind. */
const recordsMax = 64;

/** What this node can say itself. */
export function testify(swim: Swim, nowMs: number, question: WhyQuestion): Testimony {
  const { node, accusers } = question;
  const { evidence, members } = swim;
  const isAtTheTime = (atMs: number): boolean => atMs >= question.fromAtMs && atMs <= question.toAtMs;
  const records: EvidenceRecord[] = [];
  const aboutAccusers: EvidenceRecord[] = [];
  const lost = new Set<string>();
  for (const record of evidence.records()) {
    const isInTime = isAtTheTime('lastAtMs' in record ? record.lastAtMs : record.atMs);
    if (!isInTime) continue;
    if (record.node === node) add(records, record);
    else if (accusers.includes(record.node)) add(aboutAccusers, record);
    if (record.node !== node && record.kind === 'transition' && isLoss(record.to)) lost.add(record.node);
  }
  const own: OwnEvidence[] = [];
  for (const record of evidence.own()) if (isAtTheTime(record.atMs)) add(own, record);
  const { silentMs } = evidence;
  if (silentMs > silenceMinMs) own.unshift({ kind: 'silence', atMs: nowMs, silentMs });
  const { ackAtMs, pingAtMs } = evidence.contact(node);
  return {
    witness: swim.self.name,
    startedAtMs: evidence.startedAtMs ?? nowMs,
    healthScore: swim.healthScore,
    records,
    aboutAccusers,
    own,
    lastAckAtMs: ackAtMs,
    lastPingAtMs: pingAtMs,
    lostCount: lost.size,
    memberCount: members.count,
  };
}

/** A silence that goes on counts from here: a few protocol periods of a local network. */
const silenceMinMs = 3_000;

function isLoss(state: string): boolean {
  return state === 'suspect' || state === 'dead';
}

function add<Item>(list: Item[], item: Item): void {
  if (list.length < recordsMax) list.push(item);
}
