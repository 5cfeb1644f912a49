import type {
  ConflictEvidence,
  EvidenceRecord,
  OwnEvidence,
  ProbeEvidence,
  RelayEvidence,
  SaidHealth,
  StaleEvidence,
  TransitionEvidence,
} from '../../swim/index.ts';
import type { CaseFile } from './case-file.ts';
import type { Testimony } from './testimony.ts';

/** A record, and who made it. */
export type Told<Record> = Record & { readonly witness: string };

/** Traffic of which a witness could not make anything. */
export type StrangerEvidence = Extract<OwnEvidence, { readonly kind: 'stranger' }>;

/** A span of time of one node. */
export interface Span {
  readonly who: string;
  readonly fromAtMs: number;
  readonly toAtMs: number;
}

/** A ping of the accused that arrived. */
export interface Heard {
  readonly witness: string;
  readonly atMs: number;
}

/** What the testimonies of a case say, sorted by what a verdict asks for. */
export interface Facts {
  /** From the first probe without an answer that belongs to it to its end, or to now. */
  readonly fromAtMs: number;
  readonly toAtMs: number;
  readonly transitions: readonly Told<TransitionEvidence>[];
  readonly conflicts: readonly Told<ConflictEvidence>[];
  readonly stales: readonly Told<StaleEvidence>[];
  /** Probes of the accused that got no answer, also those under way whose stream was refused. */
  readonly failedProbes: readonly Told<ProbeEvidence>[];
  readonly relays: readonly Told<RelayEvidence>[];
  /** When the accused had no time. */
  readonly accusedStalls: readonly Span[];
  /** When the accused received nothing although it had time. */
  readonly accusedSilences: readonly Span[];
  /** When an accuser had no time, or its timers were late in the probe on which it accused. */
  readonly accuserStalls: readonly Span[];
  /** When an accuser received nothing from anybody although it had time. */
  readonly accuserSilences: readonly Span[];
  /** When the accused denied, as it says. */
  readonly denialsAtMs: readonly number[];
  /** Pings of the accused that arrived while it was suspect or, when it is not back, at any time since. */
  readonly heardAfterwards: readonly Heard[];
  /** Pings of the accused that arrived while it received nothing itself. */
  readonly heardInSilence: readonly Heard[];
  /** When the last trace of the accused's life before the episode was seen. */
  readonly lastSeenAtMs: number;
  /** What came from the address of the accused and was not of this cluster. */
  readonly unreadable: readonly Told<StrangerEvidence>[];
  /** What the accused had last said of its own health. */
  readonly said: SaidHealth | undefined;
}

/** How long before the first accusation its causes may lie: a few protocol periods, more for a node that doubts itself. */
const leadMs = 15_000;
/** Traffic that is not of this cluster is recorded once a minute. */
const strangerLeadMs = 60_000;
/** A ping that was on its way, or in a socket, is not "afterwards". */
const clearlyAfterMs = 300;
/** Timers that were so late make a probe worthless. The tolerance of our own stall detection is as long. */
const lateMinMs = 100;

