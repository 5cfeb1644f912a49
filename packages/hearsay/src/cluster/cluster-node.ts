import {
  Swim,
  swimLimits,
  toView,
  type Keyring,
  type MemberState,
  type MemberVersions,
  type MemberView,
} from '../swim/index.ts';
import { assert, ClusterError, isSameBytes, copyBytes, StepClock, TimerQueue, type Address } from '../util/index.ts';
import { wireLimits } from '../wire/index.ts';
import { ClusterDelegate } from './cluster-delegate.ts';
import type { Effects, Env, StreamId } from './effects.ts';
import type { RequestId } from './events.ts';
import { checkClusterOptions, checkMeta, type ClusterOptions } from './options.ts';
import { readStats, type ClusterNodeStats } from './stats.ts';

/**
 * One member of a cluster, without I/O: time and input come in, effects go out. The Node driver and the simulator run the
 * same one.
 *
 * Every entry takes the time, which never goes back. {@link advance} is to be called at {@link nextDeadlineMs} or later;
 * only it fires timers. An entry that comes much later than that deadline is a stall: see `SwimConfig.lateToleranceMs`.
 * Commands have their result later, as an event that carries their {@link RequestId}.
 */
export class ClusterNode {
  readonly keyring: Keyring;
  readonly #effects: Effects;
  readonly #clock: StepClock = new StepClock();
  readonly #timers: TimerQueue = new TimerQueue();
  readonly #delegate: ClusterDelegate;
  readonly #swim: Swim;
  #isRunning: boolean = false;
  #isInStep: boolean = false;
  #lastRequest: RequestId = 0;

