import { isSameAddress, Timer, type Address } from '../util/index.ts';
import { encodePing, type Ack, type Ping } from '../wire/index.ts';
import type { SwimConfig } from './config.ts';
import type { Delegate } from './delegate.ts';
import type { DirectPaths } from './direct-paths.ts';
import type { SwimEnv } from './effects.ts';
import type { EvidenceRecorder } from './evidence/recorder.ts';
import type { ProbeEvidence } from './evidence/records.ts';
import type { Health } from './health.ts';
import { Helpers } from './helpers.ts';
import type { MemberList } from './member-list.ts';
import { protocolMax, type Member } from './member.ts';
import type { Membership } from './membership.ts';
import { checksumSinceProtocol, type Outbox } from './outbox.ts';
import { PacketLoss } from './packet-loss.ts';
import { PeriodicTimer } from './periodic-timer.ts';
import { ProbeOrder } from './probe-order.ts';
import type { ReceiveGaps } from './receive-gaps.ts';
import type { SwimRules } from './rules.ts';
import type { Rumors } from './rumors.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import type { SharedPermutation } from './shared-permutation.ts';
import type { SwimStats } from './stats.ts';
import { StreamProbe, type StreamPinger } from './stream-probe.ts';
import { suspicionMinMs } from './timing.ts';

/** Protocol version from which a node answers pings over streams (memberlist §4.8). */
const streamPingsSinceProtocol = 3;

/**
 * So many of those asked have to say that they got no answer, when the others have had the time to. Chosen: some of them may
 * have failed together with the target.
 */
const nacksMin = 2;

/**
 * For each such share of packets that gets lost a target without an answer is probed once more before it is accused, up to so
 * often in all. Chosen: with the LAN preset one probe in five fails by chance where half of all packets are lost, and three
 * in a row do so once in a hundred.
 */
const lossPerRepeat = 0.2;
const roundsMax = 3;

/** What the system says when the way to the target is broken; all else is about this node. */
const pathFailures: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** What a {@link Prober} is made of. */
export interface ProberParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly self: Member;
  readonly members: MemberList;
  readonly membership: Membership;
  readonly outbox: Outbox;
  readonly rumors: Rumors;
  readonly health: Health;
  readonly gaps: ReceiveGaps;
  /** Says whom to probe when. Undefined: the round robin, once an interval. */
  readonly permutation: SharedPermutation | undefined;
  readonly delegate: Delegate;
  readonly sequenceNumbers: SequenceNumbers;
  readonly pingOverStream: StreamPinger;
  readonly evidence: EvidenceRecorder;
  readonly paths: DirectPaths;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/**
 * The protocol period: one other member is pinged, directly at first, then through others and over a stream. If nothing
 * comes back by the end of the period it is accused (SWIM §3.1, Lifeguard §IV; memberlist `probeNode`).
 *
 * The period stretches while this node doubts itself. A round begins once an interval, at a random phase, or when the shared
 * permutation says so.
 */
export class Prober {
  readonly #config: SwimConfig;
  readonly #members: MemberList;
  readonly #membership: Membership;
  readonly #outbox: Outbox;
  readonly #rumors: Rumors;
  readonly #health: Health;
  readonly #gaps: ReceiveGaps;
  readonly #permutation: SharedPermutation | undefined;
  readonly #delegate: Delegate;
  readonly #sequenceNumbers: SequenceNumbers;
  readonly #order: ProbeOrder;
  readonly #helpers: Helpers;
  readonly #stream: StreamProbe;
  readonly #evidence: EvidenceRecorder;
  readonly #paths: DirectPaths;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  /** `SwimRules.repeatedProbes`. */
  readonly #repeats: boolean;
  readonly #loss: PacketLoss;
  readonly #ticker: PeriodicTimer;
  readonly #roundTimer: Timer;
  readonly #ping: Ping;

  // The round in flight.
  #probed: Member | undefined;
  #stage: 'direct' | 'indirect' = 'direct';
  #incarnation: number = 0;
  #startedAtMs: number = 0;
  #endsAtMs: number = 0;
  /** Rounds in a row that are about this target. */
  #roundCount: number = 0;
  #couldNotSend: boolean = false;
  /** Set while others are asked. */
  #recorded: ProbeEvidence | undefined;
  /** A round was due while another was in flight. */
  #isTickPending: boolean = false;
  /** Periods left in which none begins. */
  #periodsToRest: number = 0;

