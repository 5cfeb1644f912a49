import { ClusterError } from '../util/index.ts';
import { Answerer, type InquiryHandler } from './answerer.ts';
import { decodeInquiry, encodeInquiry, isInquiry, type Answer } from './codec.ts';
import type { InquiryEnv, InquiryHost } from './host.ts';
import { inquiryLimits } from './limits.ts';
import { OpenInquiry } from './open-inquiry.ts';
import { InquiryStats } from './stats.ts';
import type { InquiryTopic } from './topics.ts';

export type { InquiryHandler } from './answerer.ts';

/** Whom an inquiry asks, and for how long. */
export interface AskOptions {
  /**
   * Names of members, whatever is believed of their state. Those that are unknown, have no address or do not understand
   * inquiries count as missing at once; this node itself is left out. @defaultValue all live capable members
   */
  readonly to?: readonly string[];
  /** When it ends at the latest, in milliseconds from now; at most 60,000. */
  readonly timeoutMs: number;
}

/**
 * Asks some or all members something now, and answers when they ask: for what is too large or too rarely wanted to be
 * gossiped all the time. Only members that announce the capability are asked.
 *
 * A question goes by packet if it fits, to 64 members at once and the next ones 20 ms later. Who has not answered after a
 * quarter and after half of the time is asked again, the last time over a stream.
 */
export class Inquiries {
  readonly stats: InquiryStats = new InquiryStats();
  readonly #host: InquiryHost;
  readonly #env: InquiryEnv;
  readonly #answerer: Answerer;
  readonly #open: Map<number, OpenInquiry> = new Map();
  #lastId: number = 0;

  constructor(host: InquiryHost, env: InquiryEnv) {
    this.#host = host;
    this.#env = env;
    this.#answerer = new Answerer(host, env, this.stats);
  }

  /** Inquiries of this node that wait for answers. */
  get openCount(): number {
    return this.#open.size;
  }

  /** From now on questions of that topic are answered so. The answer is at most 1 MiB. */
  handle(topic: InquiryTopic, handler: InquiryHandler): void {
    this.#answerer.handle(topic, handler);
  }

  /**
   * Asks. `onAnswer` hears each answer once, with the instants at which that member was asked; `onDone` at the end who has
   * not answered: after the last answer, or when the time is up. Neither is called before this returns. Returns the number
   * for {@link abandon}.
   *
   * @throws `ClusterError` `ERR_CONFIG` for a time or a question out of bounds, `ERR_STATE` when 64 inquiries are open
   */
  ask(
    topic: InquiryTopic,
    payload: Uint8Array,
    options: AskOptions,
    onAnswer: (name: string, payload: Uint8Array, askedAtMs: readonly number[]) => void,
    onDone: (missing: string[]) => void,
  ): number {
    const { timeoutMs } = options;
    this.#check(payload, timeoutMs);
    const { nowMs } = this.#env.clock;
    const names = this.#names(options.to);
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    const message = { type: 'ask', id, from: this.#host.name, topic, askedCount: names.length, payload } as const;
    const inquiry = new OpenInquiry({
      id,
      message: encodeInquiry(message),
      names,
      deadlinesMs: [...inquiryLimits.askAgainAt, 1].map((share) => nowMs + share * timeoutMs),
      onTimer: () => this.#onTimer(inquiry),
      onBatch: () => this.#askBatch(inquiry),
      onAnswer,
      onDone,
    });
    this.#open.set(id, inquiry);
    this.stats.inquiries += 1;
    this.#beginRound(inquiry);
    return id;
  }

  /** Nobody wants those answers any more; nothing is called. */
  abandon(id: number): void {
    const inquiry = this.#open.get(id);
    if (inquiry !== undefined) this.#close(inquiry);
  }

  /** False when the message is none of these. */
  onUserMessage(bytes: Uint8Array): boolean {
    if (!isInquiry(bytes)) return false;
    const message = decodeInquiry(bytes);
    if (message === undefined) this.stats.malformed += 1;
    else if (message.type === 'ask') this.#answerer.receive(message);
    else this.#receiveAnswer(message);
    return true;
  }

  /** Ends all inquiries without a word, and answers nobody any more. */
  stop(): void {
    for (const inquiry of this.#open.values()) this.#close(inquiry);
    this.#answerer.stop();
  }

  #check(payload: Uint8Array, timeoutMs: number): void {
    const { openMax, questionMaxBytes, timeoutMaxMs } = inquiryLimits;
    if (!(timeoutMs > 0 && timeoutMs <= timeoutMaxMs)) {
      throw new ClusterError('ERR_CONFIG', `timeoutMs is ${timeoutMs}, it must be above 0 and at most ${timeoutMaxMs}`);
    }
    if (payload.length > questionMaxBytes) {
      throw new ClusterError('ERR_CONFIG', `question is ${payload.length} bytes, the limit is ${questionMaxBytes}`);
    }
    if (this.#open.size < openMax) return;
    throw new ClusterError('ERR_STATE', `${openMax} inquiries are open, which is the limit: wait for one to end`);
  }

  #names(to: readonly string[] | undefined): string[] {
    const { name: ownName } = this.#host;
    if (to !== undefined) return [...new Set(to)].filter((name) => name !== ownName);
    const live = this.#host.liveMembers().filter((member) => this.#host.isCapable(member));
    return live.map(({ name }) => name).filter((name) => name !== ownName);
  }

  #beginRound(inquiry: OpenInquiry): void {
    inquiry.toAsk = [...inquiry.waiting].filter((name) => this.#canBeAsked(name));
    const { clock, timers } = this.#env;
    // With nobody to wait for it is over at once, but not before the caller has the number.
    const isHopeless = inquiry.toAsk.length === 0;
    timers.arm(inquiry.timer, isHopeless ? clock.nowMs : inquiry.deadlinesMs[inquiry.round]!);
    if (!isHopeless) this.#askBatch(inquiry);
  }

  #canBeAsked(name: string): boolean {
    const member = this.#host.member(name);
    return member?.address !== undefined && this.#host.isCapable(member);
  }

