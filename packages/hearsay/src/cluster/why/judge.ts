import { strangerTexts, type RelayEvidence } from '../../swim/index.ts';
import type { CaseFile } from './case-file.ts';
import { factsOf, type Facts, type Heard, type Told } from './facts.ts';
import type { WhyPath, WhyCause, WhyVerdict } from './verdict.ts';
import { missingInWords, names, saidInWords, seconds, spanInWords, untroubled, verdictInWords } from './words.ts';

/** What a rule finds. */
interface Finding {
  readonly grounds: readonly string[];
  /** @defaultValue 'certain' */
  readonly certainty?: 'certain' | 'likely';
  readonly path?: WhyPath;
  readonly alternatives?: readonly WhyCause[];
}

/** One thing that may have happened, and how it is known: undefined when it did not, or nobody can tell. */
interface Rule {
  readonly cause: WhyCause;
  readonly find: (file: CaseFile, facts: Facts) => Finding | undefined;
}

/** The rules, the first that finds something decides: what somebody saw stands before what is only not contradicted. */
const rules: readonly Rule[] = [
  { cause: 'left-on-purpose', find: findLeave },
  { cause: 'name-conflict', find: findConflict },
  { cause: 'restarted', find: findRestart },
  { cause: 'path-broken', find: findUnreadable },
  { cause: 'observer-stalled', find: findStalledObserver },
  { cause: 'target-stalled', find: findStalledTarget },
  { cause: 'path-broken', find: findPathByTarget },
  { cause: 'target-died', find: findRefusal },
  { cause: 'path-broken', find: findPathByOthers },
  { cause: 'target-died', find: findSilence },
];

/** The verdict on a case: a function of the evidence, and of nothing else. */
export function judge(file: CaseFile): WhyVerdict {
  const facts = factsOf(file);
  const missing = missingInWords(file);
  for (const { cause, find } of rules) {
    const finding = find(file, facts);
    if (finding === undefined) continue;
    const { grounds, certainty = 'certain', path, alternatives = [] } = finding;
    const text = verdictInWords(file.node, cause, path, certainty);
    return { cause, path, certainty, text, grounds, alternatives, missing };
  }
  const isUntroubled = file.episode === undefined && file.state !== undefined;
  const text = isUntroubled ? untroubled(file.node) : verdictInWords(file.node, 'unknown', undefined, 'none');
  const grounds = clockGrounds(file);
  return { cause: 'unknown', path: undefined, certainty: 'none', text, grounds, alternatives: [], missing };
}

/** A wrong clock harms no membership, so it is no verdict; but whoever asks wants to know. */
function clockGrounds({ node, nowMs, accused }: CaseFile): string[] {
  const skew = accused?.own.find(({ kind }) => kind === 'clock');
  if (skew?.kind !== 'clock') return [];
  const { aheadMs, refusedBy, atMs } = skew;
  return [
    `the clock of ${node} was ${seconds(aheadMs)} ahead ${seconds(nowMs - atMs)} ago: ${refusedBy} refused what it wrote`,
  ];
}

function findLeave({ node }: CaseFile, { transitions }: Facts): Finding | undefined {
  const goodbyes = transitions.filter(({ to, by }) => to === 'left' && by === node);
  if (goodbyes.length === 0) return undefined;
  return { grounds: [`it said goodbye, as ${names(goodbyes.map(({ witness }) => witness))} heard`] };
}

function findConflict({ node }: CaseFile, { conflicts }: Facts): Finding | undefined {
  const conflict = conflicts[0];
  if (conflict === undefined) return undefined;
  const { known, claimed, witness } = conflict;
  const addresses = claimed === '' ? 'another address' : `${claimed}, while it is known at ${known}`;
  return { grounds: [`somebody else claims the name ${node} from ${addresses}; seen by ${witness}`] };
}

/** A process that is younger than what is known of it. */
function findRestart(file: CaseFile, facts: Facts): Finding | undefined {
  const { accused, node, nowMs, episode, witnesses } = file;
  if (accused !== undefined) {
    const { startedAtMs } = accused;
    const unnoticed = witnesses.filter(
      ({ changedAtMs }) => changedAtMs > -Infinity && changedAtMs < startedAtMs - clearlyMs,
    );
    const isNewer =
      episode === undefined
        ? unnoticed.length > 0
        : startedAtMs > Math.min(facts.fromAtMs, facts.lastSeenAtMs) &&
          (facts.lastSeenAtMs > -Infinity || facts.stales.length > 0);
    if (!isNewer) return undefined;
    const quietly = episode === undefined ? ', so soon after its end that nobody missed it' : '';
    return { grounds: [`${node} says that its process started ${seconds(nowMs - startedAtMs)} ago${quietly}`] };
  }
  const stale = facts.stales[0];
  if (stale === undefined) return undefined;
  const { witness, incarnation, knownIncarnation } = stale;
  return {
    certainty: 'likely',
    grounds: [
      `${witness} heard it speak with incarnation ${incarnation} where ${knownIncarnation} was known: a process that has forgotten its former life`,
    ],
  };
}

