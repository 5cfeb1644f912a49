import { ByteWriter, ClusterError, type Address } from '../util/index.ts';
import {
  encodeUserMessageHeader,
  MessageType,
  PacketCodec,
  StreamCodec,
  toAddress,
  wireLimits,
  type Alive,
  type StreamMessage,
  type WireConfig,
} from '../wire/index.ts';
import type { AllowedNetworks } from './allowed-networks.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import type { SwimConfig } from './config.ts';
import { Copies } from './copies.ts';
import type { Delegate, SuspicionWatcher } from './delegate.ts';
import { DirectPaths } from './direct-paths.ts';
import type { SwimEffects, SwimEnv } from './effects.ts';
import { EvidenceRecorder } from './evidence/recorder.ts';
import type { StreamOutcome } from './evidence/records.ts';
import { FollowUps } from './follow-ups.ts';
import { Gossiper } from './gossiper.ts';
import { Healer } from './healer.ts';
import { Health } from './health.ts';
import { Herald } from './herald.ts';
import { Inbox } from './inbox.ts';
import { Joiner, type JoinResult } from './joiner.ts';
import type { Keyring } from './keyring.ts';
import { MemberList } from './member-list.ts';
import { Member, protocolMax } from './member.ts';
import { Membership } from './membership.ts';
import { asUserMessage, checksumSinceProtocol, Outbox } from './outbox.ts';
import { OwnRecord } from './own-record.ts';
import { Prober } from './prober.ts';
import { PushPull } from './push-pull.ts';
import { ReceiveGaps } from './receive-gaps.ts';
import { Responder } from './responder.ts';
import type { SwimRules } from './rules.ts';
import { Rumors, type Haste } from './rumors.ts';
import { SequenceNumbers } from './sequence-numbers.ts';
import { SharedPermutation } from './shared-permutation.ts';
import type { SharedMembers } from './shared-members.ts';
import { SortedView } from './sorted-view.ts';
import { SpreadWait } from './spread-wait.ts';
import { StallDetector } from './stall-detector.ts';
import { SwimStats } from './stats.ts';
import { Strangers, type Stranger } from './strangers.ts';
import { encodeStreamAck, streamPinger } from './stream-pings.ts';
import type { StreamPinger } from './stream-probe.ts';
import { Storms } from './storms.ts';
import { Streams, type StreamAnswer } from './streams.ts';
import { suspicionMinMs } from './timing.ts';

/** Who a node is, and how it takes part. */
export interface SwimOptions {
  /** Unique in the cluster: names are identities. */
  readonly name: string;
  /** Where others reach this node, 4 or 16 bytes, and the port. */
  readonly addr: Uint8Array;
  readonly port: number;
  /** Stands for a port of 0 in what others send. */
  readonly bindPort: number;
  /** Six version numbers: of the protocol and of the layer above, each minimum, maximum, current. */
  readonly vsn: Uint8Array;
  /** Checked by {@link checkSwimConfig}. */
  readonly config: SwimConfig;
  /** Made by {@link checkSwimRules}. */
  readonly rules: SwimRules;
  readonly keyring: Keyring;
  /** Addresses that healing tries when no live member has them. */
  readonly seeds: readonly Address[];
  readonly allowedNetworks: AllowedNetworks | undefined;
  readonly delegate: Delegate;
  readonly suspicionWatcher?: SuspicionWatcher;
  /** Hears of traffic that is not of this cluster; at most once a minute for each kind. */
  readonly onStranger?: (stranger: Stranger) => void;
  /** Whether anything is remembered of what happens to members. @defaultValue true */
  readonly evidence?: boolean;
  /** The number of the first ping. @defaultValue 1 */
  readonly firstSequenceNumber?: number;
}

/**
 * Membership and failure detection of one node: memberlist's protocol, without I/O. The owner of the clock sets it, then
 * calls in: `receive…` for input, commands for users, and the timers of {@link SwimEnv} when they are due.
 */
