import { hashText, streamKey } from '../kv/index.ts';
import { formatAddress } from '../util/index.ts';
import { isLive, type Belief } from './belief.ts';

/** A set of members as one 64-bit number: the sum by XOR of a hash of each, so that the order does not matter. */
export class Fingerprint {
  #high: number = 0;
  #low: number = 0;

  /** Puts a text in, or takes it out when it is in. */
  toggle(text: string): void {
    this.#high ^= hashText(text, 0x7f4a7c15);
    this.#low ^= hashText(text, 0x94d049bb);
  }

  /** As 16 hexadecimal digits. */
  get hex(): string {
    return streamKey(this.#high >>> 0, this.#low >>> 0);
  }
}

/** By what a live member counts as the same one: its name, and where it is. */
export function identityOf({ name, address }: Belief): string {
  return `${name} ${address === undefined ? '' : formatAddress(address)}`;
}

/** The same, and what became of it. A suspect is alive until it is declared dead. */
export function fateOf(belief: Belief): string {
  return `${identityOf(belief)} ${isLive(belief.state) ? 'live' : belief.state}`;
}

/** What two sets do not have in common, by their fingerprints: the fingerprint of those that are in one alone. */
export function difference(a: string, b: string): string {
  const xorAt = (at: number): number => (hexAt(a, at) ^ hexAt(b, at)) >>> 0;
  return streamKey(xorAt(0), xorAt(8));
}

function hexAt(text: string, at: number): number {
  return Number.parseInt(text.slice(at, at + 8), 16);
}
