/**
 * A rolling hash over everything that happens in a run: 64 bits in two lanes of FNV-1a with different primes. Cheap
 * enough to be always on, and enough to tell two runs apart; not meant to withstand an attacker.
 */
export class RunHash {
  #low: number = 0x811c9dc5;
  #high: number = 0x9747b28c;

  addNumber(value: number): void {
    // A double's integer part above 2^32 counts too: ticks of long runs are larger.
    this.#add(value | 0);
    this.#add(Math.floor(value / 2 ** 32) | 0);
  }

  addBytes(bytes: Uint8Array): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < bytes.length; i++) {
      low = Math.imul(low ^ bytes[i]!, 0x01000193);
      high = Math.imul(high ^ bytes[i]!, 0x5bd1e995);
    }
    this.#low = low;
    this.#high = high;
    this.#add(bytes.length);
  }

  addString(text: string): void {
    for (let i = 0; i < text.length; i++) this.#add(text.charCodeAt(i));
    this.#add(text.length);
  }

  /** Sixteen hexadecimal digits. */
  digest(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #add(word: number): void {
    this.#low = Math.imul(this.#low ^ word, 0x01000193);
    this.#high = Math.imul(this.#high ^ (word + 0x165667b1), 0x5bd1e995);
    this.#high ^= this.#high >>> 15;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