/** It speaks, but as another cluster does: so nothing that it answers is understood. */
function findUnreadable({ episode }: CaseFile, { unreadable }: Facts): Finding | undefined {
  if (episode === undefined || unreadable.length === 0) return undefined;
  // A sealed packet may look like a plain one by chance, but not the other way round.
  const { stranger, from } = unreadable.find((record) => record.stranger === 'key') ?? unreadable[0]!;
  const who = names(unreadable.map(({ witness }) => witness));
  return {
    path: 'unreadable',
    grounds: [`what came from its address ${from} made no sense to ${who}: ${strangerTexts[stranger]}`],
  };
}

/** More than the way of a message. */
const clearlyMs = 1_000;

/** The accused must have been well: an accuser that stalls may be right all the same. */
function findStalledObserver(file: CaseFile, facts: Facts): Finding | undefined {
  if (file.episode === undefined || !wasAccusedWell(file, facts)) return undefined;
  const { accuserStalls } = facts;
  if (accuserStalls.length > 0) {
    return { grounds: [...accuserStalls.map((span) => spanInWords(file, span, 'had no time')), wellGround(file)] };
  }
  return findUnheardObserver(file, facts);
}

/**
 * An accuser that cannot be heard any more, of a member that denied and was heard. Nothing is certain of it, but a sound
 * one waits for those it asks, hears them, and answers others.
 */
function findUnheardObserver(file: CaseFile, facts: Facts): Finding | undefined {
  const accuser = file.episode!.accusers[0];
  const isHeard = file.witnesses.some(({ witness }) => witness === accuser);
  if (accuser === undefined || isHeard || file.episode!.deadAtMs !== undefined) return undefined;
  const grounds = [
    hurriedRelay(file, facts, accuser),
    ackedRelay(file, facts, accuser),
    accusedItself(file, facts, accuser),
  ];
  const found = grounds.filter((ground) => ground !== undefined);
  if (found.length === 0) return undefined;
  return { certainty: 'likely', grounds: [...found, wellGround(file)], alternatives: ['path-broken'] };
}

/** When it asked others only shortly before it accused, it did not wait for them, so its timers were late. */
function hurriedRelay({ helperWaitMs }: CaseFile, facts: Facts, accuser: string): string | undefined {
  const accusedAtMs = accusedAtBy(facts, accuser);
  const asked = facts.relays.filter(
    ({ asker, startedAtMs }) => asker === accuser && Math.abs(startedAtMs - accusedAtMs) < aroundMs,
  );
  const last = asked.find(({ startedAtMs }) => Math.abs(startedAtMs - accusedAtMs) < helperWaitMs * hurryShare);
  if (last === undefined) return undefined;
  const hasWaited = asked.some(({ startedAtMs }) => startedAtMs <= accusedAtMs - helperWaitMs);
  return hasWaited ? undefined : `${accuser} accused it without waiting for ${last.witness}, which it had asked to try`;
}

/** What is clearly less than the wait for helpers: what they say takes some time on its way. */
const hurryShare = 0.9;

/** Infinity when it is not known. */
function accusedAtBy({ transitions }: Facts, accuser: string): number {
  return Math.min(...transitions.filter(({ to, by }) => to === 'suspect' && by === accuser).map(({ atMs }) => atMs));
}

/** Of the probe on which it accused: before that one it may have heard its helpers. Single answers get lost. */
function ackedRelay({ helperWaitMs }: CaseFile, facts: Facts, accuser: string): string | undefined {
  const accusedAtMs = accusedAtBy(facts, accuser);
  const asked = facts.relays.filter(
    ({ asker, startedAtMs }) =>
      asker === accuser && startedAtMs < accusedAtMs && startedAtMs > accusedAtMs - 2 * helperWaitMs,
  );
  const acked = asked.filter(({ isAcked, atMs }) => isAcked && atMs <= accusedAtMs);
  if (2 * acked.length <= asked.length) return undefined;
  return `${names(acked.map(({ witness }) => witness))} reached it for ${accuser}, which accused it all the same`;
}

