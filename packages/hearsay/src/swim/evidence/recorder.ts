import { formatAddress, type Address, type StepClock } from '../../util/index.ts';
import type { Member, MemberState } from '../member.ts';
import type { StrangerKind } from '../strangers.ts';
import { evidenceLimits } from './limits.ts';
import type {
  ConflictEvidence,
  Contact,
  EvidenceRecord,
  OwnEvidence,
  ProbeEvidence,
  SaidHealth,
  StaleEvidence,
  TransitionEvidence,
} from './records.ts';
import { Ring } from './ring.ts';

const noContact: Readonly<Contact> = { ackAtMs: -Infinity, rttMs: 0, pingAtMs: -Infinity };

/** Recorded when nothing at all was received for so long: three protocol periods, in which a member hears something. */
const silencePeriods = 3;

/**
 * Remembers, within bounds, what happened to members and how this node came to believe it, so that somebody can ask why
 * afterwards. Nothing depends on it.
 *
 * What happens all the time costs a comparison or a look into a map; what is recorded are troubles. Switched off it keeps
 * nothing.
 */
export class EvidenceRecorder {
  readonly #clock: StepClock;
  readonly #silenceMinMs: number;
  readonly #isOn: boolean;
  readonly #records: Ring<EvidenceRecord> = new Ring(evidenceLimits.recordsMax);
  readonly #own: Ring<OwnEvidence> = new Ring(evidenceLimits.ownRecordsMax);
  readonly #contacts: Map<string, Contact> = new Map();
  readonly #ongoing: Map<string, ConflictEvidence | StaleEvidence> = new Map();
  readonly #lateAcks: Map<number, ProbeEvidence> = new Map();
  #startedAtMs: number | undefined;
  #receivedAtMs: number = -Infinity;
  #lastId: number = 0;
  #readHealth: (name: string) => SaidHealth | undefined = () => undefined;

  constructor(clock: StepClock, probeIntervalMs: number, isOn: boolean = true) {
    this.#clock = clock;
    this.#silenceMinMs = silencePeriods * probeIntervalMs;
    this.#isOn = isOn;
  }

  /** From now on `readHealth` is asked what an accused said of itself. */
  attachHealth(readHealth: (name: string) => SaidHealth | undefined): void {
    this.#readHealth = readHealth;
  }

  /** When this process first took part; undefined before that. */
  get startedAtMs(): number | undefined {
    return this.#startedAtMs;
  }

  /** What a member last said of its own health; undefined when it says nothing, or did so too long ago. */
  saidBy(name: string): SaidHealth | undefined {
    return this.#readHealth(name);
  }

  get recordCount(): number {
    return this.#records.count;
  }

  /** What is remembered of others, the newest first. */
  records(): Iterable<EvidenceRecord> {
    return this.#records.newestFirst();
  }

  /** What is remembered of this node itself, the newest first. */
  own(): Iterable<OwnEvidence> {
    return this.#own.newestFirst();
  }

  contact(name: string): Readonly<Contact> {
    return this.#contacts.get(name) ?? noContact;
  }

  /** For how long nothing at all was received; 0 before the first packet. */
  get silentMs(): number {
    return this.#receivedAtMs === -Infinity ? 0 : this.#clock.nowMs - this.#receivedAtMs;
  }

