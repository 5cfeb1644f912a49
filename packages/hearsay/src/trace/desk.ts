import { inquiryLimits, inquiryTopics, type Inquiries } from '../inquiry/index.ts';
import { spreadMaxMs, type Member, type Swim, type SwimConfig } from '../swim/index.ts';
import { ClusterError, Timer, type StepClock, type TimerQueue } from '../util/index.ts';
import { tellOf } from './answer.ts';
import { assembleReport, modelOf, type Told, type TraceFile } from './assemble.ts';
import { decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion } from './codec.ts';
import { traceLimits } from './limits.ts';
import type { TraceMissingReason, TraceReport } from './report.ts';
import type { RumorKey } from './rumor-key.ts';
import type { RumorLog } from './rumor-log.ts';
import { TheoryPlays } from './theory.ts';

/** What a {@link TraceDesk} is made of. */
export interface TraceDeskParts {
  readonly swim: Swim;
  readonly config: SwimConfig;
  readonly clock: StepClock;
  readonly timers: TimerQueue;
  readonly inquiries: Inquiries;
  readonly isCapable: (member: Member) => boolean;
  readonly log: RumorLog;
}

/** A rumor that was sent just now. */
export interface TracedRumor {
  readonly kind: 'event' | 'kv';
  /** The name of the event, or the key. */
  readonly name: string;
  readonly key: RumorKey;
  /** How often each member passes it on. */
  readonly sendLimit: number;
  /** How long it waits for others to travel with, in milliseconds. */
  readonly holdMs: number;
  /** Whether who hears it passes it on at once. */
  readonly isEager: boolean;
  /** Whether the member can have it. */
  readonly canHave: (member: Member) => boolean;
}

/** How a trace goes. */
export interface TraceOptions {
  /** How long to wait for members that have not heard it yet, or do not answer, in milliseconds; at most 60,000. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Share of packets that theory takes to be lost, from 0 to 0.9. @defaultValue 0 */
  readonly loss?: number;
}

/** A trace under way. */
interface OpenTrace {
  readonly rumor: TracedRumor;
  readonly loss: number;
  readonly bornAtMs: number;
  readonly deadlineMs: number;
  /** Members of ours that were live when it was born, this one left out. */
  readonly names: readonly string[];
  /** Others that could have it. */
  readonly strangers: readonly string[];
  /** Members of which a sender chose, itself left out. */
  readonly targetCount: number;
  readonly told: Map<string, Told>;
  timer: Timer;
  readonly onDone: (report: TraceReport) => void;
}

const defaultTimeoutMs = 10_000;
/** How long an inquiry within a trace takes at most, in milliseconds. Chosen: as for `why`. */
const askTimeoutMs = 3_000;
/** The pause before those are asked again that had not heard, in milliseconds. Chosen. */
const againMs = 1_000;
/** So that others get their turn while theory is played through, in milliseconds. */
const playPauseMs = 1;
const lossMax = 0.9;

/** Sends rumors and finds out how they went; tells others, who ask, what this node has heard. */
export class TraceDesk {
  readonly #parts: TraceDeskParts;
  readonly #open: Set<OpenTrace> = new Set();

  constructor(parts: TraceDeskParts) {
    this.#parts = parts;
    const { inquiries, log, swim, clock } = parts;
    inquiries.handle(inquiryTopics.trace, (payload, _from, heldMs) => {
      const key = decodeQuestion(payload);
      return key === undefined ? noAnswer : encodeAnswer(tellOf(log, swim, key, clock.nowMs, heldMs));
    });
  }