  /** @throws `ClusterError` `ERR_CONFIG` and others that name the option, its value and the limit */
  constructor(options: ClusterOptions, env: Env, effects: Effects) {
    const checked = checkClusterOptions(options);
    if (checked.keyring.isEnabled && env.aead === undefined) {
      throw new ClusterError('ERR_CONFIG', 'keys are given, but the environment has no aead to use them with');
    }
    this.#effects = effects;
    this.keyring = checked.keyring;
    this.#delegate = new ClusterDelegate({
      emit: (event) => effects.emit(event),
      inner: checked.delegate,
      meta: checked.meta,
      retransmitMult: checked.config.retransmitMult,
      memberCount: () => this.#swim.members.count,
    });
    const { rng, aead, fillRandom, trace } = env;
    const swimEnv = { clock: this.#clock, timers: this.#timers, rng, aead, fillRandom, trace };
    this.#swim = new Swim({ ...checked, delegate: this.#delegate }, swimEnv, effects);
  }

  /** When to call {@link advance} next; Infinity when nothing is due. */
  get nextDeadlineMs(): number {
    return this.#isRunning ? this.#timers.nextDeadlineMs : Infinity;
  }

  /** Whether this node takes part: from {@link start} until {@link stop}, also while and after it leaves. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Alive and suspected members, this one included. */
  get members(): readonly MemberView[] {
    return this.#swim.members.members.filter((member) => !member.isDeadOrLeft).map(toView);
  }

  /** The same, and those that are dead or left and not yet forgotten. */
  get allMembers(): readonly MemberView[] {
    return this.#swim.members.members.map(toView);
  }

  /** How many {@link members} there are. */
  get memberCount(): number {
    return this.#swim.members.liveCount;
  }

  get localMember(): MemberView {
    return toView(this.#swim.self);
  }

  /** Undefined when no member of that name is known. */
  member(name: string): MemberView | undefined {
    const member = this.#swim.members.get(name);
    return member && toView(member);
  }

  memberState(name: string): MemberState | undefined {
    return this.#swim.members.get(name)?.state;
  }

  /** How many membership rumors wait to be sent often enough; without the cost of {@link stats}. */
  get rumorCount(): number {
    return this.#swim.rumorQueue.count;
  }

  /** Counters, and a few values of the moment. A snapshot. */
  get stats(): ClusterNodeStats {
    return readStats(this.#swim, this.#delegate.broadcasts);
  }

  /** Announces this node and begins to take part. Also after a leave or a stop, with a higher incarnation. */
  start(nowMs: number): void {
    if (this.#isRunning && !this.#swim.isLeaving) throw new ClusterError('ERR_STATE', 'the node has been started');
    this.#isRunning = true;
    this.#enter(nowMs);
    this.#swim.start();
    this.#leave();
  }

  /** Ends every loop, stream and wait at once and says nothing to anybody: {@link leave} first to say goodbye. */
  stop(nowMs: number): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.stop();
    this.#isRunning = false;
    this.#leave();
  }

  // Input.

  receivePacket(nowMs: number, from: Address, packet: Uint8Array): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.receivePacket(from, packet);
    this.#leave();
  }

  /** The driver learnt that a packet could not be sent; `reason` is the system's name for it, such as `ENETUNREACH`. */
  sendFailed(nowMs: number, to: Address, reason: string): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.sendFailed(to, reason);
    this.#leave();
  }

  /** A peer opens a stream. Undefined refuses it: too many are open. The driver then closes the socket. */
  acceptStream(nowMs: number, from: Address): StreamId | undefined {
    if (!this.#isRunning) return undefined;
    this.#enter(nowMs);
    const stream = this.#swim.acceptStream(from);
    this.#leave();
    return stream;
  }

  /** A stream that the core asked for is open. */
  streamOpened(nowMs: number, stream: StreamId): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.streamOpened(stream);
    this.#leave();
  }

  receiveStream(nowMs: number, stream: StreamId, chunk: Uint8Array): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.receiveStream(stream, chunk);
    this.#leave();
  }

  /** The peer ended its side, or the stream broke; `failure` says why, for people. */
  streamClosed(nowMs: number, stream: StreamId, failure?: string): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.streamClosed(stream, failure);
    this.#leave();
  }

  /** Fires every timer that is due. */
  advance(nowMs: number): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#timers.fireDue(nowMs);
    this.#leave();
  }

  // Commands.

  /** Exchanges states with every address, several at once. Ends with `join-done`. */
  join(nowMs: number, addresses: readonly Address[]): RequestId {
    this.#checkTakesPart();
    const { joinAddressesMax } = swimLimits;
    if (addresses.length === 0 || addresses.length > joinAddressesMax) {
      throw new ClusterError(
        'ERR_ADDRESS',
        `join of ${addresses.length} addresses, the limits are 1 and ${joinAddressesMax}`,
      );
    }
    const request = this.#beginRequest(nowMs);
    this.#swim.join(request, addresses, (result) => this.#effects.emit({ type: 'join-done', request, ...result }));
    this.#leave();
    return request;
  }

  /** Says goodbye. Ends with `leave-done` when that was spread, or after `timeoutMs`. Then {@link stop}, or start anew. */
  leave(nowMs: number, timeoutMs: number): RequestId {
    this.#checkTakesPart();
    const request = this.#beginRequest(nowMs);
    this.#swim.leave(request, timeoutMs, (spread) => this.#effects.emit({ type: 'leave-done', request, spread }));
    this.#leave();
    return request;
  }

  /** Changes what this node says of itself. Ends with `update-done` when that was spread, or after `timeoutMs`. */
  updateMeta(nowMs: number, meta: Uint8Array, timeoutMs: number): RequestId {
    this.#checkTakesPart();
    this.#delegate.meta = checkMeta(meta);
    const request = this.#beginRequest(nowMs);
    this.#swim.updateMeta(request, timeoutMs, (spread) => this.#effects.emit({ type: 'update-done', request, spread }));
    this.#leave();
    return request;
  }

  /** Nobody waits for the result of that command any more: no event follows. */
  abandon(nowMs: number, request: RequestId): void {
    if (!this.#isRunning) return;
    this.#enter(nowMs);
    this.#swim.abandon(request);
    this.#leave();
  }

  /** Sends `payload` to one member, by packet (at most once, may be lost) or by stream. */
  sendUserMessage(nowMs: number, name: string, payload: Uint8Array, channel: 'packet' | 'stream'): void {
    this.#checkRunning();
    const member = this.#swim.members.get(name);
    if (member === undefined) throw new ClusterError('ERR_UNKNOWN_MEMBER', `no member is named '${name}'`);
    const isPacket = channel === 'packet';
    this.#checkPayload(payload, isPacket ? this.#swim.userMessageMaxBytes : wireLimits.streamUserMessageMaxBytes);
    this.#enter(nowMs);
    this.#swim.sendUserMessage(member, payload, channel);
    this.#leave();
  }

  /** Queues `payload` to ride on this node's gossip. Receivers do not pass it on. */
  broadcast(nowMs: number, payload: Uint8Array): void {
    this.#checkRunning();
    this.#checkPayload(payload, this.#swim.userMessageMaxBytes);
    this.#enter(nowMs);
    this.#delegate.broadcasts.queueUnique(copyBytes(payload));
    this.#swim.wakeGossip();
    this.#leave();
  }

  /**
   * Takes `members` for known and alive without telling anybody, and without events: for simulations that begin with a
   * cluster formed before, and for a warm start. Each is probed like any other.
   */
  adopt(nowMs: number, members: readonly MemberView[]): void {
    this.#checkRunning();
    this.#enter(nowMs);
    let vsn: Uint8Array = new Uint8Array(0);
    for (const { name, addr, port, meta, incarnation, versions } of members) {
      // Members mostly speak the same versions: one array for all of them, not one each.
      const own = toVsn(versions);
      if (!isSameBytes(own, vsn)) vsn = own;
      this.#swim.adopt({ node: name, addr, port, meta, incarnation, vsn });
    }
    this.#leave();
  }

  // Steps.

  #enter(nowMs: number): void {
    assert(!this.#isInStep, 'the core is not entered twice');
    this.#isInStep = true;
    this.#clock.advanceTo(nowMs);
    this.#swim.checkStall();
  }

  #leave(): void {
    // A layer above may have something to say since; nobody has to tell.
    if (this.#delegate.hasBroadcasts()) this.#swim.wakeGossip();
    this.#isInStep = false;
  }

  #beginRequest(nowMs: number): RequestId {
    this.#enter(nowMs);
    this.#lastRequest += 1;
    return this.#lastRequest;
  }

  #checkRunning(): void {
    if (!this.#isRunning) throw new ClusterError('ERR_STATE', 'the node is not running');
  }

  #checkTakesPart(): void {
    this.#checkRunning();
    if (this.#swim.isLeaving) throw new ClusterError('ERR_STATE', 'the node has left');
  }

  #checkPayload(payload: Uint8Array, limitBytes: number): void {
    if (payload.length <= limitBytes) return;
    throw new ClusterError('ERR_MESSAGE_TOO_LARGE', `message is ${payload.length} bytes, the limit is ${limitBytes}`);
  }
}

function toVsn(versions: MemberVersions): Uint8Array {
  const { protocolMin, protocolMax, protocolCurrent, delegateMin, delegateMax, delegateCurrent } = versions;
  return Uint8Array.of(protocolMin, protocolMax, protocolCurrent, delegateMin, delegateMax, delegateCurrent);
}
