import type { EvidenceRecord, MemberState, ProbeEvidence, SaidHealth, TransitionEvidence } from '../../swim/index.ts';
import { names, seconds } from './words.ts';

/** How long a member that is well again has that told of it. */
const recoveryToldMs = 10 * 60_000;
/** How long something strange about a member that is well is told. */
const oddityToldMs = 60_000;
/** A member that stood still for so long is told of, in milliseconds. Chosen: a probe of the default profile has gone by. */
const stalledMinMs = 1_000;
/** Probes that led to a suspicion lie at most so long before it. */
const probeMarginMs = 15_000;

/**
 * Why a member is in its state, in a few words: "no ack, 3 relays silent", "on purpose". Only from what one node remembers;
 * whoever wants to be sure asks for a verdict.
 *
 * @param records of that member alone, the newest first
 * @param said what it last said of its own health
 * @returns empty when there is nothing to tell
 */
export function briefInWords(
  state: MemberState,
  records: readonly EvidenceRecord[],
  nowMs: number,
  said?: SaidHealth,
): string {
  const transitions = records.filter((record) => record.kind === 'transition');
  const [last] = transitions;
  switch (state) {
    case 'left':
      return last?.to === 'left' && last.by === last.node ? 'on purpose' : '';
    case 'suspect':
    case 'dead':
      return last?.to === state ? accusationInWords(records, transitions) : '';
    case 'alive':
      return [recoveryInWords(records, transitions, nowMs) || oddityInWords(records, nowMs), troubleInWords(said)]
        .filter((text) => text !== '')
        .join('; ');
  }
}

/** What this node saw itself, and who said so. */
function accusationInWords(records: readonly EvidenceRecord[], transitions: readonly TransitionEvidence[]): string {
  const suspicion = transitions.find(({ to }) => to === 'suspect') ?? transitions[0]!;
  const probe = records.find(
    (record): record is ProbeEvidence =>
      record.kind === 'probe' && record.outcome === 'failed' && record.atMs >= suspicion.atMs - probeMarginMs,
  );
  const accusers = [
    ...(suspicion.via === 'gossip' && suspicion.by !== suspicion.node ? [suspicion.by] : []),
    ...records.flatMap((record) =>
      record.kind === 'confirmation' && record.atMs >= suspicion.atMs ? [record.by] : [],
    ),
  ];
  const said = accusers.length === 0 ? [] : [`accused by ${names(accusers)}`];
  if (probe !== undefined) return [probeInBrief(probe), ...said].join('; ');
  if (said.length > 0) return said[0]!;
  return suspicion.via === 'push-pull' ? 'told in an exchange of states' : '';
}

function probeInBrief({ helpers, stream, sendFailure }: ProbeEvidence): string {
  const nackedCount = helpers.filter(({ answer }) => answer === 'nack').length;
  const silentCount = helpers.filter(({ answer }) => answer === undefined).length;
  return [
    sendFailure === undefined ? 'no ack' : `could not send (${sendFailure})`,
    ...(nackedCount > 0 ? [`nor for ${relays(nackedCount)}`] : []),
    ...(silentCount > 0 ? [`${relays(silentCount)} silent`] : []),
    ...(stream === 'refused' || stream === 'silent' ? [`TCP ${stream}`] : []),
  ].join(', ');
}

function relays(count: number): string {
  return count === 1 ? '1 relay' : `${count} relays`;
}

/** What it was before, when that is not long ago. */
function recoveryInWords(
  records: readonly EvidenceRecord[],
  transitions: readonly TransitionEvidence[],
  nowMs: number,
): string {
  // With a higher incarnation it may have become alive once more.
  const last = transitions.find(({ from, to }) => from !== to);
  if (last === undefined || last.to !== 'alive' || nowMs - last.atMs > recoveryToldMs) return '';
  if (last.from === 'left') return 'had left';
  const earlier = records.filter(({ atMs }) => atMs <= last.atMs).filter((record) => record !== last);
  const why = briefInWords(last.from, earlier, last.atMs);
  return `was ${last.from === 'dead' ? 'failed' : 'suspect'}${why === '' ? '' : `: ${why}`}`;
}

/** What is not as it should be, although the member is well. */
function oddityInWords(records: readonly EvidenceRecord[], nowMs: number): string {
  for (const record of records) {
    const isRecent = nowMs - ('lastAtMs' in record ? record.lastAtMs : record.atMs) <= oddityToldMs;
    if (!isRecent) continue;
    if (record.kind === 'conflict') return `${record.claimed} claims its name`;
    if (record.kind === 'stale') return 'restarted';
    if (record.kind !== 'probe') continue;
    const text = oddOutcomes[record.outcome];
    if (text !== undefined) return text;
  }
  return '';
}

/** What it says of itself, when that is not well. */
function troubleInWords(said: SaidHealth | undefined): string {
  if (said === undefined) return '';
  if (said.stalledMs >= stalledMinMs) return `says it stood still for ${seconds(said.stalledMs)}`;
  return said.healthScore > 0 ? `says its health score is ${said.healthScore}` : '';
}

const oddOutcomes: Readonly<Partial<Record<ProbeEvidence['outcome'], string>>> = {
  'acked-late': 'acked late',
  'acked-through-others': 'acked through others only',
  'acked-by-stream': 'acked over TCP only',
};