/** What the accused says of it does not count: where one does not hear the other, the other may not hear the one. */
function accusedItself({ node, witnesses, nowMs }: CaseFile, { fromAtMs }: Facts, accuser: string): string | undefined {
  const doubts = witnesses.flatMap(({ witness, aboutAccusers }) =>
    aboutAccusers.flatMap((record) => {
      const isDoubt = record.kind === 'transition' && record.node === accuser && record.to === 'suspect';
      if (!isDoubt || record.by === node || Math.abs(record.atMs - fromAtMs) >= aroundMs) return [];
      // Else it is its death.
      const wasDenied = aboutAccusers.some(
        (later) =>
          later.kind === 'transition' && later.node === accuser && later.to === 'alive' && later.atMs > record.atMs,
      );
      return wasDenied ? [{ witness, atMs: record.atMs }] : [];
    }),
  );
  const first = doubts[0];
  if (first === undefined) return undefined;
  return `${accuser} did not answer others itself at that time, as ${first.witness} heard ${seconds(nowMs - first.atMs)} ago`;
}

/** What belongs to one accusation: a few protocol periods. Chosen. */
const aroundMs = 10_000;

function findStalledTarget(file: CaseFile, facts: Facts): Finding | undefined {
  if (file.episode === undefined) return undefined;
  const { accusedStalls, failedProbes } = facts;
  const stalls = accusedStalls.filter(({ fromAtMs, toAtMs }) => toAtMs - fromAtMs >= stallMinMs);
  if (stalls.length > 0) return { grounds: stalls.map((span) => spanInWords(file, span, 'had no time')) };
  // It says that it had time: then what did not come, or came late, was lost or late on its way.
  if (hasRunSince(file, facts)) return undefined;
  const late = failedProbes.find(({ lateAckMs }) => (lateAckMs ?? 0) > 0);
  // Others reach it, and nothing of it is late: what is silent now and then loses what is sent.
  if (late === undefined && reachedSince(file, facts).length > 0) return undefined;
  const silent = failedProbes.find(({ stream }) => stream === 'silent');
  if (silent !== undefined) {
    return { grounds: [`its machine took the connection of ${silent.witness}, but nobody answered on it`] };
  }
  if (file.pingNow === 'silent') {
    return { grounds: ['its machine takes connections now, but nobody answers on them'] };
  }
  if (late === undefined) return undefined;
  return {
    certainty: 'likely',
    grounds: [`its answer to ${late.witness} came after ${seconds(late.lateAckMs!)}: late, not lost`],
    alternatives: ['path-broken'],
  };
}

/** Whether the accused tells of all that time, and so would tell of a stall. */
function hasRunSince({ accused }: CaseFile, { fromAtMs }: Facts): boolean {
  return accused !== undefined && accused.startedAtMs < fromAtMs;
}

/** Shorter ones do not make a member miss a ping, its indirect pings and the stream. */
const stallMinMs = 500;

/** The accused speaks: it was the same process all the time, and had time. */
function findPathByTarget(file: CaseFile, facts: Facts): Finding | undefined {
  const { accused, node, episode } = file;
  if (accused === undefined || episode?.suspectedAtMs === undefined) return undefined;
  const upSince = `${node} has run for ${seconds(file.nowMs - accused.startedAtMs)} without a pause at that time`;
  const { accusedSilences, heardAfterwards, accuserSilences } = facts;
  const accuserSilence = accuserSilences[0];
  const silence = accusedSilences[0];
  if (silence !== undefined) {
    const grounds = [spanInWords(file, silence, 'received nothing from anybody'), upSince];
    const heard = heardGround(facts.heardInSilence);
    if (heard === undefined) return { path: 'both-ways', grounds };
    return { path: 'to-target', grounds: [...grounds, heard] };
  }
  if (accuserSilence !== undefined) {
    return {
      path: 'from-target',
      grounds: [spanInWords(file, accuserSilence, 'received nothing from anybody'), upSince],
    };
  }
  // What it denied while it was suspect, it had heard.
  const heardAtMs = facts.denialsAtMs.find(
    (atMs) => atMs >= episode.suspectedAtMs! && atMs <= (episode.deadAtMs ?? facts.toAtMs),
  );
  const wasHeardSoon = episode.deadAtMs === undefined && facts.toAtMs - episode.suspectedAtMs < quickMaxMs;
  if (heardAtMs !== undefined && !wasHeardSoon) {
    return { path: 'from-target', grounds: ['it heard the accusation and denied it, but was not heard', upSince] };
  }
  if (wasHeardSoon)
    return { path: 'lossy', certainty: 'likely', grounds: ['it denied at once, and was heard', upSince] };
  const accusedItToo = accusedAccusers(file);
  const lost = accusedItToo.length === 0 ? [] : [`${node} did not reach ${names(accusedItToo)} either`];
  const heard = heardGround(heardAfterwards);
  if (heard === undefined) return { path: 'both-ways', grounds: [...lost, upSince] };
  return { path: 'to-target', grounds: [heard, ...lost, upSince] };
}