export class Swim {
  readonly members: MemberList;
  readonly stats: SwimStats = new SwimStats();
  /** What is waiting to be gossiped about members. */
  readonly rumorQueue: BroadcastQueue;
  /** What happened to members, and how this node came to believe it. */
  readonly evidence: EvidenceRecorder;
  /** To whom there is no direct way. */
  readonly paths: DirectPaths;
  readonly #env: SwimEnv;
  readonly #rules: SwimRules;
  readonly #delegate: Delegate;
  readonly #codec: PacketCodec;
  readonly #health: Health;
  readonly #own: OwnRecord;
  readonly #outbox: Outbox;
  readonly #membership: Membership;
  readonly #responder: Responder;
  readonly #prober: Prober;
  readonly #inbox: Inbox;
  readonly #gossiper: Gossiper;
  readonly #streams: Streams;
  readonly #pingOverStream: StreamPinger;
  readonly #pushPull: PushPull;
  readonly #followUps: FollowUps;
  readonly #storms: Storms;
  readonly #joiner: Joiner;
  readonly #healer: Healer;
  readonly #stalls: StallDetector;
  readonly #gaps: ReceiveGaps;
  readonly #strangers: Strangers;
  readonly #config: SwimConfig;
  readonly #sequenceNumbers: SequenceNumbers;
  readonly #waits: Map<number, SpreadWait> = new Map();
  #stoppedAtMs: number = 0;

