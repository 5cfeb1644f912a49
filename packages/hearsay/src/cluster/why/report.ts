import type { EvidenceRecord, MemberState } from '../../swim/index.ts';
import type { CaseFile, WhyMissingReason } from './case-file.ts';
import { judge } from './judge.ts';
import type { Testimony } from './testimony.ts';
import type { WhyVerdict } from './verdict.ts';
import { recordInWords } from './words.ts';

/** One thing that somebody recorded. */
export interface WhyEntry {
  /** How long ago, in milliseconds. */
  readonly agoMs: number;
  /** Who recorded it, and its number there: `n1/17`. */
  readonly id: string;
  readonly witness: string;
  readonly text: string;
}

/** Why a member was accused or went: the verdict, and what it rests on. */
export interface WhyReport {
  readonly node: string;
  /** What the one who asked believes now; undefined for a member it does not know. */
  readonly state: MemberState | undefined;
  readonly verdict: WhyVerdict;
  /** When the trouble began and ended; undefined when nobody remembers any. */
  readonly startedAgoMs: number | undefined;
  readonly endedAgoMs: number | undefined;
  /** Who accused it first, then who confirmed that. */
  readonly accusers: readonly string[];
  /** What happened, the oldest first; at most 64. */
  readonly timeline: readonly WhyEntry[];
  /** Who was heard. */
  readonly witnesses: readonly string[];
  /** Who was not, and why. */
  readonly missing: readonly { readonly name: string; readonly reason: WhyMissingReason }[];
}

const entriesMax = 64;
/** What stands in the timeline from before and after the trouble. */
const marginMs = 15_000;

/** Judges a case and puts it into words. */
export function toReport(file: CaseFile): WhyReport {
  const { node, state, episode, nowMs, missing } = file;
  const all = file.accused === undefined ? file.witnesses : [...file.witnesses, file.accused];
  return {
    node,
    state,
    verdict: judge(file),
    startedAgoMs: episode && Math.round(nowMs - episode.startedAtMs),
    endedAgoMs: episode?.endedAtMs === undefined ? undefined : Math.round(nowMs - episode.endedAtMs),
    accusers: episode?.accusers ?? [],
    timeline: episode === undefined ? [] : timeline(file, all),
    witnesses: all.map(({ witness }) => witness),
    missing,
  };
}

function timeline({ episode, nowMs }: CaseFile, testimonies: readonly Testimony[]): WhyEntry[] {
  const fromAtMs = episode!.startedAtMs - marginMs;
  const toAtMs = (episode!.endedAtMs ?? nowMs) + marginMs;
  const seen = new Set<string>();
  const entries = testimonies
    .flatMap(({ witness, records }) => records.map((record) => ({ witness, record })))
    .filter(({ record: { atMs } }) => atMs >= fromAtMs && atMs <= toAtMs)
    .sort((a, b) => a.record.atMs - b.record.atMs)
    .filter(({ record }) => isFirst(record, seen));
  return entries.slice(0, entriesMax).map(({ witness, record }) => ({
    agoMs: Math.round(nowMs - record.atMs),
    id: `${witness}/${record.id}`,
    witness,
    text: recordInWords(record),
  }));
}

/** The same news that others heard a moment later says nothing new. */
function isFirst(record: EvidenceRecord, seen: Set<string>): boolean {
  if (record.kind !== 'transition' && record.kind !== 'confirmation') return true;
  const key =
    record.kind === 'transition'
      ? `${record.from} ${record.to} ${record.incarnation} ${record.to === 'dead' ? '' : record.by}`
      : `confirmed ${record.by}`;
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
