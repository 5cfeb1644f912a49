import type { SwimConfig } from '../swim/index.ts';
import type { ToldHearing, TraceAnswer } from './answer.ts';
import { isByComparison, whyLate, whyUnheard, type LatenessCase } from './lateness.ts';
import { traceLimits } from './limits.ts';
import type { TraceHearer, TraceReport, TraceRound } from './report.ts';
import type { SpreadModel, SpreadTheory } from './theory.ts';
import { hopsOf } from './tree.ts';

/** What a member said, and when that was by the clock of the one who asked, after the birth of the rumor. */
export interface Told {
  readonly answer: TraceAnswer;
  readonly atMs: number;
  readonly rttMs: number;
  readonly errorMs: number;
}

/** What a report is made of. */
export interface TraceFile extends Pick<TraceReport, 'kind' | 'name' | 'origin' | 'tookMs' | 'missing'> {
  /** By member, the origin among them. Those that are missing may have told something. */
  readonly told: ReadonlyMap<string, Told>;
  readonly memberCount: number;
  readonly targetCount: number;
  readonly sendLimit: number;
  readonly holdMs: number;
  readonly isEager: boolean;
  readonly loss: number;
  readonly config: SwimConfig;
}

/** Standard deviations on either side of the mean. */
const bandDeviations = 3;
/** A rumor that nothing holds back is passed on within one interval; up to so many are still usual. */
const usualWaitIntervals = 2;
/** Round trips are longest where answers crowd: the latency is that of the quicker ones. */
const latencyQuantile = 0.25;

/** What theory is to be told. */
export function modelOf(file: TraceFile): SpreadModel {
  const { config, told, origin, missing, holdMs, isEager, loss, memberCount, targetCount, sendLimit } = file;
  const { gossipIntervalMs, gossipNodes: fanOut, probeIntervalMs } = config;
  const silent = new Set(missing.map(({ name }) => name));
  const rttsMs = [...told].filter(([name]) => name !== origin).map(([, { rttMs }]) => rttMs);
  const latencyMs = quantile(rttsMs, latencyQuantile) / 2;
  const observedCount = [...told.keys()].filter((name) => !silent.has(name)).length;
  const pace = { fanOut, gossipIntervalMs, probeIntervalMs, sendLimit, loss, latencyMs, holdMs, isEager };
  return { memberCount, observedCount, targetCount, ...pace };
}

/** Puts together what the members told. */
export function assembleReport(file: TraceFile, model: SpreadModel, theory: SpreadTheory): TraceReport {
  const { kind, name, origin, tookMs, missing, told } = file;
  const { memberCount, fanOut, gossipIntervalMs, sendLimit, loss, latencyMs } = model;
  const silent = new Set(missing.map((member) => member.name));
  const heard = firstHearers(file, silent);
  const unheardNames = [...told.keys()].filter((member) => !heard.has(member) && !silent.has(member));
  const copyCounts = [...heard.values()].map(({ copyCount }) => copyCount);
  const lateness: LatenessCase = {
    nowMs: tookMs,
    lateAfterMs: theory.lastP99Ms,
    usualWaitMs: usualWaitIntervals * gossipIntervalMs + file.holdMs,
    hearers: heard,
    told,
    usualCopyCount: quantile(copyCounts, 0.5),
  };
  const hearers = [...heard.values()]
    .map((hearer) => (isLate(hearer, theory) ? { ...hearer, late: whyLate(hearer, lateness) } : hearer))
    .sort((a, b) => a.afterMs - b.afterMs);
  const rounds = roundsOf(hearers, theory, model.observedCount);
  return {
    kind,
    name,
    origin,
    tookMs: tenths(tookMs),
    model: { memberCount, fanOut, gossipIntervalMs, sendLimit, loss, latencyMs: tenths(latencyMs) },
    hearers,
    unheard: unheardNames.map((member) => ({ name: member, reason: whyUnheard(member, lateness) })),
    missing,
    rounds,
    isWithinBand: rounds.every((round) => isInBand(round, hearers, gossipIntervalMs)),
    spread: spreadOf(hearers),
    theory: { lastP50Ms: tenths(theory.lastP50Ms), lastP99Ms: tenths(theory.lastP99Ms) },
    errorMs: Math.max(0, ...hearers.map(({ errorMs }) => errorMs)),
    lossSeen: missing.length === 0 && unheardNames.length === 0 ? lossSeen(file) : undefined,
  };
}

function spreadOf(hearers: readonly TraceHearer[]): TraceReport['spread'] {
  const timesMs = hearers.filter(({ round }) => round > 0).map(({ afterMs }) => afterMs);
  if (timesMs.length === 0) return undefined;
  return { p50Ms: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99), maxMs: Math.max(...timesMs) };
}

function isLate({ round, afterMs, errorMs }: TraceHearer, theory: SpreadTheory): boolean {
  return round > 0 && afterMs - errorMs > theory.lastP99Ms;
}

