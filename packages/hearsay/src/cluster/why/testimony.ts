import type { EvidenceRecord, OwnEvidence, Swim } from '../../swim/index.ts';

/** What a member is asked about another. Times are instants on the clock of the node that holds it. */
export interface WhyQuestion {
  readonly node: string;
  /** Who accused it: what happened to them at the time matters too. */
  readonly accusers: readonly string[];
  readonly fromAtMs: number;
  readonly toAtMs: number;
  /** When the trouble began; -Infinity when that is not known. */
  readonly startedAtMs: number;
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
  /** Since when it believes of the accused what it believes now. -Infinity when it does not know it. */
  readonly changedAtMs: number;
  /** Members besides the accused that were lost at the same time, and how many it knows. */
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
  for (const record of evidence.records()) {
    const isInTime = isAtTheTime('lastAtMs' in record ? record.lastAtMs : record.atMs);
    if (!isInTime) continue;
    if (record.node === node) add(records, record);
    else if (accusers.includes(record.node)) add(aboutAccusers, record);
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
    changedAtMs: members.get(node)?.stateChangedAtMs ?? -Infinity,
    lostCount: countLost(evidence.records(), question),
    memberCount: members.count,
  };
}

/** A silence that goes on counts from here: a few protocol periods of a local network. */
const silenceMinMs = 3_000;

/** Those accused at about the same time, and declared dead after that. */
function countLost(newestFirst: Iterable<EvidenceRecord>, { node, startedAtMs }: WhyQuestion): number {
  const died = new Set<string>();
  const lost = new Set<string>();
  for (const record of newestFirst) {
    if (record.kind !== 'transition' || record.node === node) continue;
    if (record.to === 'dead') died.add(record.node);
    const isAtOnce = Math.abs(record.atMs - startedAtMs) < atOnceMs;
    if (record.to === 'suspect' && isAtOnce && died.has(record.node)) lost.add(record.node);
    if (record.to === 'alive') died.delete(record.node);
  }
  return lost.size;
}

/** Within this time all members of a part that is cut off are accused. Chosen: ten periods of a local network. */
const atOnceMs = 10_000;

function add<Item>(list: Item[], item: Item): void {
  if (list.length < recordsMax) list.push(item);
}