/** A denial that is heard within this time had a free way. */
const quickMaxMs = 2_000;

function findRefusal({ pingNow, state }: CaseFile, { failedProbes }: Facts): Finding | undefined {
  const refused = failedProbes.filter(({ stream }) => stream === 'refused');
  if (refused.length > 0) {
    const who = names(refused.map(({ witness }) => witness));
    return { grounds: [`its machine refused the connection of ${who}: it is up, and nobody listens there`] };
  }
  const isGone = state === 'dead' || state === undefined;
  if (pingNow !== 'refused' || !isGone) return undefined;
  return { certainty: 'likely', grounds: ['its machine refuses connections now: it is up, and nobody listens there'] };
}

/** The accused is not to be heard, but others give its way away. */
function findPathByOthers(file: CaseFile, facts: Facts): Finding | undefined {
  if (file.episode?.suspectedAtMs === undefined) return undefined;
  const heard = heardGround(facts.heardAfterwards);
  if (heard !== undefined) return { path: 'to-target', grounds: [heard] };
  const acked = reachedSince(file, facts);
  if (acked.length > 0) {
    const who = names(acked.map(({ witness }) => witness));
    return { path: 'lossy', certainty: 'likely', grounds: [`${who} reached it when asked to try`] };
  }
  const lost = Math.max(0, ...file.witnesses.map(({ lostCount }) => lostCount));
  const memberCount = Math.max(1, ...file.witnesses.map((testimony) => testimony.memberCount));
  if (lost === 0) return undefined;
  return {
    path: 'both-ways',
    certainty: 'likely',
    grounds: [`${lost} more of ${memberCount} members were lost at the same time, as when a network splits`],
    alternatives: ['target-died'],
  };
}

/** Relays that it answered after it had been accused. */
function reachedSince({ episode }: CaseFile, { relays }: Facts): readonly Told<RelayEvidence>[] {
  const suspectedAtMs = episode?.suspectedAtMs ?? Infinity;
  return relays.filter(({ isAcked, startedAtMs }) => isAcked && startedAtMs >= suspectedAtMs);
}

/** Silent in every way to everybody, and not back. */
function findSilence(file: CaseFile, { failedProbes, said }: Facts): Finding | undefined {
  const { episode, state, pingNow, witnesses } = file;
  if (episode === undefined || file.accused !== undefined) return undefined;
  if (episode.endedAtMs !== undefined || (state !== 'dead' && state !== 'suspect' && state !== undefined))
    return undefined;
  const tried = names(failedProbes.map(({ witness }) => witness));
  const probed = failedProbes.length === 0 ? [] : [`no answer to ${tried}, by packet, through others or by stream`];
  const now = pingNow === 'unreachable' ? ['it cannot be reached by a connection now'] : [];
  const lastWords = said === undefined ? [] : [saidInWords(said, episode.suspectedAtMs ?? episode.startedAtMs)];
  const hasStalled = said !== undefined && said.stalledMs >= stallMinMs;
  return {
    certainty: 'likely',
    grounds: [...probed, ...now, `none of ${witnesses.length} members heard of it since`, ...lastWords],
    alternatives: hasStalled ? ['path-broken', 'target-stalled'] : ['path-broken'],
  };
}

/** Whether the accused lived, had time, and was heard soon. */
function wasAccusedWell({ accused, episode, state }: CaseFile, facts: Facts): boolean {
  if (accused !== undefined) {
    const hasStalled = facts.accusedStalls.some(({ fromAtMs, toAtMs }) => toAtMs - fromAtMs >= stallMinMs);
    return !hasStalled && facts.accusedSilences.length === 0;
  }
  return episode?.endedAtMs !== undefined && episode.deadAtMs === undefined && state === 'alive';
}

function wellGround({ node, accused }: CaseFile): string {
  return accused === undefined ? `${node} denied it and was heard` : `${node} had time and heard others all the while`;
}

function heardGround(heard: readonly Heard[]): string | undefined {
  if (heard.length === 0) return undefined;
  return `its own pings still came to ${names(heard.map(({ witness }) => witness))}`;
}

/** The accusers that the accused gave up in turn. */
function accusedAccusers({ accused, episode }: CaseFile): string[] {
  const lost = accused?.aboutAccusers.filter(
    (record) => record.kind === 'transition' && (record.to === 'suspect' || record.to === 'dead'),
  );
  return [...new Set(lost?.map(({ node }) => node))].filter((name) => episode?.accusers.includes(name));
}
