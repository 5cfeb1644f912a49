import { formatAddress, isSameAddress, isSameBytes, type Address } from '../util/index.ts';
import {
  toAddress,
  utf8Length,
  wireLimits,
  type Alive,
  type Dead,
  type NodeEntry,
  type Suspect,
} from '../wire/index.ts';
import type { AllowedNetworks } from './allowed-networks.ts';
import type { SwimConfig } from './config.ts';
import type { Delegate, SuspicionWatcher } from './delegate.ts';
import type { SwimEnv } from './effects.ts';
import type { EvidenceRecorder } from './evidence/recorder.ts';
import type { Herald } from './herald.ts';
import { firstIncarnation, isDeniable } from './incarnations.ts';
import { swimLimits } from './limits.ts';
import type { MemberList } from './member-list.ts';
import { Member, recordOf } from './member.ts';
import type { OwnRecord } from './own-record.ts';
import type { ReceiveGaps } from './receive-gaps.ts';
import type { SwimRules } from './rules.ts';
import { aliveOf, type Rumors } from './rumors.ts';
import type { SwimStats } from './stats.ts';
import type { Pause } from './suspicion.ts';
import { Suspicions } from './suspicions.ts';
import { Tombstones, type Tombstone } from './tombstones.ts';

/** Bytes of a version vector. */
const vsnBytes = 6;
/**
 * Before the end of an accusation of its own a node says it once more, so many protocol periods. Chosen: where four packets
 * of five are lost, one leaves too little time for the denial to come back.
 */
const lastCallPeriods = 2;
const noVersions = new Uint8Array(0);
const noAddr = new Uint8Array(0);

/** What a {@link Membership} is made of. */
export interface MembershipParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly own: OwnRecord;
  readonly rumors: Rumors;
  readonly herald: Herald;
  readonly gaps: ReceiveGaps;
  readonly delegate: Delegate;
  readonly suspicionWatcher?: SuspicionWatcher | undefined;
  readonly evidence: EvidenceRecorder;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
  /** Replaces a port of 0 in what others send. */
  readonly bindPort: number;
  /** Undefined when members may have any address. */
  readonly allowedNetworks: AllowedNetworks | undefined;
}

/**
 * The rules: what an alive, a suspect or a dead message changes, and what follows from it. Which of two messages wins
 * depends on incarnations and states alone, never on the order in which they arrive.
 *
 * As memberlist's `aliveNode`, `suspectNode` and `deadNode`, except where they are known to fail: a forgotten member
 * does not come back by an old message, incarnations do not jump, and whoever is overruled is told so.
 */
export class Membership {
  readonly tombstones: Tombstones;
  /** Whether others are told of members that this node hears of for the first time. */
  passesOnJoins: boolean = true;
  readonly #config: SwimConfig;
  readonly #rules: SwimRules;
  readonly #members: MemberList;
  readonly #own: OwnRecord;
  readonly #rumors: Rumors;
  readonly #herald: Herald;
  readonly #delegate: Delegate;
  readonly #suspicionWatcher: SuspicionWatcher | undefined;
  readonly #evidence: EvidenceRecorder;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #bindPort: number;
  readonly #allowedNetworks: AllowedNetworks | undefined;
  readonly #suspicions: Suspicions;
  /** Forgotten members that are listed again while users know them as forgotten. */
  readonly #exhumed: Set<Member> = new Set();
  readonly #entryAsAlive: Alive = { incarnation: 0, node: '', addr: null, port: 0, meta: null, vsn: null };

