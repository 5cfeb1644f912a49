import type { LostTime, TraceAnswer } from './answer.ts';
import type { LateReason, TraceHearer } from './report.ts';
import { ancestorsOf } from './tree.ts';

/** What is known when reasons are looked for. All times are after the birth of the rumor, in milliseconds. */
export interface LatenessCase {
  readonly nowMs: number;
  /** Later than this is late. */
  readonly lateAfterMs: number;
  /** How long a rumor waits at most when nothing else does. */
  readonly usualWaitMs: number;
  readonly hearers: ReadonlyMap<string, TraceHearer>;
  /** What each of them said, and at what time. */
  readonly told: ReadonlyMap<string, { readonly answer: TraceAnswer; readonly atMs: number }>;
  /** How many copies others got, in the middle. */
  readonly usualCopyCount: number;
}

/** Lost time counts when it explains so much of the delay. */
const mainShare = 0.5;

/** Other messages that wait where it was on its way: some packets full of them. Chosen. */
const crowdMin = 32;

/** Standard deviations of a Poisson distribution below its mean. Chosen: one case in three hundred. */
const fewDeviations = 2.5;

/** Why one heard so late: what it or somebody before it on the chain did not do in time, the weightiest first. */
export function whyLate(hearer: TraceHearer, file: LatenessCase): LateReason {
  const { name, afterMs } = hearer;
  const own = ownReason(name, afterMs, file);
  if (own !== undefined) return own;
  // On the chain, the earliest who was late itself is to be explained; those after it are late with it.
  const chain = [...ancestorsOf(name, file.hearers)];
  const delayed = chain.map((ancestor) => delayAt(ancestor, file)).filter((reason) => reason !== undefined);
  const worst = delayed.sort((a, b) => b.delayMs - a.delayMs)[0];
  if (worst !== undefined && worst.delayMs >= mainShare * (afterMs - file.lateAfterMs)) return worst.reason;
  const stalled = stallsOnChain([hearer, ...chain], file);
  if (stalled !== undefined) return stalled;
  const firstLate = chain.findLast((ancestor) => ancestor.afterMs - ancestor.errorMs > file.lateAfterMs);
  // What others tell may be a circle: only who had heard before is gone back to.
  if (firstLate !== undefined && firstLate.afterMs < afterMs) {
    const { cause, at, text } = whyLate(firstLate, file);
    return { cause, at, text: `${firstLate.name}, on its chain, was late itself: ${text}` };
  }
  const others = lossReason(hearer, file) ?? holeReason(hearer) ?? crowdReason(chain);
  return others ?? { cause: 'chance', at: name, text: byChance };
}

/** Why one that could be asked has not heard of it. */
export function whyUnheard(name: string, file: LatenessCase): LateReason {
  const own = ownReason(name, file.nowMs, file);
  if (own !== undefined) return own;
  const origin = [...file.hearers.values()].find(({ via }) => via === 'own');
  const delay = origin && delayAt(origin, file);
  if (delay !== undefined) return delay.reason;
  const silentMs = overlapMs(file.told.get(name)?.answer.silences ?? [], name, file.nowMs, file);
  const silence = silentMs > 0 ? `; it received nothing at all for ${span(silentMs)}` : '';
  return { cause: 'loss', at: name, text: `no copy has reached it, where others got ${file.usualCopyCount}${silence}` };
}

/** Many messages that wait share the packets: each is passed on less often, though none for long not at all. */
function crowdReason(chain: readonly TraceHearer[]): LateReason | undefined {
  const most = chain.toSorted((a, b) => b.queuedCount - a.queuedCount)[0];
  if (most === undefined || most.queuedCount < crowdMin) return undefined;
  const text = `${most.name}, on its chain, had ${most.queuedCount} other messages to pass on`;
  return { cause: 'queue', at: most.name, text };
}

const byChance = 'no cause is known: chance has passed it over';

/** It could not listen, or was not there. `untilMs`: when it heard, or now. */
function ownReason(name: string, untilMs: number, file: LatenessCase): LateReason | undefined {
  const told = file.told.get(name);
  if (told === undefined) return undefined;
  const startedAtMs = told.atMs - told.answer.startedAgoMs;
  if (startedAtMs > 0) {
    return {
      cause: 'joined-later',
      at: name,
      text: `it has only been there since ${span(startedAtMs)} after the start`,
    };
  }
  const stalledMs = overlapMs(told.answer.stalls, name, untilMs, file);
  if (stalledMs === 0 || stalledMs < mainShare * (untilMs - file.lateAfterMs)) return undefined;
  return { cause: 'stall', at: name, text: `its process got no time for ${span(stalledMs)}` };
}

