import { ByteWriter } from '../util/index.ts';
import { utf8Length, writeUtf8 } from '../wire/index.ts';
import { flagLimits } from './flag.ts';

/**
 * In which of 100,000 parts `value` falls, the same on every node and for ever: MurmurHash3 (x86, 32 bit, seed 0) of the
 * UTF-8 bytes of salt, a zero byte and value, scaled down.
 */
export function bucketOf(salt: string, value: string): number {
  const text = `${salt}\0${value}`;
  const writer = new ByteWriter(utf8Length(text));
  writeUtf8(writer, text);
  return Math.floor((murmur3(writer.copy()) / 2 ** 32) * flagLimits.buckets);
}

/** MurmurHash3_x86_32 of Austin Appleby, with seed 0. */
export function murmur3(bytes: Uint8Array): number {
  const blockEnd = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < blockEnd; at += 4) {
    hash ^= mixBlock(bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= blockEnd; at -= 1) tail = (tail << 8) | bytes[at]!;
  hash ^= mixBlock(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixBlock(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
