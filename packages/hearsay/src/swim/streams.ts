import { ByteWriter, Timer, type Address } from '../util/index.ts';
import {
  encodeErrorReply,
  newRefusals,
  type StreamCodec,
  type StreamMessage,
  type StreamReader,
  type WireFailure,
} from '../wire/index.ts';
import type { SwimEffects, SwimEnv } from './effects.ts';
import { swimLimits } from './limits.ts';
import type { SwimStats } from './stats.ts';
import type { Strangers } from './strangers.ts';

/** What the opener of a stream hears: exactly one of the two, unless it gives up first. */
export interface StreamUser {
  /** The answer, whole. The stream is closed by then. */
  onAnswer(answer: StreamMessage): void;
  /** `reason` is for people. With {@link OpenOptions.expectsAnswer} off, undefined means that all was sent. */
  onEnd(reason: string | undefined): void;
  /** The stream is open. */
  onOpened?(): void;
}

/** How a stream is opened. */
export interface OpenOptions {
  readonly to: Address;
  /** Type byte and body. */
  readonly request: Uint8Array;
  readonly expectsAnswer: boolean;
  /** When to give up at the latest; by default each phase has its own limit. */
  readonly deadlineMs?: number;
}

interface Stream {
  readonly id: number;
  readonly peer: Address;
  readonly timer: Timer;
  readonly reader: StreamReader;
  /** Undefined for streams that others opened. */
  readonly opened: (OpenOptions & { readonly user: StreamUser }) | undefined;
}

/** What {@link Streams} are made of. */
export interface StreamsParts {
  readonly codec: StreamCodec;
  readonly effects: SwimEffects;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
  /** For opening, and for each phase after it; absolute, so that a slow sender cannot hold a stream for ever. */
  readonly streamTimeoutMs: number;
  readonly strangers: Strangers;
  /** A peer's request, whole. Returns the answer, or undefined for none; the stream is closed then. */
  readonly onRequest: (request: StreamMessage, from: Address) => StreamAnswer | undefined;
}

/** An answer, and what to do once it is on its way. */
export interface StreamAnswer {
  readonly message: Uint8Array;
  readonly afterwards?: () => void;
}

/** All open streams: one request each, then perhaps one answer, within bounds of number, size and time. */
export class Streams {
  /** What arrived and was refused, by reason. */
  readonly refusals: Record<WireFailure, number> = newRefusals();
  readonly #codec: StreamCodec;
  readonly #effects: SwimEffects;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #strangers: Strangers;
  readonly #streamTimeoutMs: number;
  readonly #onRequest: (request: StreamMessage, from: Address) => StreamAnswer | undefined;
  readonly #streams: Map<number, Stream> = new Map();
  #acceptedCount: number = 0;
  /** Bytes that readers hold of messages not yet complete. */
  #heldBytes: number = 0;
  #lastId: number = 0;

  constructor(parts: StreamsParts) {
    this.#codec = parts.codec;
    this.#effects = parts.effects;
    this.#env = parts.env;
    this.#stats = parts.stats;
    this.#strangers = parts.strangers;
    this.#streamTimeoutMs = parts.streamTimeoutMs;
    this.#onRequest = parts.onRequest;
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Whether this node opened it, and uses it still. */
  isOwn(id: number): boolean {
    return this.#streams.get(id)?.opened !== undefined;
  }

  /** Undefined when this node opened too many already; `user` is told so. */
  open(options: OpenOptions, user: StreamUser): number | undefined {
    if (this.#streams.size - this.#acceptedCount >= swimLimits.streamsOpenedMax) {
      this.#stats.streamsRefused += 1;
      user.onEnd(`${swimLimits.streamsOpenedMax} streams are open already`);
      return undefined;
    }
    const stream = this.#add(options.to, { ...options, user });
    this.#effects.openStream(stream.id, options.to);
    return stream.id;
  }

  /** The opener is not interested any more. */
  abandon(id: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#close(stream);
  }

  /** A peer opens a stream. Undefined when there are too many. */
  accept(from: Address): number | undefined {
    if (this.#acceptedCount >= swimLimits.streamsMax) {
      this.#stats.streamsRefused += 1;
      return undefined;
    }
    this.#acceptedCount += 1;
    return this.#add(from, undefined).id;
  }

  /** A stream of ours is open: the request can go out. */
  opened(id: number): void {
    const stream = this.#streams.get(id);
    if (stream?.opened === undefined) return;
    const { request, expectsAnswer, user } = stream.opened;
    user.onOpened?.();
    this.#effects.writeStream(id, this.#codec.encode(request, 'initiator'));
    if (expectsAnswer) return this.#armTimeout(stream);
    this.#close(stream);
    user.onEnd(undefined);
  }

  receive(id: number, chunk: Uint8Array): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const { reader } = stream;
    const heldBefore = reader.heldBytes;
    reader.receive(chunk);
    this.#heldBytes += reader.heldBytes - heldBefore;
    if (reader.failure !== undefined) this.#fail(stream, reader.failure);
    else if (reader.result !== undefined) this.#finish(stream, reader.result);
    else if (this.#heldBytes > swimLimits.streamsHeldMaxBytes) this.#fail(stream, 'too-large');
  }

  /** The peer is done, or the stream broke. */
  closed(id: number, failure: string | undefined): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    if (stream.reader.heldBytes > 0) this.refusals.truncated += 1;
    this.#close(stream);
    stream.opened?.user.onEnd(failure ?? 'closed by the peer');
  }

