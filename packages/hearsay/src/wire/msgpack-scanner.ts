import type { WireFailure } from './wire-failure.ts';

/**
 * Finds where a msgpack value ends, without reading what it holds. It takes the value in pieces of any size and looks
 * at each byte once, so a value that trickles in byte by byte costs no more than one that comes whole. It allocates one
 * number for each container it is inside of, whatever lengths the value announces.
 */
export class MsgpackScanner {
  /** Values still to come in each open container, the outermost first; only the first `#depth` count. */
  readonly #pending: number[] = [];
  #depth: number = 0;
  #maxDepth: number = 0;
  #budgetBytes: number = 0;
  #overBudget: WireFailure = 'too-large';
  /** Payload bytes of the current value still to pass over. */
  #payloadLeft: number = 0;
  /** The header byte whose length bytes are being gathered. */
  #header: number = 0;
  #lengthBytesLeft: number = 0;
  #length: number = 0;
  #failure: WireFailure | undefined;

  /** Why the value cannot be one; set by {@link scan}. */
  get failure(): WireFailure | undefined {
    return this.#failure;
  }

  /**
   * Starts on a new value of at most `budgetBytes`, in which containers nest at most `maxDepth` deep. A value that is
   * longer, or announces that it will be, fails with `overBudget`.
   */
  begin(maxDepth: number, budgetBytes: number, overBudget: WireFailure): void {
    this.#pending[0] = 1;
    this.#depth = 1;
    this.#maxDepth = maxDepth;
    this.#budgetBytes = budgetBytes;
    this.#overBudget = overBudget;
    this.#payloadLeft = 0;
    this.#lengthBytesLeft = 0;
    this.#failure = undefined;
  }

  /** Where the value ends, or -1 when it needs more than these bytes or has failed. */
  scan(bytes: Uint8Array, start: number, end: number): number {
    let position = start;
    while (position < end && this.#failure === undefined) {
      if (this.#payloadLeft > 0) {
        const passed = Math.min(this.#payloadLeft, end - position);
        this.#payloadLeft -= passed;
        position += passed;
        if (this.#payloadLeft === 0) this.#finishValue();
      } else {
        this.#budgetBytes -= 1;
        if (this.#budgetBytes < 0) this.#failure = this.#overBudget;
        else if (this.#lengthBytesLeft > 0) this.#takeLengthByte(bytes[position]!);
        else this.#takeHeader(bytes[position]!);
        position += 1;
      }
      if (this.#depth === 0) return position;
    }
    return -1;
  }

  #takeHeader(header: number): void {
    if (header < 0x80 || header >= 0xe0) this.#finishValue();
    else if (header < 0x90) this.#openContainer((header & 0x0f) * 2);
    else if (header < 0xa0) this.#openContainer(header & 0x0f);
    else if (header < 0xc0) this.#passOver(header & 0x1f);
    else if (lengthBytesOf(header) > 0) {
      this.#header = header;
      this.#lengthBytesLeft = lengthBytesOf(header);
      this.#length = 0;
    } else if (header === 0xc1) this.#failure = 'wrong-type';
    else this.#passOver(fixedPayloadOf(header));
  }

  #takeLengthByte(byte: number): void {
    this.#length = this.#length * 256 + byte;
    this.#lengthBytesLeft -= 1;
    if (this.#lengthBytesLeft > 0) return;
    if (this.#header >= 0xde) this.#openContainer(this.#length * 2);
    else if (this.#header >= 0xdc) this.#openContainer(this.#length);
    else if (this.#header >= 0xc7 && this.#header <= 0xc9) this.#passOver(this.#length + 1);
    else this.#passOver(this.#length);
  }

  #openContainer(valueCount: number): void {
    if (valueCount > this.#budgetBytes) {
      this.#failure = this.#overBudget;
    } else if (this.#depth > this.#maxDepth) {
      this.#failure = 'nested-too-deep';
    } else if (valueCount === 0) {
      this.#finishValue();
    } else {
      this.#pending[this.#depth] = valueCount;
      this.#depth += 1;
    }
  }

  #passOver(payloadBytes: number): void {
    this.#budgetBytes -= payloadBytes;
    if (this.#budgetBytes < 0) this.#failure = this.#overBudget;
    else if (payloadBytes === 0) this.#finishValue();
    else this.#payloadLeft = payloadBytes;
  }

  #finishValue(): void {
    while (this.#depth > 0) {
      const left = this.#pending[this.#depth - 1]! - 1;
      this.#pending[this.#depth - 1] = left;
      if (left > 0) return;
      this.#depth -= 1;
    }
  }
}

/** How many bytes of length follow `header` (0xc0 to 0xdf). */
function lengthBytesOf(header: number): number {
  switch (header) {
    case 0xc4:
    case 0xc7:
    case 0xd9:
      return 1;
    case 0xc5:
    case 0xc8:
    case 0xda:
    case 0xdc:
    case 0xde:
      return 2;
    case 0xc6:
    case 0xc9:
    case 0xdb:
    case 0xdd:
    case 0xdf:
      return 4;
    default:
      return 0;
  }
}

/** How many bytes of payload follow `header` (0xc0 to 0xd8) when its length is fixed. */
function fixedPayloadOf(header: number): number {
  switch (header) {
    case 0xcc:
    case 0xd0:
      return 1;
    case 0xcd:
    case 0xd1:
    case 0xd4:
      return 2;
    case 0xd5:
      return 3;
    case 0xca:
    case 0xce:
    case 0xd2:
      return 4;
    case 0xd6:
      return 5;
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return 8;
    case 0xd7:
      return 9;
    case 0xd8:
      return 17;
    default:
      return 0;
  }
}
