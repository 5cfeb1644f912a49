/** The last bytes of what is written to it, at most `maxBytes`. */
export class TailBuffer {
  readonly #maxBytes: number;
  #kept: Buffer = Buffer.alloc(0);
  #writtenBytes: number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(chunk: Uint8Array): void {
    this.#writtenBytes += chunk.length;
    const tail = chunk.length > this.#maxBytes ? chunk.subarray(chunk.length - this.#maxBytes) : chunk;
    const room = this.#maxBytes - tail.length;
    const start = Math.max(0, this.#kept.length - room);
    this.#kept = Buffer.concat([this.#kept.subarray(start), tail]);
  }

  get bytes(): Uint8Array {
    return this.#kept;
  }

  /** How many bytes were pushed out. */
  get droppedBytes(): number {
    return this.#writtenBytes - this.#kept.length;
  }
}