  /**
   * Sends a rumor with `send`, waits until it should have spread, and asks everybody. `onDone` hears the report in a later
   * step, as soon as all have heard and told, and after `timeoutMs` at the latest.
   *
   * @throws `ClusterError` `ERR_CONFIG` for an option out of bounds, `ERR_STATE` when 8 traces are open; then nothing is sent
   */
  trace(send: () => TracedRumor, options: TraceOptions, onDone: (report: TraceReport) => void): void {
    const { timeoutMs = defaultTimeoutMs, loss = 0 } = options;
    this.#check(timeoutMs, loss);
    const { swim, clock, isCapable, config } = this.#parts;
    const rumor = send();
    const { nowMs } = clock;
    const others = swim.members.members.filter((member) => !swim.members.isSelf(member));
    const live = others.filter((member) => !member.isDeadOrLeft && rumor.canHave(member));
    const open: OpenTrace = {
      rumor,
      loss,
      bornAtMs: nowMs,
      deadlineMs: nowMs + timeoutMs,
      names: live.filter(isCapable).map(({ name }) => name),
      strangers: live.filter((member) => !isCapable(member)).map(({ name }) => name),
      targetCount: others.filter((member) => this.#isTarget(member)).length,
      told: new Map(),
      timer: new Timer('rumor trace', () => this.#ask(open)),
      onDone,
    };
    this.#open.add(open);
    const spreadMs = spreadMaxMs(config, live.length + 1, loss) + rumor.holdMs;
    this.#parts.timers.arm(open.timer, nowMs + Math.min(spreadMs, timeoutMs / 2));
  }

  /** Ends all traces without a word. */
  stop(): void {
    for (const { timer } of this.#open) this.#parts.timers.cancel(timer);
    this.#open.clear();
  }

  #check(timeoutMs: number, loss: number): void {
    const { openMax, timeoutMaxMs } = traceLimits;
    if (!(timeoutMs > 0 && timeoutMs <= timeoutMaxMs)) {
      throw new ClusterError('ERR_CONFIG', `timeoutMs is ${timeoutMs}, it must be above 0 and at most ${timeoutMaxMs}`);
    }
    if (!(loss >= 0 && loss <= lossMax)) {
      throw new ClusterError('ERR_CONFIG', `loss is ${loss}, it must be from 0 to ${lossMax}`);
    }
    if (this.#open.size < openMax) return;
    throw new ClusterError('ERR_STATE', `${openMax} traces are under way, which is the limit: wait for one to end`);
  }

  /** Whether gossip goes to the member: the recently dead get it too. */
  #isTarget(member: Member): boolean {
    if (member.address === undefined || member.state === 'left') return false;
    const { clock, config } = this.#parts;
    return member.state !== 'dead' || clock.nowMs - member.stateChangedAtMs <= config.gossipToTheDeadMs;
  }

  /** Those that may still say something new. */
  #toAsk(open: OpenTrace): string[] {
    return open.names.filter((name) => {
      if (this.#isGone(name)) return false;
      const told = open.told.get(name);
      return told === undefined || (told.answer.hearing === undefined && !hasForgotten(told));
    });
  }

  #isGone(name: string): boolean {
    return this.#parts.swim.members.get(name)?.isDeadOrLeft ?? true;
  }

  #ask(open: OpenTrace): void {
    const { clock, inquiries, timers } = this.#parts;
    const { nowMs } = clock;
    const names = this.#toAsk(open);
    const leftMs = open.deadlineMs - nowMs;
    if (names.length === 0 || leftMs <= 0) return this.#finish(open);
    if (inquiries.openCount >= inquiryLimits.openMax) {
      // Nobody stands by who could be told that it is too much: it waits until others are over.
      return timers.arm(open.timer, nowMs + Math.min(againMs, leftMs));
    }
    inquiries.ask(
      inquiryTopics.trace,
      encodeQuestion(open.rumor.key),
      { to: names, timeoutMs: Math.min(askTimeoutMs, leftMs) },
      (name, payload, askedAtMs) => this.#onAnswer(open, name, payload, askedAtMs),
      () => {
        if (!this.#open.has(open)) return;
        // Not at once even when all are heard: the inquiry is still on the stack.
        const pauseMs = this.#toAsk(open).length === 0 ? 0 : againMs;
        timers.arm(open.timer, Math.min(clock.nowMs + pauseMs, Math.max(clock.nowMs, open.deadlineMs)));
      },
    );
  }

  /**
   * The answer was made between the question's arrival and its own: half of the round trip back from now. Asked more than
   * once, a member has most likely answered the last question; the error then counts from the first.
   */
  #onAnswer(open: OpenTrace, name: string, payload: Uint8Array, askedAtMs: readonly number[]): void {
    const answer = decodeAnswer(payload);
    if (answer === undefined) return;
    const { nowMs } = this.#parts.clock;
    const rttsMs = askedAtMs.map((atMs) => nowMs - atMs - answer.heldMs).filter((rttMs) => rttMs >= 0);
    const rttMs = rttsMs.length === 0 ? 0 : Math.min(...rttsMs);
    const longestMs = rttsMs.length === 0 ? 0 : Math.max(...rttsMs);
    const atMs = nowMs - rttMs / 2 - open.bornAtMs;
    open.told.set(name, { answer, atMs, rttMs, errorMs: Math.max(rttMs / 2, longestMs - rttMs / 2) });
  }

  /** Everything is told; theory is played through in several steps. */
  #finish(open: OpenTrace): void {
    const file = this.#file(open);
    const model = modelOf(file);
    const plays = new TheoryPlays(model);
    const { clock, timers } = this.#parts;
    const timer = new Timer('theory of a rumor', () => {
      if (!plays.advance()) return timers.arm(timer, clock.nowMs + playPauseMs);
      this.#open.delete(open);
      open.onDone(assembleReport(file, model, plays.theory));
    });
    open.timer = timer;
    timers.arm(timer, clock.nowMs + playPauseMs);
  }

  #file(open: OpenTrace): TraceFile {
    const { swim, config, clock, log } = this.#parts;
    const { rumor, names, strangers, told, targetCount, loss } = open;
    const { kind, name, key, sendLimit, holdMs, isEager } = rumor;
    const origin = swim.self.name;
    const tookMs = clock.nowMs - open.bornAtMs;
    told.set(origin, { answer: tellOf(log, swim, key, clock.nowMs, 0), atMs: tookMs, rttMs: 0, errorMs: 0 });
    const missing: { readonly name: string; readonly reason: TraceMissingReason }[] = [];
    for (const member of names) {
      const said = told.get(member);
      if (said === undefined) missing.push({ name: member, reason: this.#missingReason(member) });
      else if (hasForgotten(said)) missing.push({ name: member, reason: 'forgotten' });
    }
    for (const member of strangers) missing.push({ name: member, reason: 'stock' });
    const memberCount = 1 + names.length + strangers.length;
    const pace = { sendLimit, holdMs, isEager, loss, config };
    return { kind, name, origin, tookMs, told, missing, memberCount, targetCount, ...pace };
  }

  #missingReason(name: string): TraceMissingReason {
    const state = this.#parts.swim.members.get(name)?.state;
    if (state === 'left') return 'left';
    return state === 'dead' || state === undefined ? 'dead' : 'no answer';
  }
}

/** It says nothing of the rumor, and no longer remembers the time in which it was born. */
function hasForgotten({ answer, atMs }: Told): boolean {
  return answer.hearing === undefined && atMs - answer.forgottenAgoMs >= 0;
}

const noAnswer = new Uint8Array(0);