/** What kept a rumor with one who should have told it on. */
function delayAt(
  hearer: TraceHearer,
  file: LatenessCase,
): { readonly delayMs: number; readonly reason: LateReason } | undefined {
  const { name, afterMs, queuedCount } = hearer;
  const told = file.told.get(name);
  const waitedMs = hearer.waitedMs ?? file.nowMs - afterMs;
  if (told === undefined || isByComparison(hearer) || waitedMs <= file.usualWaitMs) return undefined;
  const untilMs = afterMs + waitedMs;
  const delayMs = waitedMs - file.usualWaitMs;
  const kept =
    hearer.waitedMs === undefined
      ? `${name} has not passed it on for ${span(waitedMs)}`
      : `${name} kept it for ${span(waitedMs)}`;
  const stalledMs = overlapMs(told.answer.stalls, name, untilMs, file, afterMs);
  if (stalledMs >= mainShare * delayMs) {
    return { delayMs, reason: { cause: 'stall', at: name, text: `${kept}: its process got no time` } };
  }
  if (told.atMs - told.answer.unpaidAgoMs >= afterMs) {
    return {
      delayMs,
      reason: { cause: 'budget', at: name, text: `${kept}: it had used up what it may send in a second` },
    };
  }
  if (queuedCount === 0) {
    const text = `${kept} although nothing waited there: its timers came late`;
    return { delayMs, reason: { cause: 'stall', at: name, text } };
  }
  return { delayMs, reason: { cause: 'queue', at: name, text: `${kept}: ${queuedCount} messages waited there` } };
}

/** Many small stalls, from the birth of the rumor until the first of `links` heard: none of them weighs enough alone. */
function stallsOnChain(links: readonly TraceHearer[], file: LatenessCase): LateReason | undefined {
  const last = links[0]!.afterMs;
  let sumMs = 0;
  let worst = { name: '', lostMs: 0 };
  for (const [index, { name }] of links.entries()) {
    // From when it could have heard until it was told on: before and after that its stalls did no harm.
    const [fromMs, untilMs] = [links[index + 1]?.afterMs ?? 0, links[index - 1]?.afterMs ?? last];
    const lostMs = overlapMs(file.told.get(name)?.answer.stalls ?? [], name, untilMs, file, fromMs);
    sumMs += lostMs;
    if (lostMs > worst.lostMs) worst = { name, lostMs };
  }
  if (sumMs === 0 || sumMs < mainShare * (last - file.lateAfterMs)) return undefined;
  const text = `those on its chain got no time for ${span(sumMs)} in all, most of it ${worst.name}`;
  return { cause: 'stall', at: worst.name, text };
}

/** It came with a comparison of whole states: whoever hears it so does not pass it on as a rumor. */
export function isByComparison({ via }: Pick<TraceHearer, 'via'>): boolean {
  return via === 'push-pull' || via === 'anti-entropy';
}

/** It heard nothing at all for a while, or got few copies where others got many. */
function lossReason({ name, via, copyCount, afterMs }: TraceHearer, file: LatenessCase): LateReason | undefined {
  const silentMs = overlapMs(file.told.get(name)?.answer.silences ?? [], name, afterMs, file);
  if (silentMs > 0) return { cause: 'loss', at: name, text: `it received nothing at all for ${span(silentMs)}` };
  const copies = `${copyCount} ${copyCount === 1 ? 'copy' : 'copies'} reached it, where others got ${file.usualCopyCount}`;
  if (!isFew(copyCount, file.usualCopyCount)) return undefined;
  const how = isByComparison({ via })
    ? 'gossip did not reach it, a comparison of states did'
    : 'packets to it were lost';
  return { cause: 'loss', at: name, text: `${how}: ${copies}` };
}

/** So few come by chance to one member of some hundreds at most, for copies arrive as independently as raindrops. */
function isFew(copyCount: number, usualCount: number): boolean {
  return copyCount === 0 || copyCount < usualCount - fewDeviations * Math.sqrt(usualCount);
}

function holeReason({ name, hole, from }: TraceHearer): LateReason | undefined {
  return hole === undefined ? undefined : { cause: 'hole', at: from ?? name, text: hole };
}

/** How much of the span from `fromMs` to `untilMs` was lost there. */
function overlapMs(
  spans: readonly LostTime[],
  name: string,
  untilMs: number,
  { told }: LatenessCase,
  fromMs: number = 0,
): number {
  const { atMs } = told.get(name)!;
  let sum = 0;
  for (const { endedAgoMs, lengthMs } of spans) {
    const endMs = Math.min(atMs - endedAgoMs, untilMs);
    sum += Math.max(0, endMs - Math.max(atMs - endedAgoMs - lengthMs, fromMs));
  }
  return sum;
}

/** `2.95 s`, `340 ms`. */
function span(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
