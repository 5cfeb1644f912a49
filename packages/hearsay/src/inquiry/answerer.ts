import { TokenBucket } from '../swim/index.ts';
import { randomFloat, Timer } from '../util/index.ts';
import { encodeInquiry, overheadBytes, type Ask } from './codec.ts';
import type { InquiryEnv, InquiryHost } from './host.ts';
import { inquiryLimits } from './limits.ts';
import type { InquiryStats } from './stats.ts';

/**
 * Says what this node answers; `heldMs` is how long the answer was held back since the question came. It may not call back
 * into the inquiries.
 */
export type InquiryHandler = (payload: Uint8Array, from: string, heldMs: number) => Uint8Array;

/** Answers the questions of others, each after a wait by chance when many were asked at once. */
export class Answerer {
  readonly #host: InquiryHost;
  readonly #env: InquiryEnv;
  readonly #stats: InquiryStats;
  readonly #handlers: Map<number, InquiryHandler> = new Map();
  /** By asker and number. */
  readonly #pending: Map<string, Timer> = new Map();
  readonly #rate: TokenBucket;

  constructor(host: InquiryHost, env: InquiryEnv, stats: InquiryStats) {
    this.#host = host;
    this.#env = env;
    this.#stats = stats;
    this.#rate = new TokenBucket(env.clock, inquiryLimits.answersAtOnce, inquiryLimits.answersPerSecond);
  }

  handle(topic: number, handler: InquiryHandler): void {
    this.#handlers.set(topic, handler);
  }

  receive(ask: Ask): void {
    const member = this.#host.member(ask.from);
    const isKnown = member !== undefined && this.#host.isCapable(member) && this.#handlers.has(ask.topic);
    const key = `${ask.id} ${ask.from}`;
    const isTooLong = ask.payload.length > inquiryLimits.questionMaxBytes;
    if (!isKnown || isTooLong || this.#pending.has(key) || !this.#rate.tryTake()) {
      this.#stats.questionsDropped += 1;
      return;
    }
    const { unspreadMax, spreadPerMemberMs, spreadMaxMs, pendingMax } = inquiryLimits;
    const { nowMs } = this.#env.clock;
    if (ask.askedCount <= unspreadMax) return this.#answer(ask, nowMs);
    if (this.#pending.size >= pendingMax) {
      this.#stats.questionsDropped += 1;
      return;
    }
    const spreadMs = Math.min(ask.askedCount * spreadPerMemberMs, spreadMaxMs);
    const timer = new Timer('answer to an inquiry', () => {
      this.#pending.delete(key);
      this.#answer(ask, nowMs);
    });
    this.#pending.set(key, timer);
    this.#env.timers.arm(timer, nowMs + randomFloat(this.#env.rng) * spreadMs);
  }

  stop(): void {
    for (const timer of this.#pending.values()) this.#env.timers.cancel(timer);
    this.#pending.clear();
  }

  #answer({ id, from, topic, payload: question }: Ask, receivedAtMs: number): void {
    const to = this.#host.member(from);
    const handler = this.#handlers.get(topic);
    if (to?.address === undefined || handler === undefined) return;
    const payload = handler(question, from, this.#env.clock.nowMs - receivedAtMs);
    if (payload.length > inquiryLimits.answerMaxBytes) {
      this.#stats.answersTooLong += 1;
      return;
    }
    this.#stats.answersGiven += 1;
    const { name } = this.#host;
    const fitsPacket = payload.length + overheadBytes(name) <= this.#host.packetMaxBytes;
    const { pieceMaxBytes } = inquiryLimits;
    const pieceCount = Math.max(1, Math.ceil(payload.length / pieceMaxBytes));
    for (let piece = 0; piece < pieceCount; piece += 1) {
      const part = payload.subarray(piece * pieceMaxBytes, (piece + 1) * pieceMaxBytes);
      const message = encodeInquiry({ type: 'answer', id, from: name, piece, pieceCount, payload: part });
      this.#host.send(to, message, fitsPacket ? 'packet' : 'stream');
    }
  }
}
