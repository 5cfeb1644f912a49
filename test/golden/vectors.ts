import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** One file of vectors produced by the Go library; what a vector holds depends on the file. */
export function loadVectors<Vector>(file: string): readonly Vector[] {
  const path = new URL(`../vectors/memberlist/${file}.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly vectors: readonly Vector[] }).vectors;
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** What the vectors give in place of very long byte strings. */
export interface BytesSummary {
  readonly too_long: true;
  readonly length: number;
  readonly crc32: string;
  readonly first_64: string;
  readonly last_16: string;
}

export function summaryOf(bytes: Uint8Array): BytesSummary {
  return {
    too_long: true,
    length: bytes.length,
    crc32: crc32(bytes).toString(16).padStart(8, '0'),
    first_64: toHex(bytes.subarray(0, 64)),
    last_16: toHex(bytes.subarray(bytes.length - 16)),
  };
}