  closeAll(): void {
    for (const stream of [...this.#streams.values()]) {
      this.#close(stream);
      stream.opened?.user.onEnd('stopped');
    }
  }

  #add(peer: Address, opened: Stream['opened']): Stream {
    this.#lastId += 1;
    const id = this.#lastId;
    const stream: Stream = {
      id,
      peer,
      timer: new Timer(`stream ${id}`, () => this.#timeOut(id)),
      reader: this.#codec.newReader(opened === undefined ? 'responder' : 'initiator'),
      opened,
    };
    this.#streams.set(id, stream);
    this.#armTimeout(stream);
    return stream;
  }

  #armTimeout(stream: Stream): void {
    const latestMs = stream.opened?.deadlineMs ?? Infinity;
    this.#env.timers.arm(stream.timer, Math.min(this.#env.clock.nowMs + this.#streamTimeoutMs, latestMs));
  }

  #timeOut(id: number): void {
    const stream = this.#streams.get(id)!;
    this.#stats.streamsTimedOut += 1;
    this.#close(stream);
    stream.opened?.user.onEnd('timed out');
  }

  #finish(stream: Stream, message: StreamMessage): void {
    if (stream.opened !== undefined) {
      if (message.type === 'error') this.#strangers.receiveRefusal(stream.peer, message.error);
      this.#close(stream);
      return stream.opened.user.onAnswer(message);
    }
    const answer = this.#onRequest(message, stream.peer);
    if (answer !== undefined) this.#effects.writeStream(stream.id, this.#codec.encode(answer.message, 'responder'));
    this.#close(stream);
    answer?.afterwards?.();
  }

  /**
   * Only an answering node says what it did not like, and only of some failures (memberlist §7.7). Of those is, unlike
   * there, another label: two clusters that meet are both to learn by what they differ.
   */
  #fail(stream: Stream, failure: WireFailure): void {
    this.refusals[failure] += 1;
    const { opened, reader } = stream;
    this.#strangers.receive(stream.peer, 'stream', reader.firstBytes, failure);
    const isOthersLabel = opened === undefined && failure === 'label-mismatch';
    const text = isOthersLabel ? `stream refused: ${failure}` : reader.wantsErrorReply;
    if (text !== undefined) {
      const reply = errorMessage(text);
      this.#effects.writeStream(stream.id, this.#codec.encode(reply, 'responder'));
    }
    this.#close(stream);
    opened?.user.onEnd(`answer refused: ${failure}`);
  }

  #close(stream: Stream): void {
    this.#env.timers.cancel(stream.timer);
    this.#streams.delete(stream.id);
    this.#heldBytes -= stream.reader.heldBytes;
    if (stream.opened === undefined) this.#acceptedCount -= 1;
    this.#effects.closeStream(stream.id);
  }
}

function errorMessage(error: string): Uint8Array {
  const writer = new ByteWriter(16 + error.length);
  encodeErrorReply(writer, { error });
  return writer.view();
}
