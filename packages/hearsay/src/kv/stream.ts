import { assert } from '../util/index.ts';
import { kvLimits } from './limits.ts';

/** 0 shared: anyone writes. 1 owned: each node writes its own. 2 telemetry: as owned, and not spread by rumor. */
export type Lane = 0 | 1 | 2;
/** The lanes that only their node writes. */
export type OwnedLaneNumber = 1 | 2;

/**
 * The name of a stream: the 64-bit hash that stands for it on the wire, as 16 hexadecimal digits.
 *
 * A string because it is a key of maps above all, and those compare numbers pairwise or strings by value. Fixed length
 * makes the order of strings that of the numbers, the engine keeps a string's hash, and one string is shared by all
 * entries of a stream: 8 bytes in each.
 */
export type StreamKey = string;

/** 48 bits of milliseconds and 16 of chance, as 16 hexadecimal digits: a later one is the greater string. */
export type Generation = string;

/** Whose stream it is. A node opens a new generation at every start that does not follow a clean stop. */
export interface StreamOwner {
  readonly node: string;
  readonly generation: Generation;
}

/** `bootMs` is wall time, `random16` a random number below 65,536. */
export function newGeneration(bootMs: number, random16: number): Generation {
  return hex(Math.floor(bootMs), 12) + hex(random16, 4);
}

/** When the generation was opened, by its owner's clock. */
export function generationMs(generation: Generation): number {
  return Number.parseInt(generation.slice(0, 12), 16);
}

/**
 * Whether no clock can have given it, as far as a node with this wall clock can tell. If it were taken, its owner could not
 * open a later one: it would have to write on in streams that all others take for old ones.
 */
export function isTooLate(generation: Generation, wallMs: number): boolean {
  return generationMs(generation) > wallMs + kvLimits.generationAheadMaxMs;
}

/** The stream of a node's generation in a lane. All nodes must agree on it, so this hash is part of the protocol. */
export function streamKeyOf({ node, generation }: StreamOwner, lane: Lane): StreamKey {
  const text = `${lane}/${generation}/${node}`;
  return streamKey(hashText(text, 0x9e3779b9), hashText(text, 0x85ebca6b));
}

/** From the two halves of the hash, each an unsigned 32-bit number. */
export function streamKey(high: number, low: number): StreamKey {
  return hex32(high) + hex32(low);
}

/** The two halves of the hash, as unsigned 32-bit numbers. */
export function streamHash(key: StreamKey): readonly [high: number, low: number] {
  return [readHex32(key, 0), readHex32(key, 8)];
}

/** The highest byte of the hash. */
export function streamHighByte(key: StreamKey): number {
  return (digitAt(key, 0) << 4) | digitAt(key, 1);
}

/** A 32-bit hash of UTF-16 units, mixed as MurmurHash3 does it. */
export function hashText(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    let word = Math.imul(text.charCodeAt(index), 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  return mixBits(hash ^ text.length);
}

/** Spreads every bit of a 32-bit number over all of them (MurmurHash3's finalizer). */
export function mixBits(bits: number): number {
  let hash = bits;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash >>> 0;
}

// Digests of a thousand streams are read and hashed several times a second: with a table that is four times as fast.
const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex32(value: number): string {
  return (
    hexOfByte[value >>> 24]! +
    hexOfByte[(value >>> 16) & 0xff]! +
    hexOfByte[(value >>> 8) & 0xff]! +
    hexOfByte[value & 0xff]!
  );
}

function readHex32(key: StreamKey, start: number): number {
  let value = 0;
  for (let index = start; index < start + 8; index += 1) value = (value << 4) | digitAt(key, index);
  return value >>> 0;
}

/** Of the digits 0 to 9 and a to f. */
function digitAt(key: StreamKey, index: number): number {
  const code = key.charCodeAt(index);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

function hex(value: number, digits: number): string {
  const text = value.toString(16).padStart(digits, '0');
  assert(text.length === digits, 'a number fits into its digits');
  return text;
}