/** Sorts what a case holds. */
export function factsOf(file: CaseFile): Facts {
  const { episode, accused, witnesses } = file;
  const all = accused === undefined ? witnesses : [...witnesses, accused];
  const startedAtMs = episode?.startedAtMs ?? -Infinity;
  const toAtMs = episode?.endedAtMs ?? file.nowMs;
  const probes = told(witnesses, 'probe').filter(
    ({ outcome, stream, atMs }) =>
      (outcome === 'failed' || (outcome === 'pending' && stream === 'refused')) &&
      atMs >= startedAtMs - leadMs &&
      atMs <= toAtMs + leadMs,
  );
  const fromAtMs = Math.min(startedAtMs, ...probes.map((probe) => probe.startedAtMs));
  const isDuring = ({ fromAtMs: from, toAtMs: to }: Span): boolean => to >= fromAtMs - leadMs && from <= toAtMs;
  const suspectedAtMs = episode?.suspectedAtMs ?? startedAtMs;
  const transitions = told(all, 'transition').filter(({ atMs }) => atMs >= startedAtMs && atMs <= toAtMs);
  const addresses = new Set(transitions.map(({ address }) => address));
  const accusers = witnesses.filter(({ witness }) => episode?.accusers.includes(witness) ?? false);
  const stallsOf = (testimony: Testimony): Span[] => spans(testimony, 'stall');
  const silencesOf = (testimony: Testimony): Span[] => {
    const stalls = stallsOf(testimony);
    return spans(testimony, 'silence').filter((silence) => !stalls.some((stall) => covers(stall, silence)));
  };
  const accusingProbes = probes.filter(({ witness, atMs }) =>
    transitions.some(({ to, by, atMs: accusedAtMs }) => to === 'suspect' && by === witness && near(atMs, accusedAtMs)),
  );
  const lateProbes = accusingProbes
    .filter(({ lateMs }) => lateMs > lateMinMs)
    .map(({ witness, atMs, lateMs }) => ({ who: witness, fromAtMs: atMs - lateMs, toAtMs: atMs }));
  const isInProbe = (span: Span): boolean =>
    accusingProbes.some(
      (probe) => probe.witness === span.who && span.toAtMs >= probe.startedAtMs && span.fromAtMs <= probe.atMs,
    );
  // Of one that is believed dead nobody wants to hear, so it hears little after that.
  const isBefore = ({ fromAtMs: from }: Span): boolean => from < suspectedAtMs;
  const accusedSilences = accused === undefined ? [] : silencesOf(accused).filter(isDuring).filter(isBefore);
  const heard = pingsHeard(
    witnesses,
    transitions.filter(({ witness }) => witness !== file.node),
  );
  // Once a way is free again its pings arrive before it is known to live; that says nothing of the time before.
  const heardUntilMs =
    episode?.endedAtMs === undefined ? file.nowMs : (episode.deadAtMs ?? toAtMs) + 2 * clearlyAfterMs;
  return {
    fromAtMs,
    toAtMs,
    transitions,
    conflicts: told(all, 'conflict').filter(({ lastAtMs }) => lastAtMs >= startedAtMs),
    stales: told(all, 'stale').filter(({ lastAtMs }) => lastAtMs >= startedAtMs),
    failedProbes: probes,
    relays: told(witnesses, 'relay').filter(({ atMs }) => atMs >= fromAtMs - leadMs && atMs <= toAtMs + leadMs),
    accusedStalls: accused === undefined ? [] : stallsOf(accused).filter(isDuring),
    accusedSilences,
    accuserStalls: [...accusers.flatMap(stallsOf).filter(isInProbe), ...lateProbes],
    accuserSilences: accusers.flatMap(silencesOf).filter(isInProbe),
    denialsAtMs: (accused?.own ?? []).filter(({ kind }) => kind === 'refutation').map(({ atMs }) => atMs),
    heardAfterwards: between(heard, suspectedAtMs, heardUntilMs),
    heardInSilence: accusedSilences.flatMap((span) => between(heard, span.fromAtMs, span.toAtMs)),
    lastSeenAtMs: Math.max(
      -Infinity,
      ...transitions
        .filter(({ to }) => to === 'suspect' || to === 'dead' || to === 'left')
        .flatMap(({ lastAckAtMs, lastPingAtMs }) => [lastAckAtMs, lastPingAtMs]),
    ),
    unreadable: witnesses.flatMap(({ witness, own }) =>
      own.flatMap((record) =>
        record.kind === 'stranger' && addresses.has(record.from) && record.atMs >= fromAtMs - strangerLeadMs
          ? [{ ...record, witness }]
          : [],
      ),
    ),
    said: transitions.flatMap(({ said }) => said ?? []).sort((a, b) => b.atMs - a.atMs)[0],
  };
}

function told<Kind extends EvidenceRecord['kind']>(
  testimonies: readonly Testimony[],
  kind: Kind,
): Told<Extract<EvidenceRecord, { readonly kind: Kind }>>[] {
  return testimonies.flatMap(({ witness, records }) =>
    records.filter((record) => record.kind === kind).map((record) => ({ ...record, witness })),
  ) as unknown as Told<Extract<EvidenceRecord, { readonly kind: Kind }>>[];
}

function spans({ witness, own }: Testimony, kind: 'stall' | 'silence'): Span[] {
  return own
    .filter((record) => record.kind === 'stall' || record.kind === 'silence')
    .filter((record) => record.kind === kind)
    .map((record) => ({
      who: witness,
      fromAtMs: record.atMs - (record.kind === 'stall' ? record.lateMs : record.silentMs),
      toAtMs: record.atMs,
    }));
}

/** Whether most of `inner` lies in `outer`. */
function covers(outer: Span, inner: Span): boolean {
  const sharedMs = Math.min(outer.toAtMs, inner.toAtMs) - Math.max(outer.fromAtMs, inner.fromAtMs);
  return sharedMs > (inner.toAtMs - inner.fromAtMs) / 2;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1_000;
}

/** When the accused's pings were heard: as noted at each change, and last of all. */
function pingsHeard(witnesses: readonly Testimony[], transitions: readonly Told<TransitionEvidence>[]): Heard[] {
  return [
    ...transitions.map(({ witness, lastPingAtMs }) => ({ witness, atMs: lastPingAtMs })),
    ...witnesses.map(({ witness, lastPingAtMs }) => ({ witness, atMs: lastPingAtMs })),
  ];
}

function between(heard: readonly Heard[], fromAtMs: number, toAtMs: number): Heard[] {
  return heard.filter(({ atMs }) => atMs > fromAtMs + clearlyAfterMs && atMs < toAtMs - clearlyAfterMs);
}
