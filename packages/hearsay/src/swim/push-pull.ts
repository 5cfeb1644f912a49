import { ByteWriter, formatAddress, randomFloat, Timer, type Address } from '../util/index.ts';
import { encodePushPullHeader, MessageType, type NodeEntry, type StreamMessage } from '../wire/index.ts';
import type { SwimConfig } from './config.ts';
import type { Delegate } from './delegate.ts';
import type { SwimEnv } from './effects.ts';
import { entryStates, writeEntries, writeEntry } from './member-entries.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import { asMember, type Membership } from './membership.ts';
import type { SwimRules } from './rules.ts';
import type { SwimStats } from './stats.ts';
import type { StreamAnswer, Streams } from './streams.ts';
import { pushPullIntervalMs } from './timing.ts';
import { versionsAgree } from './versions.ts';

/**
 * How an exchange ended. `news` counts the members that were unknown or gone before, `unsettled` those that the peer
 * takes for alive and this node for dead: they have to refute before both agree. `isNewcomer`: this node joined, and knew
 * nobody.
 */
export type ExchangeResult =
  | { readonly ok: true; readonly news: number; readonly unsettled: number; readonly isNewcomer: boolean }
  | { readonly ok: false; readonly reason: string };

/** Whether an exchange has brought something new: then others may know still more. */
export function broughtNews(result: ExchangeResult): boolean {
  return result.ok && (result.news > 0 || result.unsettled > 0);
}

/** A whole state as it comes over a stream. */
export type PushPullMessage = Extract<StreamMessage, { type: 'push-pull' }>;

/** What {@link PushPull} is made of. */
export interface PushPullParts {
  readonly config: SwimConfig;
  readonly rules: SwimRules;
  readonly members: MemberList;
  readonly membership: Membership;
  readonly streams: Streams;
  readonly delegate: Delegate;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/** Where a state comes from: a peer's request, its answer, or its answer to who was only asking. */
type StateSource = 'request' | 'answer' | 'asked';

/** What comes before the entries, at most. */
const headerMaxBytes = 64;

/** Letters of a peer's error that are kept. Chosen: those of memberlist have less than 100. */
const errorTextMax = 256;

// One for all nodes of a process: in use only during one call.
const encodedEntries = new ByteWriter(0);

/**
 * Anti-entropy: two nodes tell each other everything they know, over a stream. Repairs what gossip missed, and is how a
 * node joins (memberlist `pushPullNode`, `mergeRemoteState`).
 */
export class PushPull {
  readonly #config: SwimConfig;
  readonly #members: MemberList;
  readonly #rules: SwimRules;
  readonly #membership: Membership;
  readonly #streams: Streams;
  readonly #delegate: Delegate;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #timer: Timer;
  readonly #partners: Member[] = [];
  /** False until the random phase of the intervals has come. */
  #isPhaseChosen: boolean = false;

  constructor(parts: PushPullParts) {
    this.#config = parts.config;
    this.#members = parts.members;
    this.#rules = parts.rules;
    this.#membership = parts.membership;
    this.#streams = parts.streams;
    this.#delegate = parts.delegate;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#timer = new Timer('push/pull', () => this.#onTick());
  }

  /**
   * Begins the periodic exchanges: the first when an interval is over that begins at a random phase. How long it is shows
   * only then: a node that has just started is about to join a cluster, and its own would be too short for a large one.
   */
  start(): void {
    const { pushPullIntervalMs: baseMs } = this.#config;
    this.#isPhaseChosen = false;
    if (baseMs > 0) this.#arm(randomFloat(this.#env.rng) * baseMs);
  }

  stop(): void {
    this.#env.timers.cancel(this.#timer);
  }

  /** Exchanges states with the node at `to`. Returns the stream, to be abandoned, if one could be opened. */
  exchange(to: Address, isJoin: boolean, onDone: (result: ExchangeResult) => void): number | undefined {
    return this.#exchange(to, isJoin, false, onDone);
  }

  /** Asks the node at `to` for its state and tells it nothing but this node's own record. */
  ask(to: Address, onDone: (result: ExchangeResult) => void): void {
    this.#exchange(to, false, true, onDone);
  }