  constructor(parts: ProberParts) {
    this.#config = parts.config;
    this.#members = parts.members;
    this.#membership = parts.membership;
    this.#outbox = parts.outbox;
    this.#rumors = parts.rumors;
    this.#health = parts.health;
    this.#gaps = parts.gaps;
    this.#permutation = parts.permutation;
    this.#delegate = parts.delegate;
    this.#sequenceNumbers = parts.sequenceNumbers;
    this.#order = new ProbeOrder(parts.members, parts.membership, parts.permutation);
    this.#helpers = new Helpers(parts.members, parts.outbox, parts.config.indirectChecks, parts.self);
    this.#stream = new StreamProbe(parts.rules.refusedPorts, parts.config.probeTimeoutMs, parts.pingOverStream);
    this.#evidence = parts.evidence;
    this.#paths = parts.paths;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#repeats = parts.rules.repeatedProbes;
    this.#loss = new PacketLoss(parts.stats);
    const { probeIntervalMs } = parts.config;
    const onTick = (): void => this.#onTick();
    const planMs = (): number | undefined => this.#permutation?.advance();
    this.#ticker = new PeriodicTimer('protocol period', probeIntervalMs, parts.env, onTick, planMs);
    this.#roundTimer = new Timer('probe timeout', () => this.#onRoundTimer());
    const { addr: sourceAddr, port: sourcePort, name: sourceNode } = parts.self;
    this.#ping = { seqNo: 0, node: '', sourceAddr, sourcePort, sourceNode };
  }

  /** Begins probing at a random phase of the interval. */
  start(): void {
    this.#permutation?.reset();
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
    this.#endRound();
    this.#isTickPending = false;
    this.#periodsToRest = 0;
  }