/** Who has heard, by name; why those are late who are is not looked for yet. */
function firstHearers(
  { told, origin, config, missing }: TraceFile,
  silent: ReadonlySet<string>,
): Map<string, TraceHearer> {
  const parents = new Map<string, string | undefined>();
  for (const [name, { answer }] of told) {
    if (answer.hearing !== undefined && !silent.has(name) && name !== origin)
      parents.set(name, answer.hearing.fromName);
  }
  const hops = hopsOf(origin, parents);
  const reasons = new Map(missing.map(({ name, reason }) => [name, reason]));
  const hearers = new Map<string, TraceHearer>();
  for (const [name, { answer, atMs, errorMs }] of told) {
    const { hearing } = answer;
    if (hearing === undefined || silent.has(name)) continue;
    const { agoMs, via, fromName: from, copyCount, queuedCount, waitedMs, sendCount } = hearing;
    const isOrigin = name === origin;
    const afterMs = isOrigin ? 0 : Math.max(0, atMs - agoMs);
    const hop = hops.get(name);
    hearers.set(name, {
      name,
      afterMs: tenths(afterMs),
      errorMs: tenths(errorMs),
      round: isOrigin ? 0 : Math.max(1, Math.ceil(afterMs / config.gossipIntervalMs)),
      via,
      from,
      hop,
      hole: hop === undefined ? holeOf(hearing, from && reasons.get(from), told) : undefined,
      copyCount,
      queuedCount,
      waitedMs: waitedMs === undefined ? undefined : tenths(waitedMs),
      sendCount,
      late: undefined,
    });
  }
  return hearers;
}

/** What is not known of who told it; `reason` is why that one is missing, if it is. */
function holeOf(
  { fromName: from, fromAddress, via }: ToldHearing,
  reason: string | undefined,
  told: TraceFile['told'],
): string {
  if (reason === 'stock') return `heard from stock member ${from}, which cannot tell its own parent`;
  if (reason === 'forgotten') return `heard from ${from}, which has forgotten when it heard`;
  if (from !== undefined && told.has(from)) return `heard from ${from}, whose own chain has a hole`;
  if (from !== undefined) return `heard from ${from}, which did not answer`;
  if (via === 'push-pull') return 'came with a comparison of states; with whom is not known';
  return fromAddress === undefined
    ? 'from whom is not known'
    : `heard from ${fromAddress}, which is no member's address`;
}

function roundsOf(hearers: readonly TraceHearer[], theory: SpreadTheory, observedCount: number): TraceRound[] {
  const lastRound = Math.max(...hearers.map(({ round }) => round));
  const count = Math.min(Math.max(lastRound + 1, theory.rounds.length), traceLimits.roundsMax);
  const rounds = Array.from({ length: count }, (_, round) => {
    const { mean, standardDeviation } = theory.rounds[Math.min(round, theory.rounds.length - 1)]!;
    // Members are whole: the band ends at the whole numbers around it.
    return {
      round,
      infected: hearers.filter((hearer) => hearer.round <= round).length,
      expected: tenths(mean),
      low: Math.max(1, Math.floor(mean - bandDeviations * standardDeviation)),
      high: Math.min(observedCount, Math.ceil(mean + bandDeviations * standardDeviation)),
    };
  });
  // What stays as it is to the end need not be told again.
  const last = rounds.at(-1)!;
  const settled = rounds.findIndex(({ infected, low }) => infected === last.infected && low === last.low);
  return rounds.slice(0, settled + 1);
}

/** Within what the errors of the times leave open. */
function isInBand(
  { round, low, high }: TraceRound,
  hearers: readonly TraceHearer[],
  gossipIntervalMs: number,
): boolean {
  const endMs = round * gossipIntervalMs;
  return countBy(hearers, endMs, -1) >= low && countBy(hearers, endMs, 1) <= high;
}

/** How many had heard by `endMs`: with -1 as early, with 1 as late as the errors of their times allow. */
function countBy(hearers: readonly TraceHearer[], endMs: number, sign: number): number {
  return hearers.filter(({ afterMs, errorMs }) => afterMs + sign * errorMs <= endMs).length;
}

/** What was sent and did not arrive. Only when everybody has done what it had to, and nothing went to the dead. */
function lossSeen({ told, memberCount, targetCount }: TraceFile): number | undefined {
  let sent = 0;
  let received = 0;
  if (targetCount >= memberCount) return undefined;
  for (const { answer } of told.values()) {
    if (answer.hearing === undefined || !(answer.hearing.isGone || isByComparison(answer.hearing))) return undefined;
    sent += answer.hearing.sendCount;
    received += answer.hearing.copyCount;
  }
  return sent === 0 ? undefined : Math.max(0, 1 - received / sent);
}

/** As exact as members tell it. */
function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)]!;
}