  /** The longest time for which this node stood still in the last `spanMs`, as far as it is remembered. */
  longestStallMs(spanMs: number): number {
    let longestMs = 0;
    for (const record of this.own()) {
      if (record.atMs < this.#clock.nowMs - spanMs) break;
      if (record.kind === 'stall') longestMs = Math.max(longestMs, record.lateMs);
    }
    return longestMs;
  }

  // Of this node.

  onStart(): void {
    this.#startedAtMs ??= this.#clock.nowMs;
  }

  onStop(): void {
    this.#receivedAtMs = -Infinity;
  }

  onPacket(): void {
    if (!this.#isOn) return;
    const { nowMs } = this.#clock;
    const silentMs = nowMs - this.#receivedAtMs;
    if (silentMs > this.#silenceMinMs && silentMs < Infinity) this.#keepOwn({ kind: 'silence', atMs: nowMs, silentMs });
    this.#receivedAtMs = nowMs;
  }

  onStall(lateMs: number): void {
    this.#keepOwn({ kind: 'stall', atMs: this.#clock.nowMs, lateMs });
  }

  onRefutation(incarnation: number, accuser: string | undefined): void {
    this.#keepOwn({ kind: 'refutation', atMs: this.#clock.nowMs, incarnation, accuser: clip(accuser ?? '') });
  }

  onStranger(stranger: StrangerKind, from: Address): void {
    this.#keepOwn({ kind: 'stranger', atMs: this.#clock.nowMs, stranger, from: formatAddress(from) });
  }

  onClockSkew(aheadMs: number, refusedBy: readonly string[]): void {
    this.#keepOwn({ kind: 'clock', atMs: this.#clock.nowMs, aheadMs, refusedBy: clip(refusedBy.join(', ')) });
  }

  // Of contacts.

  onAck(name: string, rttMs: number): void {
    if (!this.#isOn) return;
    const contact = this.#contact(name);
    contact.ackAtMs = this.#clock.nowMs;
    contact.rttMs = rttMs;
  }

  /** `name` is that of a member that is known. */
  onPing(name: string): void {
    if (this.#isOn) this.#contact(name).pingAtMs = this.#clock.nowMs;
  }

  // Of probes.

  /** The target did not answer by itself: others are asked. `seqNo` is the number of the ping. */
  beginProbe(parts: {
    readonly node: string;
    readonly seqNo: number;
    readonly startedAtMs: number;
    readonly lateMs: number;
    readonly helpers: readonly Member[];
    readonly sendFailure: string | undefined;
  }): ProbeEvidence {
    const { node, seqNo, startedAtMs, lateMs, helpers, sendFailure } = parts;
    const { nowMs } = this.#clock;
    const probe: ProbeEvidence = {
      kind: 'probe',
      node,
      id: this.#nextId(),
      atMs: nowMs,
      startedAtMs,
      askedOthersAtMs: nowMs,
      lateMs: Math.max(0, lateMs),
      outcome: 'pending',
      helpers: helpers.slice(0, evidenceLimits.helpersMax).map(({ name }) => ({ name, answer: undefined })),
      stream: undefined,
      healthScore: 0,
      sendFailure,
      lateAckMs: undefined,
    };
    this.#keep(probe);
    if (this.#isOn) setBounded(this.#lateAcks, seqNo, probe, evidenceLimits.lateAcksMax);
    return probe;
  }

  endProbe(probe: ProbeEvidence, outcome: ProbeEvidence['outcome'], lateMs: number, healthScore: number): void {
    probe.atMs = this.#clock.nowMs;
    probe.outcome = outcome;
    probe.lateMs = Math.max(probe.lateMs, lateMs);
    probe.healthScore = healthScore;
  }

  /** An ack came for which nobody waits any more; it counts when it is from the target itself. */
  onLateAck(seqNo: number, isFromTarget: (node: string) => boolean): void {
    const probe = this.#lateAcks.get(seqNo);
    if (probe === undefined || probe.lateAckMs !== undefined || !isFromTarget(probe.node)) return;
    probe.lateAckMs = this.#clock.nowMs - probe.startedAtMs;
  }

  onRelay(name: string, askerName: string, startedAtMs: number, isAcked: boolean): void {
    const [node, asker] = [clip(name), clip(askerName)];
    this.#keep({
      kind: 'relay',
      node,
      id: this.#nextId(),
      atMs: this.#clock.nowMs,
      startedAtMs,
      asker,
      isAcked,
    });
  }

  // Of membership.

  /**
   * `member` is now in another state, or in the same with a higher incarnation.
   *
   * @param frozenMs for how long the clock of the suspicion that ends so stood still
   */
  onTransition(
    member: Member,
    from: MemberState,
    accuser: string,
    via: TransitionEvidence['via'],
    frozenMs: number = 0,
  ): void {
    const { name: node, incarnation, state: to } = member;
    const by = clip(accuser);
    const { ackAtMs: lastAckAtMs, pingAtMs: lastPingAtMs } = this.contact(node);
    const { nowMs: atMs } = this.#clock;
    const id = this.#nextId();
    const isAccused = to === 'suspect' || to === 'dead';
    this.#keep({
      kind: 'transition',
      node,
      id,
      atMs,
      from,
      to,
      incarnation,
      address: member.address && formatAddress(member.address),
      by,
      via,
      lastAckAtMs,
      lastPingAtMs,
      frozenMs: frozenMs > 0 ? frozenMs : undefined,
      said: isAccused && this.#isOn ? this.#readHealth(node) : undefined,
    });
  }

  onConfirmation(node: string, accuser: string): void {
    this.#keep({
      kind: 'confirmation',
      node,
      id: this.#nextId(),
      atMs: this.#clock.nowMs,
      by: clip(accuser),
    });
  }

  onConflict(node: string, known: Address | undefined, claimed: Address | undefined): void {
    const { nowMs } = this.#clock;
    const texts = { known: known ? formatAddress(known) : '', claimed: claimed ? formatAddress(claimed) : '' };
    this.#recordOngoing({ kind: 'conflict', node, id: 0, atMs: nowMs, lastAtMs: nowMs, count: 1, ...texts });
  }

  onStale(node: string, incarnation: number, knownIncarnation: number): void {
    const { nowMs } = this.#clock;
    const when = { atMs: nowMs, lastAtMs: nowMs, count: 1 };
    this.#recordOngoing({ kind: 'stale', node, id: 0, ...when, incarnation, knownIncarnation });
  }

  /** What goes on is one record, as long as it is not older than the ring may be. */
  #recordOngoing(record: ConflictEvidence | StaleEvidence): void {
    const key = `${record.kind} ${record.node}`;
    const known = this.#ongoing.get(key);
    if (known !== undefined && record.atMs - known.lastAtMs < ongoingGapMs) {
      known.count += 1;
      known.lastAtMs = record.atMs;
      return;
    }
    const numbered = { ...record, id: this.#nextId() };
    this.#keep(numbered);
    if (this.#isOn) setBounded(this.#ongoing, key, numbered, evidenceLimits.ongoingMax);
  }

  #contact(name: string): Contact {
    let contact = this.#contacts.get(name);
    if (contact === undefined) {
      contact = { ...noContact };
      setBounded(this.#contacts, name, contact, evidenceLimits.contactsMax);
    }
    return contact;
  }

  #keep(record: EvidenceRecord): void {
    if (this.#isOn) this.#records.push(record);
  }

  #keepOwn(record: OwnEvidence): void {
    if (this.#isOn) this.#own.push(record);
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

/** No member has a longer name. A part of it would keep the whole text in memory, so nothing of it is kept. */
function clip(name: string): string {
  return name.length > evidenceLimits.nameMaxLength ? '(too long)' : name;
}

/** A conflict that was not seen for so long is another one. */
const ongoingGapMs = 60_000;

/** Adds to a map that holds so many at most; the oldest makes room. */
function setBounded<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, countMax: number): void {
  map.delete(key);
  if (map.size >= countMax) map.delete(map.keys().next().value!);
  map.set(key, value);
}
