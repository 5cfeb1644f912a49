import type { EvidenceRecord, ProbeEvidence, SaidHealth, TransitionEvidence } from '../../swim/index.ts';
import type { CaseFile, WhyMissingReason } from './case-file.ts';
import type { Span } from './facts.ts';
import type { WhyPath, WhyCause, WhyVerdict } from './verdict.ts';

const pathTexts: Readonly<Record<WhyPath, string>> = {
  'to-target': 'what was sent to it did not arrive, though what it sent did',
  'from-target': 'what it sent did not arrive, though it received what was sent to it',
  'both-ways': 'nothing came through in either direction',
  lossy: 'packets were lost',
  unreadable: 'what it sent could not be read',
};

/** One sentence for people. */
export function verdictInWords(
  node: string,
  cause: WhyCause,
  path: WhyPath | undefined,
  certainty: WhyVerdict['certainty'],
): string {
  const probably = certainty === 'likely' ? 'probably ' : '';
  switch (cause) {
    case 'left-on-purpose':
      return `${node} left on purpose`;
    case 'name-conflict':
      return `two nodes ${probably}want the name ${node}`;
    case 'restarted':
      return `${node} ${probably}restarted`;
    case 'observer-stalled':
      return `${node} was ${probably}well: its accuser had no time to hear it`;
    case 'target-stalled':
      return `${node} ${probably}had no time to answer: it lived, but stood still`;
    case 'path-broken':
      return `the network ${probably}failed ${node}: ${pathTexts[path ?? 'lossy']}`;
    case 'target-died':
      return `${node} ${probably}died`;
    case 'unknown':
      return `nobody can tell what happened to ${node}`;
  }
}

/** Of a member that nobody ever accused, as far as is remembered. */
export function untroubled(node: string): string {
  return `nobody remembers any trouble with ${node}`;
}

const missingTexts: Readonly<Record<WhyMissingReason, string>> = {
  stock:
    'is no member of ours and keeps no evidence: it could not tell how its own timers were, whom it asked, or what it heard',
  dead: 'is dead itself, and its evidence with it',
  left: 'has left, and its evidence with it',
  unknown: 'is not a member any more',
  'no answer': 'did not answer in time',
};

/** What was not to be had, a sentence each. */
export function missingInWords({ missing, episode, witnesses, pingNow, accused }: CaseFile): string[] {
  const people = missing.map(({ name, reason }) => `${name} ${missingTexts[reason]}`);
  if (episode === undefined) {
    return [
      ...people,
      `none of ${witnesses.length} members remembers an accusation, a leave or a conflict of that time`,
    ];
  }
  const isUntold = accused === undefined && (pingNow === 'unreachable' || pingNow === undefined);
  const now = isUntold ? ['whether its machine is up: only a refused connection, or its return, would tell'] : [];
  return [...people, ...now];
}

/** "n3 had no time for 2.4 s, until 31 s ago". */
export function spanInWords({ nowMs }: CaseFile, { who, fromAtMs, toAtMs }: Span, what: string): string {
  return `${who} ${what} for ${seconds(toAtMs - fromAtMs)}, until ${seconds(nowMs - toAtMs)} ago`;
}

/** "0.4 s", "12 s", "5 min". */
export function seconds(spanMs: number): string {
  if (spanMs < 10_000) return `${(Math.max(0, spanMs) / 1_000).toFixed(1)} s`;
  if (spanMs < 120_000) return `${Math.round(spanMs / 1_000)} s`;
  return `${Math.round(spanMs / 60_000)} min`;
}

/** "a", "a and b", "a, b and 3 more"; each name once. */
export function names(all: readonly string[]): string {
  const unique = [...new Set(all)].sort();
  if (unique.length <= 1) return unique[0] ?? 'nobody';
  if (unique.length <= 3) return `${unique.slice(0, -1).join(', ')} and ${unique.at(-1)}`;
  return `${unique.slice(0, 2).join(', ')} and ${unique.length - 2} more`;
}

/** What somebody recorded, without the name of the member that it is about. */
export function recordInWords(record: EvidenceRecord): string {
  switch (record.kind) {
    case 'probe':
      return probeInWords(record);
    case 'transition':
      return transitionInWords(record);
    case 'confirmation':
      return `${record.by} accuses it too`;
    case 'conflict':
      return `somebody at ${record.claimed} claims its name, known at ${record.known} (${record.count} times)`;
    case 'stale':
      return `it spoke with incarnation ${record.incarnation}, below the known ${record.knownIncarnation}`;
    case 'relay':
      return `pinged it for ${record.asker} ${seconds(record.atMs - record.startedAtMs)} before: ${record.isAcked ? 'it answered' : 'no answer'}`;
  }
}

/** "it had said 4.0 s before: own health 0, no stall". */
export function saidInWords({ atMs, healthScore, stalledMs }: SaidHealth, accusedAtMs: number): string {
  const stall = stalledMs > 0 ? `stood still for ${seconds(stalledMs)}` : 'no stall';
  return `it had said ${seconds(accusedAtMs - atMs)} before: own health ${healthScore}, ${stall}`;
}

const outcomeTexts: Readonly<Record<ProbeEvidence['outcome'], string>> = {
  pending: 'the end is not known',
  failed: 'no answer at all',
  void: 'void, this node had no time itself or heard nobody',
  'acked-late': 'answered late',
  'acked-through-others': 'answered through others',
  'acked-by-stream': 'answered over a stream',
};

function probeInWords(probe: ProbeEvidence): string {
  const { outcome, helpers, stream, lateMs, healthScore, sendFailure, lateAckMs, atMs, startedAtMs } = probe;
  const asked = helpers.map(({ name, answer }) => `${name} ${answer ?? 'silent'}`);
  const parts = [
    `pinged it ${seconds(atMs - startedAtMs)} before: ${outcomeTexts[outcome]}`,
    asked.length === 0 ? 'nobody to ask' : `asked ${asked.join(', ')}`,
    ...(stream === undefined ? [] : [`stream ${stream}`]),
    `own timers ${Math.round(lateMs)} ms late`,
    `own health ${healthScore}`,
    ...(sendFailure === undefined ? [] : [`could not send: ${sendFailure}`]),
    ...(lateAckMs === undefined ? [] : [`its answer came after ${seconds(lateAckMs)}`]),
  ];
  return parts.join('; ');
}

function transitionInWords(transition: TransitionEvidence): string {
  const { from, to, by, via, incarnation, node, said, atMs, frozenMs } = transition;
  const how = via === 'push-pull' ? ', told in an exchange of states' : '';
  const saying = said === undefined ? '' : `; ${saidInWords(said, atMs)}`;
  switch (to) {
    case 'suspect':
      return `suspect, accused by ${by}${how} (incarnation ${incarnation})${saying}`;
    case 'dead':
      return `dead, declared by ${by} (incarnation ${incarnation})${frozenInWords(frozenMs)}${saying}`;
    case 'left':
      return by === node ? 'said goodbye' : `left, says ${by}`;
    case 'alive':
      return `${from === 'alive' ? 'alive' : `alive again, was ${from}`} (incarnation ${incarnation})`;
  }
}

function frozenInWords(frozenMs: number | undefined): string {
  return frozenMs === undefined ? '' : `, the clock of the suspicion had stood still for ${seconds(frozenMs)}`;
}