  constructor(parts: MembershipParts) {
    this.#config = parts.config;
    this.#rules = parts.rules;
    this.#members = parts.members;
    this.#own = parts.own;
    this.#rumors = parts.rumors;
    this.#herald = parts.herald;
    this.#delegate = parts.delegate;
    this.#suspicionWatcher = parts.suspicionWatcher;
    this.#evidence = parts.evidence;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#bindPort = parts.bindPort;
    this.#allowedNetworks = parts.allowedNetworks;
    const { config, members, gaps, env } = parts;
    this.#suspicions = new Suspicions(config, members, gaps, env, {
      lastCallMs: this.#rules.reassertion ? lastCallPeriods * config.probeIntervalMs : 0,
      mayMissDenials: () => this.#rumors.areDenialsFew,
      onLastCall: (member) => this.#callForTheLastTime(member),
      onExpired: (member) => this.#onSuspicionExpired(member),
    });
    this.tombstones = new Tombstones(parts.rules.rejoin ? swimLimits.departedMax : 0);
  }

  /**
   * `from` is where the message came from; undefined when it is not from a packet. `passesOn`: whether others are told of
   * it if it is news.
   */
  receiveAlive(alive: Alive, from: Address | undefined, passesOn: boolean = true): void {
    if (alive.port === 0) alive.port = this.#bindPort;
    const isOwn = alive.node === this.#own.name;
    if (isOwn && this.#own.isLeaving) return;
    if (!this.#isAcceptable(alive, from)) return;
    if (isOwn) return this.#receiveOwnAlive(alive, from);
    const known = this.#members.get(alive.node);
    const member = known ?? this.#admit(alive);
    if (member === undefined) return;
    if (!hasAddress(member, alive)) {
      if (!this.#mayChangeAddress(member)) return this.#reportConflict(member, alive);
    } else if (alive.incarnation <= member.incarnation) {
      return this.#tellIfOverruled(member, alive, from);
    }
    // What a newcomer says is ahead of nothing.
    if (known !== undefined && this.#isJump(alive.incarnation, member.incarnation)) return;
    this.#applyAlive(member, alive, from, passesOn);
  }

  receiveSuspect(suspect: Suspect, from: Address | undefined, secondHand?: 'suspect' | 'dead'): void {
    const { node, incarnation } = suspect;
    if (!this.#isAcceptableAccuser(suspect.from)) return;
    if (node === this.#own.name) return this.#own.deny(incarnation, suspect.from, from);
    let member = this.#members.get(node);
    if (member === undefined || incarnation < member.incarnation) return;
    if (this.#isUndeniable(incarnation, member, from === undefined && secondHand === undefined)) return;
    // A comparison of states does not say who accuses.
    if (secondHand === undefined && !member.isDeadOrLeft) this.#suspicionWatcher?.onAccused(member, suspect.from);
    if (member.suspicion !== undefined) {
      if (secondHand !== 'suspect' || !this.#rules.reassertion) this.#receiveConfirmation(member, suspect, from);
      return;
    }
    if (member.isDeadOrLeft && secondHand === undefined) this.#tellVerdict(member, from);
    if (member.state !== 'alive') return;
    member = this.#members.own(member);
    member.incarnation = incarnation;
    this.#members.setState(member, 'suspect', this.#env.clock.nowMs);
    this.#suspicions.start(member, suspect.from);
    this.#evidence.onTransition(member, 'alive', suspect.from, secondHand === undefined ? viaOf(from) : 'push-pull');
    if (secondHand !== 'suspect' || !this.#askSuspect(member)) this.#rumors.spreadSuspect(suspect);
    this.#stats.suspicions += 1;
    this.#traceNews('suspect', node, incarnation, from);
    this.#env.trace?.({ type: 'suspect', atMs: this.#env.clock.nowMs, node, incarnation, from: suspect.from });
  }

  receiveDead(dead: Dead, from: Address | undefined): void {
    const { node, incarnation } = dead;
    if (!this.#isAcceptableAccuser(dead.from)) return;
    const isOwn = from === undefined && dead.from === this.#own.name;
    if (node === this.#own.name) return this.#own.deny(incarnation, dead.from, from);
    let member = this.#members.get(node);
    if (member === undefined) return;
    if (incarnation < member.incarnation) return this.#tellOutdated(member, from);
    if (member.isDeadOrLeft || this.#isUndeniable(incarnation, member, isOwn)) return;
    member = this.#members.own(member);
    const frozenMs = member.suspicion?.pushedBackMs ?? 0;
    this.#suspicions.end(member);
    const isLeave = dead.from === node;
    const before = member.state;
    member.incarnation = incarnation;
    this.#members.setState(member, isLeave ? 'left' : 'dead', this.#env.clock.nowMs);
    const via = isLeave && from === undefined ? 'push-pull' : viaOf(from);
    this.#evidence.onTransition(member, before, dead.from, via, frozenMs);
    this.#rumors.spreadDead(dead);
    this.#traceNews('dead', node, incarnation, from);
    const atMs = this.#env.clock.nowMs;
    if (isLeave) {
      this.#stats.membersLeft += 1;
      this.#env.trace?.({ type: 'left', atMs, node });
      this.#delegate.onMemberEvent({ type: 'leave', member });
    } else {
      this.#stats.membersFailed += 1;
      this.#env.trace?.({ type: 'dead', atMs, node, incarnation, from: dead.from });
      this.#delegate.onMemberEvent({ type: 'failed', member });
    }
  }

  /**
   * Of what a push/pull says that which may change or tell anything here, also about versions: little, as two lists mostly
   * agree. Where the application may refuse a member, everything.
   */
  newsAmong(entries: readonly Readonly<NodeEntry>[]): readonly Readonly<NodeEntry>[] {
    if (this.#allowedNetworks !== undefined || this.#delegate.acceptAlive !== undefined) return entries;
    const { shared } = this.#members;
    const news: Readonly<NodeEntry>[] = [];
    // Lists that began with the same members have them in the same places.
    let place = 0;
    for (const entry of entries) {
      if (shared.agreesAt(place, entry) && this.#members.isUnchanged(place)) {
        place += 1;
        continue;
      }
      const member = this.#members.get(entry.name);
      if (member === undefined || this.#members.isSelf(member) || !isAgreed(member, entry)) {
        news.push(entry);
      } else if (shared.isShared(member)) {
        shared.rememberAgreed(member, entry);
        place = member.listIndex + 1;
      }
    }
    return news;
  }

  /**
   * What a push/pull says of one node. A second-hand report of a death only makes the node suspect. `passesOn`: whether
   * others are told of one that is alive.
   */
  receiveEntry(entry: Readonly<NodeEntry>, passesOn: boolean = true): void {
    const { name: node, incarnation } = entry;
    switch (entry.state) {
      case 0:
        return this.receiveAlive(this.#asAlive(entry), undefined, passesOn);
      case 1:
        return this.receiveSuspect({ incarnation, node, from: this.#own.name }, undefined, 'suspect');
      case 2:
        return this.receiveSuspect({ incarnation, node, from: this.#own.name }, undefined, 'dead');
      case 3:
        return this.receiveDead({ incarnation, node, from: node }, undefined);
      default:
        return;
    }
  }

  /** Takes `member` for alive without telling anybody: for a node that begins in a cluster formed before. */
  adopt(alive: Alive): void {
    if (alive.node === this.#own.name || this.#members.get(alive.node) !== undefined) return;
    const member = this.#admit(alive);
    if (member === undefined) return;
    this.#takeOver(member, alive);
    this.#members.setState(member, 'alive', this.#env.clock.nowMs);
  }

  /** Forgets those that are dead or left for long, and remembers that it did. */
  reap(): void {
    this.#members.reap(this.#env.clock.nowMs, this.#config.gossipToTheDeadMs, (member) => {
      if (!this.tombstones.remember(member, this.#env.clock.nowMs)) this.#stats.departedForgotten += 1;
      if (this.#exhumed.delete(member)) return;
      this.#stats.membersReaped += 1;
      this.#delegate.onMemberEvent({ type: 'reap', member });
    });
    this.tombstones.forgetOlderThan(this.#env.clock.nowMs - this.#config.departedMemoryMs);
  }

  /**
   * Stops the clocks of all suspicions for `spanMs` until now, in which this node could not hear a refutation. A suspect
   * may not have heard of it either, and is told.
   */
  freezeSuspicions(pause: Pause, spanMs: number): void {
    if (spanMs === 0) return;
    this.#suspicions.pushBack(pause, spanMs);
    for (const suspect of this.#suspicions.suspects()) this.#askSuspect(suspect);
  }

  /** Decides nothing until {@link resumeSuspicions}. */
  suspendSuspicions(): void {
    this.#suspicions.suspend();
  }

  /** After `spanMs` in which this node took no part: they go on where they stopped. */
  resumeSuspicions(spanMs: number): void {
    this.#suspicions.resume(spanMs);
  }

  #isAcceptable(alive: Alive, from: Address | undefined): boolean {
    const { vsn } = alive;
    // Vectors of other lengths than six count as absent, and are not passed on: one to five bytes crash old members.
    if (vsn !== null && vsn.length !== vsnBytes) alive.vsn = vsn.length > vsnBytes ? vsn.subarray(0, vsnBytes) : null;
    if (vsn !== null && vsn.length >= 3 && (vsn[0] === 0 || vsn[1] === 0 || vsn[0]! > vsn[1]!)) return false;
    // One without a usable address could never be probed, so it would be alive for ever; 1 is the first incarnation.
    if (alive.node === '' || alive.incarnation === 0 || isUnusable(alive.addr)) {
      this.#stats.alivesRefused += 1;
      return false;
    }
    // Before it is admitted: whoever is in the list was alive here.
    if (alive.incarnation > swimLimits.incarnationMax) {
      this.#stats.incarnationJumpsRefused += 1;
      return false;
    }
    if (this.#allowedNetworks !== undefined && !this.#allowedNetworks.allows(alive.addr, from)) {
      this.#stats.alivesRefused += 1;
      return false;
    }
    // Not of this node itself: what is said of it is not passed on but denied, as others may have believed it.
    const metaBytes = alive.meta?.length ?? 0;
    if (metaBytes > wireLimits.metaMaxBytes && alive.node !== this.#own.name) {
      this.#stats.alivesRefused += 1;
      return false;
    }
    if (this.#delegate.acceptAlive === undefined) return true;
    return alive.vsn !== null && this.#delegate.acceptAlive(asClaimed(alive));
  }

  /** No member has so long a name, and the rumor with it would fit into no packet. */
  #isAcceptableAccuser(name: string): boolean {
    if (!isTooLong(name)) return true;
    this.#stats.accusationsRefused += 1;
    return false;
  }

  #receiveOwnAlive(alive: Alive, from: Address | undefined): void {
    const { member } = this.#own;
    if (!hasAddress(member, alive)) return this.#reportConflict(member, alive);
    if (alive.incarnation < member.incarnation) return;
    const isEcho =
      alive.incarnation === member.incarnation &&
      isSameBytes(alive.meta, member.meta) &&
      isSameBytes(alive.vsn, member.vsn);
    if (!isEcho) this.#own.deny(alive.incarnation, undefined, from);
    else if (from !== undefined) this.#own.onEcho();
  }

  /** A new record for an unknown node, unless it is a forgotten one that has nothing new to say. */
  #admit(alive: Alive): Member | undefined {
    const tombstone = this.tombstones.get(alive.node);
    if (tombstone !== undefined) {
      const isStale = alive.incarnation <= tombstone.incarnation && hasAddress(tombstone, alive);
      // A member without memory that could not deny its death would be buried at each start.
      if (isStale && isDeniable(tombstone.incarnation, firstIncarnation)) return this.#exhume(tombstone);
      this.tombstones.forget(alive.node);
    }
    if (isTooLong(alive.node) || this.#members.count >= swimLimits.membersMax) {
      this.#stats.membersRefused += 1;
      return undefined;
    }
    const member = asMember(alive);
    member.incarnation = 0;
    this.#members.add(member);
    return member;
  }

  /**
   * Lists a forgotten member again as what it was. So the certificate travels with push/pulls once more, and if the
   * member lives after all, it hears of it and refutes.
   */
  #exhume(tombstone: Tombstone): Member {
    this.tombstones.forget(tombstone.name);
    const member = recordOf(tombstone);
    this.#members.add(member);
    this.#members.setState(member, tombstone.state, this.#env.clock.nowMs);
    this.#exhumed.add(member);
    return member;
  }

  /** Another address takes over a name only when its owner is gone: at once after a leave, later after a death. */
  #mayChangeAddress(member: Member): boolean {
    if (member.state === 'left') return true;
    const reclaimMs = this.#config.deadNodeReclaimMs;
    return member.state === 'dead' && reclaimMs > 0 && this.#env.clock.nowMs - member.stateChangedAtMs > reclaimMs;
  }

  #reportConflict(member: Member, alive: Alive): void {
    this.#stats.nameConflicts += 1;
    this.#evidence.onConflict(member.name, member.address, toAddress(alive.addr, alive.port));
    this.#delegate.onConflict(member, asClaimed(alive));
    // The owner would not hear of it otherwise: nobody passes the claim on.
    if (member !== this.#own.member && member.address !== undefined) this.#herald.pass(alive, member.address);
  }

  /**
   * An alive message that changes nothing comes from a node in a new life that does not know of the old one, or it is
   * an old rumor. When the member is dead the first is possible; otherwise only when the member itself sent it.
   */
  #tellIfOverruled(member: Member, alive: Alive, from: Address | undefined): void {
    if (member.address === undefined) return;
    const isFirstHand = isSameAddress(from, member.address);
    const isOlder = alive.incarnation < member.incarnation;
    if (member.isDeadOrLeft) this.#stats.staleAlivesRefused += 1;
    else if (!isFirstHand || !isOlder) return;
    if (!isFirstHand && this.#isOnItsWay(member)) return;
    if (isFirstHand && isOlder) this.#evidence.onStale(member.name, alive.incarnation, member.incarnation);
    this.#herald.tellOverruled(member, member.state, member.address);
  }

  /** Whether all are being told of the state of `member`, so that who says otherwise will hear of it. Not if exhumed. */
  #isOnItsWay(member: Member): boolean {
    if (this.#exhumed.has(member)) return false;
    return this.#env.clock.nowMs - member.stateChangedAtMs < swimLimits.onItsWayMs;
  }

  /** Whoever spreads a death that was refuted missed that, and so may others have: it is told, and they are once more. */
  #tellOutdated(member: Member, from: Address | undefined): void {
    if (member.state !== 'alive' || from === undefined) return;
    if (this.#herald.tellOverruled(member, 'alive', from)) this.#rumors.spreadReturn(aliveOf(member));
  }

  /** Whoever accuses a member that has long been given up, or left, missed that, and would wait for the verdict alone. */
  #tellVerdict(member: Member, from: Address | undefined): void {
    if (from !== undefined && !this.#isOnItsWay(member)) this.#herald.tellOverruled(member, member.state, from);
  }

  #applyAlive(known: Member, alive: Alive, from: Address | undefined, passesOn: boolean): void {
    const member = this.#members.own(known);
    this.#suspicions.end(member);
    const before = member.state;
    const wasGone = member.isDeadOrLeft;
    const wasKnown = member.stateChangedAtMs !== -Infinity;
    const isChanged = !isSameBytes(member.meta, alive.meta);
    this.#takeOver(member, alive);
    if (before === 'suspect') this.#suspicionWatcher?.onCleared(member);
    if (member.state !== 'alive') this.#members.setState(member, 'alive', this.#env.clock.nowMs);
    if (wasKnown) this.#evidence.onTransition(member, before, member.name, from === undefined ? 'push-pull' : 'gossip');
    const isHeardOf = from !== undefined && !wasKnown;
    const isSame = wasKnown && !isChanged;
    if (passesOn && (this.passesOnJoins || !isHeardOf)) this.#spreadAlive(alive, wasKnown ? before : 'alive', isSame);
    this.#traceNews('alive', alive.node, alive.incarnation, from);
    this.#env.trace?.({
      type: 'alive',
      atMs: this.#env.clock.nowMs,
      node: alive.node,
      incarnation: alive.incarnation,
    });
    if (wasGone) {
      this.#exhumed.delete(member);
      this.#stats.membersJoined += 1;
      this.#delegate.onMemberEvent({ type: 'join', member });
    } else if (isChanged) {
      this.#delegate.onMemberEvent({ type: 'update', member });
    }
  }

  /** With `isSame` it says nothing but a higher incarnation: a denial of what this node has not heard. */
  #spreadAlive(alive: Alive, before: Member['state'], isSame: boolean): void {
    if (before === 'suspect' || (before === 'alive' && isSame)) this.#rumors.spreadRefutation(alive);
    else if (before === 'alive') this.#rumors.spreadAlive(alive);
    else this.#rumors.spreadReturn(alive);
  }

  #takeOver(member: Member, alive: Alive): void {
    if (alive.vsn !== null) member.vsn = alive.vsn;
    member.incarnation = alive.incarnation;
    member.meta = alive.meta;
    member.addr = alive.addr ?? noAddr;
    member.port = alive.port;
    member.address = toAddress(alive.addr, alive.port);
  }

  #receiveConfirmation(member: Member, suspect: Suspect, from: Address | undefined): void {
    if (!this.#suspicions.confirm(member, suspect.from)) return;
    this.#evidence.onConfirmation(member.name, suspect.from);
    this.#rumors.spreadConfirmation(suspect);
    this.#stats.suspicionsConfirmed += 1;
    this.#traceNews('suspect', suspect.node, suspect.incarnation, from);
    this.#env.trace?.({
      type: 'suspicion-confirmed',
      atMs: this.#env.clock.nowMs,
      node: suspect.node,
      from: suspect.from,
      confirmations: member.suspicion!.confirmationCount,
    });
  }

  /**
   * Tells a suspect what it is accused of, to its face. In the end, because the accuser's link may have been down when it
   * told others. And at the beginning when a comparison of states brought it: told to all in this node's name, it would
   * confirm an accusation with nothing but its own echo. False when it cannot be told.
   */
  #askSuspect(member: Member): boolean {
    return member.address !== undefined && this.#herald.tellOverruled(member, 'suspect', member.address);
  }

  /**
   * An accusation that nobody has confirmed may have reached nobody; the verdict that follows from it might all the same.
   * The others are told of it by the accuser. Who only heard of it, and then nothing more, may be the last to believe it.
   */
  #callForTheLastTime(member: Member): void {
    this.#askSuspect(member);
    const { accusers, confirmationCount } = member.suspicion!;
    if (accusers[0] !== this.#own.name || confirmationCount > 0) return;
    this.#rumors.spreadSuspect({ incarnation: member.incarnation, node: member.name, from: this.#own.name });
  }

  #onSuspicionExpired(member: Member): void {
    this.receiveDead({ incarnation: member.incarnation, node: member.name, from: this.#own.name }, undefined);
  }

  /**
   * What a member could not deny is believed of it on nobody's word, or one packet would bury it for good. Who does not
   * answer at its highest incarnation is found by each by itself.
   */
  #isUndeniable(incarnation: number, member: Member, isOwn: boolean): boolean {
    if (isOwn || isDeniable(incarnation, member.incarnation)) return false;
    this.#stats.incarnationJumpsRefused += 1;
    return true;
  }

  /** No honest node gets that far ahead at once, and it does not follow who claims that it did. */
  #isJump(incarnation: number, known: number): boolean {
    if (incarnation - known <= swimLimits.incarnationJumpMax) return false;
    this.#stats.incarnationJumpsRefused += 1;
    return true;
  }

  #asAlive(entry: Readonly<NodeEntry>): Alive {
    const alive = this.#entryAsAlive;
    alive.incarnation = entry.incarnation;
    alive.node = entry.name;
    alive.addr = entry.addr;
    alive.port = entry.port;
    alive.meta = entry.meta;
    alive.vsn = entry.vsn;
    return alive;
  }

  #traceNews(kind: 'alive' | 'suspect' | 'dead', about: string, incarnation: number, from: Address | undefined): void {
    this.#env.trace?.({
      type: 'rumor-heard',
      atMs: this.#env.clock.nowMs,
      about,
      kind,
      incarnation,
      from: from && formatAddress(from),
    });
  }
}

function viaOf(from: Address | undefined): 'own' | 'gossip' {
  return from === undefined ? 'own' : 'gossip';
}

/** The record that `alive` describes, in no list. */
export function asMember(alive: Alive): Member {
  const member = new Member(alive.node);
  member.addr = alive.addr ?? noAddr;
  member.port = alive.port;
  member.address = toAddress(alive.addr, alive.port);
  member.meta = alive.meta;
  member.vsn = alive.vsn ?? noVersions;
  member.incarnation = alive.incarnation;
  return member;
}

/** The same, in the state that the message claims. */
function asClaimed(alive: Alive): Member {
  const member = asMember(alive);
  member.state = 'alive';
  return member;
}

function hasAddress(known: Member | Tombstone, alive: Pick<Alive, 'addr' | 'port'>): boolean {
  return known.port === alive.port && isSameBytes(known.addr, alive.addr);
}

/** Whether both say that the member lives, and `entry` nothing else that is new. */
function isAgreed(member: Member, entry: Readonly<NodeEntry>): boolean {
  const { incarnation } = entry;
  return (
    entry.state === 0 &&
    member.state === 'alive' &&
    incarnation > 0 &&
    incarnation <= member.incarnation &&
    member.vsn.length > 0 &&
    isSameBytes(entry.vsn, member.vsn) &&
    hasAddress(member, entry)
  );
}

/** Counts the bytes of a name only if they may be too many. */
function isTooLong(name: string): boolean {
  return name.length * 3 > swimLimits.nameMaxBytes && utf8Length(name) > swimLimits.nameMaxBytes;
}

/** 0.0.0.0 or ::, which a node advertises by mistake and every peer would take for itself. */
function isUnusable(addr: Uint8Array | null): boolean {
  if (addr === null || (addr.length !== 4 && addr.length !== 16)) return true;
  // The first byte alone clears almost every address, without a closure for each alive message.
  return addr[0] === 0 && addr.every((byte) => byte === 0);
}
