import { ByteWriter } from '../util/index.ts';
import { MsgpackScanner } from '../wire/index.ts';
import { rpcLimits } from './rpc-limits.ts';

/** Bounds of an {@link RpcParser}. */
export interface RpcParserOptions {
  /** The largest value taken, in bytes: `rpcLimits.requestMaxBytes` at an agent, `responseMaxBytes` at a client. */
  readonly maxValueBytes: number;
}

/** A buffer that had to grow beyond this for one large value is given back after it. */
const KEPT_BUFFER_MAX_BYTES = 16 * 1024;

/**
 * Cuts a stream of bytes into msgpack values, in whatever pieces it comes. Each byte is looked at once.
 *
 * It keeps at most one unfinished value of `maxValueBytes`, and the chunks that were pushed and not yet asked for: who
 * does not call {@link next} until it yields undefined stops the source meanwhile. After a failure the stream cannot
 * be trusted any more and nothing further comes.
 */
export class RpcParser {
  readonly #maxValueBytes: number;
  readonly #scanner: MsgpackScanner = new MsgpackScanner();
  /** What was pushed and not yet passed over; the first one from {@link #position} on. */
  #chunks: Uint8Array[] = [];
  #chunkIndex: number = 0;
  #position: number = 0;
  #pendingBytes: number = 0;
  /** The beginning of a value whose end is still to come. */
  #partial: ByteWriter = new ByteWriter(0);
  #failure: string | undefined;

  constructor(options: RpcParserOptions) {
    this.#maxValueBytes = options.maxValueBytes;
    this.#beginValue();
  }

  /** Why the stream is no sequence of values, or not of values this small. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Bytes that are kept: chunks not yet asked for, and the unfinished value. */
  get pendingBytes(): number {
    return this.#pendingBytes + this.#partial.length;
  }

  /** Adds what came. The chunk must not change afterwards. */
  push(chunk: Uint8Array): void {
    if (this.#failure !== undefined || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#pendingBytes += chunk.length;
  }

  /** The next whole value: its bytes, perhaps as a view of a chunk. Undefined when more must come, or never will. */
  next(): Uint8Array | undefined {
    for (let chunk = this.#chunk(); chunk !== undefined; chunk = this.#chunk()) {
      const start = this.#position;
      const end = this.#scanner.scan(chunk, start, chunk.length);
      if (this.#scanner.failure !== undefined) return this.#fail(this.#scanner.failure);
      if (end >= 0) return this.#finishValue(chunk, start, end);
      this.#partial.write(chunk.subarray(start));
      this.#moveTo(chunk.length);
    }
    return undefined;
  }

  #chunk(): Uint8Array | undefined {
    return this.#chunks[this.#chunkIndex];
  }

  #finishValue(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const tail = chunk.subarray(start, end);
    this.#moveTo(end);
    if (this.#partial.length === 0) {
      this.#beginValue();
      return tail;
    }
    this.#partial.write(tail);
    const value = this.#partial.copy();
    this.#beginValue();
    return value;
  }

  #beginValue(): void {
    this.#scanner.begin(rpcLimits.nestingMaxDepth, this.#maxValueBytes, 'too-large');
    if (this.#partial.bytes.length > KEPT_BUFFER_MAX_BYTES) this.#partial = new ByteWriter(0);
    else this.#partial.reset();
  }

  /** Passes over bytes of the first chunk, and drops it when all are passed. */
  #moveTo(position: number): void {
    this.#pendingBytes -= position - this.#position;
    this.#position = position;
    if (position < this.#chunks[this.#chunkIndex]!.length) return;
    this.#position = 0;
    this.#chunkIndex += 1;
    if (this.#chunkIndex < this.#chunks.length) return;
    this.#chunks = [];
    this.#chunkIndex = 0;
  }

  #fail(reason: string): undefined {
    this.#failure = reason;
    this.#chunks = [];
    this.#chunkIndex = 0;
    this.#pendingBytes = 0;
    this.#partial = new ByteWriter(0);
  }
}