  #askBatch(inquiry: OpenInquiry): void {
    const { batchMax, batchIntervalMs, askAgainAt } = inquiryLimits;
    const isByStream = inquiry.round === askAgainAt.length || inquiry.message.length > this.#host.packetMaxBytes;
    for (const name of inquiry.toAsk.splice(0, batchMax)) {
      const member = this.#host.member(name);
      if (!inquiry.waiting.has(name) || member === undefined || !this.#canBeAsked(name)) continue;
      this.stats.asked += 1;
      inquiry.noteAsked(name, this.#env.clock.nowMs);
      this.#host.send(member, inquiry.message, isByStream ? 'stream' : 'packet');
    }
    if (inquiry.toAsk.length === 0) return;
    this.#env.timers.arm(inquiry.batchTimer, this.#env.clock.nowMs + batchIntervalMs);
  }

  #onTimer(inquiry: OpenInquiry): void {
    inquiry.round += 1;
    if (inquiry.round < inquiry.deadlinesMs.length && this.#anyCanAnswer(inquiry)) this.#beginRound(inquiry);
    else this.#finish(inquiry);
  }

  #anyCanAnswer(inquiry: OpenInquiry): boolean {
    return [...inquiry.waiting].some((name) => this.#canBeAsked(name));
  }

  #receiveAnswer(answer: Answer): void {
    const inquiry = this.#open.get(answer.id);
    const isTaken = inquiry?.receive(answer, inquiryLimits.heldMaxBytes - this.#heldBytes()) ?? false;
    if (!isTaken) {
      this.stats.answersDropped += 1;
      return;
    }
    if (!inquiry!.waiting.has(answer.from)) this.stats.answered += 1;
    if (!this.#anyCanAnswer(inquiry!)) this.#finish(inquiry!);
  }

  #heldBytes(): number {
    let bytes = 0;
    for (const { heldBytes } of this.#open.values()) bytes += heldBytes;
    return bytes;
  }

  #finish(inquiry: OpenInquiry): void {
    this.#close(inquiry);
    this.stats.missing += inquiry.waiting.size;
    inquiry.finish();
  }

  #close(inquiry: OpenInquiry): void {
    this.#env.timers.cancel(inquiry.timer);
    this.#env.timers.cancel(inquiry.batchTimer);
    this.#open.delete(inquiry.id);
  }
}