  #exchange(
    to: Address,
    isJoin: boolean,
    isAsk: boolean,
    onDone: (result: ExchangeResult) => void,
  ): number | undefined {
    const fail = (reason: string): void => {
      this.#stats.pushPullsFailed += 1;
      onDone({ ok: false, reason });
    };
    this.#stats.pushPullsInitiated += 1;
    this.#trace(to, isJoin, 'initiated');
    const request = this.#encodeState(isJoin, isAsk);
    return this.#streams.open(
      { to, request, expectsAnswer: true },
      {
        onAnswer: (answer) => {
          if (answer.type === 'error') return fail(oneLine(answer.error));
          if (answer.type !== 'push-pull') return fail(`answered with a ${answer.type} message`);
          // The flag of the answer is ignored: both sides take that of the request.
          const result = this.#merge(answer, isJoin, to, isAsk ? 'asked' : 'answer');
          if (result.ok) onDone(result);
          else fail(result.reason);
        },
        onEnd: (reason) => fail(reason ?? 'no answer'),
      },
    );
  }

  /** Exchanges states with a random live member; false when there is none. */
  exchangeWithAny(onDone: (result: ExchangeResult) => void): boolean {
    this.#members.sample(1, this.#isPartner, this.#partners);
    const partner = this.#partners[0];
    if (partner === undefined) return false;
    this.exchange(partner.address!, false, onDone);
    return true;
  }

  /**
   * The asker sees a normal answer even if it is refused. Mostly that is on its way before the merge. But a forgotten
   * member that asks is remembered in the merge, and where nobody tells it otherwise it learns from the answer what it has
   * to refute.
   */
  answer(request: PushPullMessage, from: Address): StreamAnswer {
    this.#stats.pushPullsAnswered += 1;
    this.#trace(from, request.join, 'answered');
    const merge = (): void => void this.#merge(request, request.join, from, 'request');
    if (!this.#rules.rejoin || this.#rules.reassertion) {
      return { message: this.#encodeState(request.join), afterwards: merge };
    }
    merge();
    return { message: this.#encodeState(request.join) };
  }

  readonly #isPartner = (member: Member): boolean =>
    member.state === 'alive' && !this.#members.isSelf(member) && member.address !== undefined;

  #onTick(): void {
    this.#arm(this.#scaledIntervalMs());
    if (this.#isPhaseChosen) this.exchangeWithAny(() => undefined);
    this.#isPhaseChosen = true;
  }

  #scaledIntervalMs(): number {
    return pushPullIntervalMs(this.#config.pushPullIntervalMs, this.#members.count);
  }

  #arm(inMs: number): void {
    this.#env.timers.arm(this.#timer, this.#env.clock.nowMs + inMs);
  }

  /** With `isAsk` of this node alone. */
  #encodeState(isJoin: boolean, isAsk: boolean = false): Uint8Array {
    encodedEntries.reset();
    const count = isAsk ? writeEntry(encodedEntries, this.#members.self!) : writeEntries(encodedEntries, this.#members);
    const userState = this.#delegate.localState(isJoin);
    const writer = new ByteWriter(headerMaxBytes + encodedEntries.length + userState.length);
    writer.u8(MessageType.pushPull);
    encodePushPullHeader(writer, { nodes: count, userStateLen: userState.length, join: isJoin });
    writer.write(encodedEntries.view());
    writer.write(userState);
    return writer.view();
  }

  #merge(state: PushPullMessage, isJoin: boolean, from: Address, source: StateSource): ExchangeResult {
    const { entries } = state;
    const news = this.#membership.newsAmong(entries);
    if (!versionsAgree(news, this.#members.members)) {
      this.#stats.mergesRefused += 1;
      return { ok: false, reason: 'incompatible protocol or delegate versions' };
    }
    if (isJoin && this.#delegate.acceptMerge !== undefined && !this.#delegate.acceptMerge(entries.map(toMember))) {
      this.#stats.mergesRefused += 1;
      return { ok: false, reason: 'refused by the application' };
    }
    const joinedBefore = this.#stats.membersJoined;
    const refusedBefore = this.#stats.staleAlivesRefused;
    const isNewcomer = isJoin && source === 'answer' && this.#members.liveCount === 1;
    const passesOn = !this.#rules.adaptiveGossip || this.#passesOn(isJoin, isNewcomer, source);
    for (const entry of news) this.#membership.receiveEntry(entry, passesOn);
    if (state.userState.length > 0) this.#delegate.onRemoteState(state.userState, isJoin, from);
    return {
      ok: true,
      news: this.#stats.membersJoined - joinedBefore,
      unsettled: this.#stats.staleAlivesRefused - refusedBefore,
      isNewcomer,
    };
  }

  /** Whoever answers a newcomer, or is asked again, passes on what it tells, and has passed on most of it before. */
  #passesOn(isJoin: boolean, isNewcomer: boolean, source: StateSource): boolean {
    if (isJoin) return !isNewcomer;
    return source !== 'asked' && this.#membership.passesOnJoins;
  }

  #trace(peer: Address, join: boolean, direction: 'initiated' | 'answered'): void {
    this.#env.trace?.({ type: 'push-pull', atMs: this.#env.clock.nowMs, peer: formatAddress(peer), join, direction });
  }
}

function toMember(entry: Readonly<NodeEntry>): Member {
  const member = asMember({ ...entry, node: entry.name });
  member.state = entryStates[entry.state] ?? 'dead';
  return member;
}

/** A peer's error as part of a line: it goes to results, logs and terminals, and the peer may be anyone. */
function oneLine(text: string): string {
  // Controls, marks that turn the direction of writing, half characters, and ends of lines.
  return text.slice(0, errorTextMax).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
}