  constructor(options: SwimOptions, env: SwimEnv, effects: SwimEffects) {
    const { config, rules, keyring, delegate, bindPort, allowedNetworks } = options;
    const { stats } = this;
    this.#env = env;
    this.#rules = rules;
    this.#delegate = delegate;
    const wireConfig = toWireConfig(config);
    this.#codec = new PacketCodec(wireConfig, keyring, env.aead, env.fillRandom);
    const self = newSelf(options);
    const members = new MemberList(self.name, env.rng);
    this.members = members;
    const copies = new Copies({ config, rules, members, stats });
    const { ringGossip, adaptiveCopies } = rules;
    const transmitLimit = (): number => copies.limit(this.rumorQueue);
    this.rumorQueue = new BroadcastQueue(transmitLimit, undefined, ringGossip, adaptiveCopies);
    const { packetMaxBytes, membershipShare } = config;
    const queue = this.rumorQueue;
    const outbox = new Outbox({ codec: this.#codec, queue, delegate, effects, stats, packetMaxBytes, membershipShare });
    const rumors = new Rumors({ queue, rules, copies, clock: env.clock, onQueued: (haste) => this.#onRumor(haste) });
    const herald = new Herald({
      isOn: rules.reassertion,
      selfName: self.name,
      outbox,
      rumors,
      clock: env.clock,
      stats,
    });
    const health = new Health(config.awarenessMaxMultiplier, env);
    const evidence = new EvidenceRecorder(env.clock, config.probeIntervalMs, options.evidence);
    this.evidence = evidence;
    const paths = new DirectPaths(env.clock, members);
    this.paths = paths;
    const own = new OwnRecord({ rules, self, members, rumors, herald, health, delegate, evidence, env, stats });
    const gaps = new ReceiveGaps(rules.frozenSuspicions, env.clock, members, config.probeIntervalMs);
    this.#gaps = gaps;
    const parts = {
      config,
      rules,
      gaps,
      self,
      members,
      own,
      rumors,
      herald,
      health,
      outbox,
      delegate,
      evidence,
      paths,
      env,
      stats,
    };
    const membership = new Membership({
      ...parts,
      suspicionWatcher: options.suspicionWatcher,
      bindPort,
      allowedNetworks,
    });
    const sequenceNumbers = new SequenceNumbers(options.firstSequenceNumber);
    this.#sequenceNumbers = sequenceNumbers;
    const { probeTimeoutMs, streamTimeoutMs } = config;
    this.#strangers = new Strangers(env.clock, (stranger) => {
      evidence.onStranger(stranger.kind, stranger.from);
      options.onStranger?.(stranger);
    });
    this.#streams = new Streams({
      strangers: this.#strangers,
      codec: new StreamCodec(wireConfig, keyring, env.aead, env.fillRandom),
      effects,
      env,
      stats,
      streamTimeoutMs,
      onRequest: (request, from) => this.#answer(request, from),
    });
    this.#pingOverStream = streamPinger(this.#streams);
    this.#prober = new Prober({
      ...parts,
      membership,
      permutation: rules.sharedPermutation
        ? new SharedPermutation(new SortedView(members), config.probeIntervalMs, env)
        : undefined,
      sequenceNumbers,
      pingOverStream: this.#pingOverStream,
    });
    this.#responder = new Responder({ ...parts, probeTimeoutMs, bindPort, sequenceNumbers });
    this.#inbox = new Inbox({ prober: this.#prober, responder: this.#responder, membership, delegate });
    this.#gossiper = new Gossiper(parts);
    this.#pushPull = new PushPull({ ...parts, membership, streams: this.#streams });
    this.#followUps = new FollowUps({ ...parts, membership, pushPull: this.#pushPull });
    this.#storms = new Storms(parts, () => this.#followUps.catchUp());
    this.#joiner = new Joiner(this.#pushPull, this.#streams, env.clock, (seed, isNewcomer, tookMs) =>
      this.#followUps.beginAfterJoin(seed, isNewcomer, tookMs),
    );
    this.#healer = new Healer({
      ...parts,
      seeds: options.seeds,
      tombstones: membership.tombstones,
      pushPull: this.#pushPull,
      followUps: this.#followUps,
    });
    this.#stalls = new StallDetector(env, config.lateToleranceMs);
    this.#config = config;
    this.#health = health;
    this.#own = own;
    this.#outbox = outbox;
    this.#membership = membership;
  }

  get healthScore(): number {
    return this.#health.score;
  }

  /** This node's own record. */
  get self(): Member {
    return this.#own.member;
  }

  get isLeaving(): boolean {
    return this.#own.isLeaving;
  }

  /** Departed members that are remembered. */
  get departedCount(): number {
    return this.#membership.tombstones.count;
  }

  get streamCount(): number {
    return this.#streams.count;
  }

  /** What arrived in packets and was refused, by reason. */
  get packetRefusals(): Readonly<Record<string, number>> {
    return this.#codec.stats;
  }

  /** What arrived on streams and was refused, by reason. */
  get streamRefusals(): Readonly<Record<string, number>> {
    return this.#streams.refusals;
  }

  /** The longest user message that fits into a packet. */
  get userMessageMaxBytes(): number {
    return this.#outbox.userMessageMaxBytes;
  }

  /** Announces this node and begins to take part; also again, after {@link leave} or {@link stop}. */
  start(): void {
    this.evidence.onStart();
    this.#gaps.hear();
    this.#membership.resumeSuspicions(this.#env.clock.nowMs - this.#stoppedAtMs);
    this.#own.start(this.#delegate.nodeMeta(wireLimits.metaMaxBytes));
    this.#prober.start();
    this.#gossiper.start();
    this.#pushPull.start();
    if (this.#rules.rejoin) this.#healer.start();
  }

  /** Ends every loop and stream. What is known stays known. */
  stop(): void {
    this.evidence.onStop();
    this.#joiner.abandonAll();
    this.#streams.closeAll();
    this.#endLoops();
    this.#membership.suspendSuspicions();
    this.#stoppedAtMs = this.#env.clock.nowMs;
    this.#gossiper.stop();
    this.#responder.dropRelays();
    for (const wait of this.#waits.values()) wait.abandon();
    this.#waits.clear();
  }

  /** To be called once a step, after the clock is set and before anything else. */
  checkStall(): void {
    const lateMs = this.#stalls.takeLatenessMs();
    if (lateMs === 0) return;
    this.stats.stalls += 1;
    this.stats.stalledMs += lateMs;
    this.#env.trace?.({ type: 'stall', atMs: this.#env.clock.nowMs, lateMs });
    this.evidence.onStall(lateMs);
    // So long a stall may have cost rumors that are not repeated.
    if (lateMs >= this.#config.probeIntervalMs) this.#followUps.catchUp();
    if (!this.#rules.frozenSuspicions) return;
    this.#prober.voidRound(lateMs);
    this.#responder.dropRelays();
    // A stall is a gap as well: what it took counts once.
    this.#membership.freezeSuspicions('stall', Math.max(lateMs, this.#gaps.takeMs()));
    this.#gaps.skip();
    this.#health.adjust(1);
  }

  receivePacket(from: Address, packet: Uint8Array): void {
    this.stats.packetsReceived += 1;
    this.stats.bytesReceived += packet.length;
    this.evidence.onPacket();
    this.#inbox.from = from;
    this.#codec.unwrap(packet, this.#inbox);
    const { refusal } = this.#codec;
    if (refusal === undefined) this.#hear();
    else this.#strangers.receive(from, 'packet', packet, refusal);
  }

  /** A packet to `to` could not be sent; `reason` is the system's name for it, such as `ENETUNREACH`. */
  sendFailed(to: Address, reason: string): void {
    this.stats.sendFailures += 1;
    this.#prober.sendFailed(to, reason);
  }

  acceptStream(from: Address): number | undefined {
    return this.#streams.accept(from);
  }

  streamOpened(stream: number): void {
    this.#hear();
    this.#streams.opened(stream);
  }

  receiveStream(stream: number, chunk: Uint8Array): void {
    if (this.#streams.isOwn(stream)) this.#hear();
    this.#streams.receive(stream, chunk);
  }

  streamClosed(stream: number, failure: string | undefined): void {
    const isRefusal = failure === 'ECONNREFUSED' || failure === 'ECONNRESET';
    if (isRefusal && this.#streams.isOwn(stream)) this.#hear();
    this.#streams.closed(stream, failure);
  }

  /** Whether news would go out at once: with `SwimRules.eagerPush`, while no other waits. */
  get spreadsAtOnce(): boolean {
    return this.#rules.eagerPush && this.#gossiper.isResting;
  }

  #onRumor(haste: Haste): void {
    if (haste === 'patient') this.#gossiper.wake();
    else this.#gossiper.push(haste === 'urgent');
    this.#storms.onNews();
  }

  /** User messages wait to be gossiped. */
  wakeGossip(): void {
    this.#gossiper.wake();
  }

  /** The same, and they are new: they may be gossiped at once. */
  pushGossip(): void {
    this.#gossiper.push();
  }

  /** `request` names the command for {@link abandon}. */
  join(request: number, addresses: readonly Address[], onDone: (result: JoinResult) => void): void {
    this.#joiner.join(request, addresses, (result) => {
      this.#healer.onJoinDone(result.joinedCount);
      onDone(result);
    });
  }

  /** Says goodbye and waits until the message was sent often enough. Pings are answered all the same. */
  leave(request: number, timeoutMs: number, onDone: (spread: boolean) => void): void {
    this.#endLoops();
    const wait = this.#wait(request, timeoutMs, onDone);
    this.#own.leave(() => wait.finish(true));
    if (this.members.liveCount === 0) wait.finish(true);
  }

  /** Announces what the delegate's `nodeMeta` says now, and waits until that was sent often enough. */
  updateMeta(request: number, timeoutMs: number, onDone: (spread: boolean) => void): void {
    const wait = this.#wait(request, timeoutMs, onDone);
    this.#own.announce(this.#delegate.nodeMeta(wireLimits.metaMaxBytes), () => wait.finish(true));
    if (this.members.liveCount <= 1) wait.finish(true);
  }

  /** Forgets a command whose result nobody waits for any more. */
  abandon(request: number): void {
    this.#joiner.abandon(request);
    this.#waits.get(request)?.abandon();
    this.#waits.delete(request);
  }

  /** Pings a member over a stream, whatever is believed of it, and says what came of it by `deadlineMs`. */
  pingNow(member: Member, deadlineMs: number, onOutcome: (outcome: StreamOutcome) => void): void {
    if (member.address === undefined) return onOutcome('untried');
    const { addr: sourceAddr, port: sourcePort, name: sourceNode } = this.self;
    const ping = { seqNo: this.#sequenceNumbers.next(), node: member.name, sourceAddr, sourcePort, sourceNode };
    this.#pingOverStream(member.address, ping, deadlineMs, onOutcome);
  }

  /** Sends `payload` to a member: in one packet of its own and at best effort, or over a stream. */
  sendUserMessage(to: Member, payload: Uint8Array, channel: 'packet' | 'stream'): void {
    if (to.address === undefined) throw new ClusterError('ERR_ADDRESS', `${to.name} has no usable address`);
    if (channel === 'packet') {
      const withChecksum = protocolMax(to) >= checksumSinceProtocol;
      return this.#outbox.sendExactly(to.address, [asUserMessage(payload)], withChecksum);
    }
    const request = encodeStreamUserMessage(payload);
    this.#streams.open({ to: to.address, request, expectsAnswer: false }, noUser);
  }

  /** Sends `payload` to whoever is at `to`, in one packet of its own and at best effort. Every version reads it. */
  sendUserMessageTo(to: Address, payload: Uint8Array): void {
    this.#outbox.sendExactly(to, [asUserMessage(payload)], false);
  }

  /** Takes members for known without telling anybody: for a node that begins in a cluster formed before. */
  adopt(alive: Alive): void {
    this.#membership.adopt(alive);
  }

  /** The same for members that other nodes know too, and share. Nobody but self may be known yet. */
  beginWith(shared: SharedMembers): void {
    this.members.beginWith(shared);
  }

  /**
   * Something came from a member, if only a refusal of what it was sent: this node is not cut off. What anybody on the
   * same host may send, a health check's connection or bytes that are no packet, does not say so.
   */
  #hear(): void {
    const { silentMs } = this.#gaps;
    this.#membership.freezeSuspicions('silence', this.#gaps.takeMs());
    this.#gaps.hear();
    if (silentMs > 0) this.#onGapEnd(silentMs);
  }

  /** After so long others may have declared this node dead, and told one another for the last time. */
  #onGapEnd(silentMs: number): void {
    const { suspicionMult, probeIntervalMs } = this.#config;
    const shortestMs = suspicionMinMs(suspicionMult, this.members.count, probeIntervalMs);
    if (silentMs >= shortestMs) this.#followUps.catchUp();
  }

  #endLoops(): void {
    this.#prober.stop();
    this.#pushPull.stop();
    this.#followUps.stop();
    this.#storms.stop();
    this.#healer.stop();
  }

  #wait(request: number, timeoutMs: number, onDone: (spread: boolean) => void): SpreadWait {
    const wait = new SpreadWait(this.#env, timeoutMs, (spread) => {
      this.#waits.delete(request);
      onDone(spread);
    });
    this.#waits.set(request, wait);
    return wait;
  }

  /** What a peer wants on a stream that it opened. */
  #answer(request: StreamMessage, from: Address): StreamAnswer | undefined {
    this.#hear();
    switch (request.type) {
      case 'push-pull':
        return this.#pushPull.answer(request, from);
      case 'ping':
        return this.#responder.isForUs(request.ping) ? { message: encodeStreamAck(request.ping.seqNo) } : undefined;
      case 'user':
        if (request.payload.length > 0) this.#delegate.onUserMessage(request.payload, from);
        return undefined;
      default:
        return undefined;
    }
  }
}

const noUser = { onAnswer: () => undefined, onEnd: () => undefined };

function newSelf({ name, addr, port, vsn }: SwimOptions): Member {
  const self = new Member(name);
  self.addr = addr;
  self.port = port;
  self.address = toAddress(addr, port);
  self.vsn = vsn;
  return self;
}

function toWireConfig(config: SwimConfig): WireConfig {
  const { label, compression, verifyIncoming, verifyOutgoing, skipInboundLabelCheck, protocolVersion } = config;
  const encryptionVersion = protocolVersion === 1 ? 0 : 1;
  return { label, compression, encryptionVersion, verifyIncoming, verifyOutgoing, skipInboundLabelCheck };
}

function encodeStreamUserMessage(payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter(32 + payload.length);
  writer.u8(MessageType.user);
  encodeUserMessageHeader(writer, { userMsgLen: payload.length });
  writer.write(payload);
  return writer.view();
}
