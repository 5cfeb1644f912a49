import type { ReceiptBitmap, ReceiptNames } from '../protocol.ts';
import type { RosterView } from './roster.ts';
import { hashText } from '../stream.ts';

const noBits = new Uint8Array(0);

/** Which members have an entry: a bit for each, in the order of the roster of the moment. */
export class SeenBits {
  #view: RosterView | undefined;
  #bits: Uint8Array = noBits;

  /** The member has it; false when that was known, or it is none of the live ones. */
  add(name: string, view: RosterView): boolean {
    this.#follow(view);
    const index = view.indexOf(name);
    return index !== undefined && this.#set(index);
  }

  /** Takes over what another node knows; says whether anything was new. What it says by other numbers is passed over. */
  merge(seenBy: ReceiptBitmap | ReceiptNames, view: RosterView): boolean {
    this.#follow(view);
    let isNew = false;
    if (seenBy.kind === 'names') {
      for (const hash of seenBy.nameHashes) {
        const index = view.indexOfHash(hash);
        if (index !== undefined && this.#set(index)) isNew = true;
      }
      return isNew;
    }
    if (seenBy.rosterHash !== view.hash || seenBy.bits.length !== this.#bits.length) return false;
    for (let index = 0; index < this.#bits.length; index += 1) {
      const before = this.#bits[index]!;
      this.#bits[index] = before | (seenBy.bits[index]! & maskOf(index, view));
      if (this.#bits[index] !== before) isNew = true;
    }
    return isNew;
  }

  /** Names of members that are not known to have it. */
  missing(view: RosterView): string[] {
    this.#follow(view);
    return view.names.filter((_, index) => !this.#has(index));
  }

  /** Whether all members have it. */
  isComplete(view: RosterView): boolean {
    this.#follow(view);
    return isWhole(this.#bits, view);
  }

  /** Whether another node knows that all members have it. */
  static isComplete(seenBy: ReceiptBitmap | ReceiptNames, view: RosterView): boolean {
    if (seenBy.kind === 'names') return seenBy.nameHashes.length >= view.names.length;
    return seenBy.rosterHash === view.hash && isWhole(seenBy.bits, view);
  }

  /** For a node that numbers members alike. */
  toBitmap(view: RosterView): ReceiptBitmap {
    this.#follow(view);
    return { kind: 'bitmap', rosterHash: view.hash, bits: this.#bits.slice() };
  }

  /** For any node: as many as there is room for, and others every time. */
  toNames(view: RosterView, maxBytes: number, firstIndex: number = 0): ReceiptNames {
    this.#follow(view);
    const nameHashes: number[] = [];
    const { names } = view;
    for (let step = 0; step < names.length && (nameHashes.length + 1) * 4 <= maxBytes; step += 1) {
      const index = (firstIndex + step) % names.length;
      if (this.#has(index)) nameHashes.push(hashText(names[index]!, 0));
    }
    return { kind: 'names', nameHashes };
  }

  /** Numbers members as `view` does. */
  #follow(view: RosterView): void {
    const before = this.#view;
    if (before === view) return;
    const bits = this.#bits;
    this.#view = view;
    this.#bits = new Uint8Array(Math.ceil(view.names.length / 8));
    if (before === undefined) return;
    for (const [index, name] of before.names.entries()) {
      const next = isSet(bits, index) ? view.indexOf(name) : undefined;
      if (next !== undefined) this.#set(next);
    }
  }

  #set(index: number): boolean {
    if (this.#has(index)) return false;
    this.#bits[index >>> 3]! |= 1 << (index & 7);
    return true;
  }

  #has(index: number): boolean {
    return isSet(this.#bits, index);
  }
}

/** Bits of the last byte that stand for nobody stay clear. */
function maskOf(byte: number, { names }: RosterView): number {
  const left = names.length - byte * 8;
  return left >= 8 ? 0xff : (1 << left) - 1;
}

function isWhole(bits: Uint8Array, view: RosterView): boolean {
  return bits.length * 8 >= view.names.length && bits.every((byte, index) => byte === maskOf(index, view));
}

function isSet(bits: Uint8Array, index: number): boolean {
  return (bits[index >>> 3]! & (1 << (index & 7))) !== 0;
}