  /** Returns false when `ack` answers nothing this prober asked. */
  receiveAck(ack: Ack, from: Address): boolean {
    const target = this.#target;
    if (target === undefined || ack.seqNo !== this.#ping.seqNo) {
      this.#evidence.onLateAck(ack.seqNo, (name) => isSameAddress(from, this.#members.get(name)?.address));
      return false;
    }
    const isDirect = this.#stage === 'direct';
    const rttMs = this.#env.clock.nowMs - this.#startedAtMs;
    // A target behind address translation answers from elsewhere than it is known to be.
    const isFromTarget = isDirect || !this.#helpers.wasAsked(from);
    if (isFromTarget && rttMs < this.#config.probeTimeoutMs) this.#stream.noteAck();
    if (isFromTarget) this.#evidence.onAck(target.name, rttMs);
    else this.#helpers.note(from, 'ack');
    this.#succeed(target, isFromTarget ? 'direct' : 'indirect');
    if (isDirect) this.#delegate.onPingComplete(target, rttMs, ack.payload ?? noPayload);
    return true;
  }

  receiveNack(seqNo: number, from: Address): void {
    if (this.#target === undefined || seqNo !== this.#ping.seqNo) return;
    this.#helpers.receiveNack(from);
    if (this.#isHopeless(Infinity)) this.#judge(this.#target);
  }

  /**
   * The ping could not be sent. When there is no way to the target, there is no need to wait before others are asked.
   * When it is this node that cannot send, the round says nothing.
   */
  sendFailed(to: Address, reason: string): void {
    const target = this.#target;
    if (target === undefined || this.#stage !== 'direct' || !isSameAddress(target.address, to)) return;
    if (!pathFailures.has(reason)) return this.#endRound();
    this.#couldNotSend = true;
    this.#askOthers(target, reason);
  }

  /** This node had no time: what is in flight says nothing about its target. */
  voidRound(lateMs: number): void {
    if (this.#target === undefined) return;
    this.#noteVoid(this.#target, lateMs);
    this.#endRound();
  }

  #noteVoid(target: Member, lateMs: number): void {
    this.#stats.probesVoid += 1;
    this.#env.trace?.({ type: 'probe-void', atMs: this.#env.clock.nowMs, target: target.name, lateMs });
    this.#recordEnd('void', lateMs);
  }

  /** Whom the round in flight is about, as it is known now. */
  get #target(): Member | undefined {
    return this.#probed && this.#members.current(this.#probed);
  }

  #onTick(): void {
    if (this.#target !== undefined) this.#isTickPending = true;
    else if (this.#periodsToRest > 0) this.#periodsToRest -= 1;
    else this.#beginRound();
  }

  #beginRound(): void {
    this.#isTickPending = false;
    const target = this.#order.next();
    // A member without a usable address cannot be probed; as in memberlist that says nothing about it.
    if (target?.address === undefined) return;
    this.#roundCount = 0;
    this.#probe(target, target.address);
  }

  #probe(target: Member, to: Address): void {
    this.#roundCount += 1;
    this.#probed = target;
    this.#stage = 'direct';
    this.#incarnation = target.incarnation;
    this.#startedAtMs = this.#env.clock.nowMs;
    this.#endsAtMs = this.#startedAtMs + this.#health.scaleTimeoutMs(this.#config.probeIntervalMs);
    this.#couldNotSend = false;
    this.#ping.seqNo = this.#sequenceNumbers.next();
    this.#ping.node = target.name;
    this.#stats.probes += 1;
    this.#env.timers.arm(this.#roundTimer, this.#startedAtMs + this.#stream.silenceMs);
    this.#env.trace?.({ type: 'probe-started', atMs: this.#startedAtMs, target: target.name });
    this.#sendPing(target, to);
  }

  /** A suspect is told in the same packet what it is accused of, so that it can refute at once (Lifeguard §IV.C). */
  #sendPing(target: Member, to: Address): void {
    const writer = this.#outbox.begin();
    encodePing(writer, this.#ping);
    if (target.state === 'alive' || !this.#config.buddyPings) return this.#outbox.send(to, target);
    const { name: node, incarnation } = target;
    const accusation = this.#rumors.encodeSuspect({ incarnation, node, from: this.#ping.sourceNode });
    this.#outbox.sendExactly(to, [writer.copy(), accusation], protocolMax(target) >= checksumSinceProtocol);
  }

  #onRoundTimer(): void {
    const target = this.#target!;
    const { nowMs } = this.#env.clock;
    if (this.#stage === 'indirect') {
      if (nowMs >= this.#endsAtMs || this.#isHopeless(nacksMin)) return this.#judge(target);
      return this.#env.timers.arm(this.#roundTimer, this.#endsAtMs);
    }
    const timeoutAtMs = this.#startedAtMs + this.#config.probeTimeoutMs;
    if (nowMs >= timeoutAtMs || this.#stream.isUnheard) return this.#askOthers(target);
    this.#tryStream(target);
    const unheardAtMs = this.#stream.isUnheard ? nowMs + this.#stream.silenceMs : timeoutAtMs;
    this.#env.timers.arm(this.#roundTimer, Math.min(unheardAtMs, timeoutAtMs));
  }

  #askOthers(target: Member, sendFailure?: string): void {
    this.#stage = 'indirect';
    this.#stats.probeTimeouts += 1;
    this.#env.trace?.({ type: 'probe-timeout', atMs: this.#env.clock.nowMs, target: target.name });
    const answeredAtMs = this.#stream.isMute ? this.#env.clock.nowMs + this.#config.probeTimeoutMs : this.#endsAtMs;
    this.#env.timers.arm(this.#roundTimer, Math.min(answeredAtMs, this.#endsAtMs));
    const helpers = this.#helpers.ask(target, this.#ping.seqNo);
    const probe = this.#evidence.beginProbe({
      node: target.name,
      seqNo: this.#ping.seqNo,
      startedAtMs: this.#startedAtMs,
      lateMs: this.#env.clock.nowMs - this.#startedAtMs - this.#config.probeTimeoutMs,
      helpers,
      sendFailure,
    });
    this.#recorded = probe;
    this.#helpers.record(probe);
    this.#tryStream(target);
    this.#stream.record(probe);
  }

  #tryStream(target: Member): void {
    if (!this.#config.streamPings || protocolMax(target) < streamPingsSinceProtocol) return;
    this.#stream.begin(target.address!, this.#ping, this.#endsAtMs, () => this.#onRefused());
  }

  /** The machine of the target is there, and says that nobody listens: others are asked at once whether that is so. */
  #onRefused(): void {
    const target = this.#target!;
    if (this.#stage === 'direct') this.#askOthers(target);
    else if (this.#isHopeless(Infinity)) this.#judge(target);
  }

  /** Nobody listens there, or nothing is there, and so many of those asked had no answer: to wait longer tells nothing more. */
  #isHopeless(nacksWanted: number): boolean {
    return this.#stream.isMute && this.#helpers.haveGivenUp(nacksWanted);
  }

  /** The period is over and no ack came by packet. */
  #judge(target: Member): void {
    if (this.#stream.isAcked) return this.#succeed(target, 'stream');
    const missedNacks = this.#helpers.missedNackCount;
    this.#stats.nacksMissed += missedNacks ?? 0;
    this.#health.adjust(missedNacks ?? 1);
    const lateMs = this.#env.clock.nowMs - this.#endsAtMs;
    if (this.#gaps.isDeafSince(this.#startedAtMs, this.#deafMaxMs)) {
      this.#noteVoid(target, lateMs);
      return this.#finish();
    }
    this.#stats.probesFailed += 1;
    this.#recordEnd('failed', lateMs);
    if (!target.isDeadOrLeft && this.#mayBeChance) {
      this.#env.trace?.({ type: 'probe-repeated', atMs: this.#env.clock.nowMs, target: target.name });
      this.#endRound();
      return this.#probe(target, target.address!);
    }
    this.#paths.onMissed(target.name);
    this.#env.trace?.({ type: 'probe-failed', atMs: this.#env.clock.nowMs, target: target.name });
    const accusation = { incarnation: this.#incarnation, node: target.name, from: this.#ping.sourceNode };
    this.#finish();
    this.#membership.receiveSuspect(accusation, undefined);
  }

  /**
   * Where packets get lost a probe fails by chance now and then, and a false accusation costs rumors to all: twice as many
   * members are accused twice as often, until accusations fill all packets. A connection that is refused is no chance.
   */
  get #mayBeChance(): boolean {
    if (!this.#repeats || this.#stream.isRefused) return false;
    return this.#roundCount < Math.min(roundsMax, 1 + Math.round(this.#loss.share / lossPerRepeat));
  }

  /** For so long one who hears nobody accuses nobody: as long as a suspect has to refute. */
  get #deafMaxMs(): number {
    return suspicionMinMs(this.#config.suspicionMult, this.#members.count, this.#config.probeIntervalMs);
  }

  #succeed(target: Member, via: 'direct' | 'indirect' | 'stream'): void {
    this.#stats.probesAcked += 1;
    if (via === 'direct') this.#paths.onAnswered(target.name);
    else this.#paths.onMissed(target.name);
    if (this.#stage === 'indirect') this.#countSaved(via);
    if (!this.#couldNotSend) this.#health.adjust(-1);
    const atMs = this.#env.clock.nowMs;
    this.#env.trace?.({ type: 'probe-acked', atMs, target: target.name, rttMs: atMs - this.#startedAtMs, via });
    this.#recordEnd(endings[via], 0);
    this.#finish();
  }

  #countSaved(via: 'direct' | 'indirect' | 'stream'): void {
    if (via === 'direct') this.#stats.probesAckedLate += 1;
    else if (via === 'indirect') this.#stats.probesSavedByOthers += 1;
    else this.#stats.probesSavedByStream += 1;
  }

  #finish(): void {
    this.#endRound();
    this.#periodsToRest = this.#config.spacedProbes ? this.#health.score : 0;
    if (this.#periodsToRest > 0) this.#isTickPending = false;
    else if (this.#isTickPending) this.#beginRound();
  }

  #recordEnd(outcome: ProbeEvidence['outcome'], lateMs: number): void {
    if (this.#recorded === undefined) return;
    this.#evidence.endProbe(this.#recorded, outcome, lateMs, this.#health.score);
    this.#recorded = undefined;
  }

  #endRound(): void {
    this.#recorded = undefined;
    this.#helpers.end();
    this.#stream.end();
    this.#probed = undefined;
    this.#env.timers.cancel(this.#roundTimer);
  }
}

const noPayload = new Uint8Array(0);

/** What is recorded of a probe that was saved after all. */
const endings = { direct: 'acked-late', indirect: 'acked-through-others', stream: 'acked-by-stream' } as const;
