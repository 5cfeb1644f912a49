import type { ConflictEvidence, EvidenceRecord, StaleEvidence, TransitionEvidence } from '../../swim/index.ts';

/** Troubles of a member that belong together: from the first accusation until it was well for a while. */
export interface Episode {
  readonly startedAtMs: number;
  /** When it was believed alive again, or said goodbye; undefined while it goes on. */
  readonly endedAtMs: number | undefined;
  /** When it was first accused; undefined when it never was. */
  readonly suspectedAtMs: number | undefined;
  /** When it was first declared dead; undefined when it never was. */
  readonly deadAtMs: number | undefined;
  /** Who accused it first, and then who confirmed that: the first one first. */
  readonly accusers: readonly string[];
}

/** Troubles that follow each other within this time are one: healing flaps. */
const quietMs = 30_000;

type Trouble = TransitionEvidence | ConflictEvidence | StaleEvidence;

/**
 * All episodes that the records tell of, which may be of many witnesses, the latest first.
 *
 * An accusation that this node took from a push/pull names itself as the accuser; it is one only when nobody else is.
 */
export function episodesOf(records: readonly EvidenceRecord[]): Episode[] {
  const troubles = records.filter(isTrouble).sort((a, b) => a.atMs - b.atMs);
  const groups: Trouble[][] = [];
  for (const trouble of troubles) {
    const last = groups.at(-1);
    if (last !== undefined && !isOver(last, trouble.atMs)) last.push(trouble);
    else if (!isRecovery(trouble)) groups.push([trouble]);
  }
  const confirmations = records.filter((record) => record.kind === 'confirmation').sort((a, b) => a.atMs - b.atMs);
  return groups.map((group) => toEpisode(group, confirmations)).toReversed();
}

/** The one that was going on at `atMs`, or the last one before; without `atMs` the latest. */
export function episodeAt(episodes: readonly Episode[], atMs: number | undefined): Episode | undefined {
  if (atMs === undefined) return episodes[0];
  return episodes.find(({ startedAtMs }) => startedAtMs <= atMs + quietMs) ?? episodes.at(-1);
}

function isTrouble(record: EvidenceRecord): record is Trouble {
  return record.kind === 'transition' || record.kind === 'conflict' || record.kind === 'stale';
}

function isRecovery(trouble: Trouble): boolean {
  return trouble.kind === 'transition' && trouble.to === 'alive';
}

/** Whether the group had ended, and long enough ago that what happens at `atMs` is something else. */
function isOver(group: readonly Trouble[], atMs: number): boolean {
  const last = group.at(-1)!;
  const isEnded = last.kind !== 'transition' || last.to === 'alive' || last.to === 'left';
  const endedAtMs = 'lastAtMs' in last ? last.lastAtMs : last.atMs;
  return isEnded && atMs - endedAtMs > quietMs;
}

function toEpisode(group: readonly Trouble[], confirmations: readonly { atMs: number; by: string }[]): Episode {
  const first = group[0]!;
  const last = group.at(-1)!;
  const transitions = group.filter((trouble) => trouble.kind === 'transition');
  const suspicions = transitions.filter(({ to }) => to === 'suspect');
  const deaths = transitions.filter(({ to }) => to === 'dead');
  const isEnded = last.kind !== 'transition' || last.to === 'alive' || last.to === 'left';
  const endedAtMs = isEnded ? last.atMs : undefined;
  const isDuring = ({ atMs }: { atMs: number }): boolean => atMs >= first.atMs && atMs <= (endedAtMs ?? Infinity);
  const firstHand = suspicions.filter(({ via }) => via !== 'push-pull');
  const accusers = [
    ...(firstHand.length > 0 ? firstHand : suspicions).map(({ by }) => by),
    ...confirmations.filter(isDuring).map(({ by }) => by),
    ...deaths.map(({ by }) => by),
  ];
  return {
    startedAtMs: first.atMs,
    endedAtMs,
    suspectedAtMs: suspicions[0]?.atMs,
    deadAtMs: deaths[0]?.atMs,
    accusers: [...new Set(accusers)].filter((name) => name !== '' && name !== first.node),
  };
}
