import { readFileSync } from 'node:fs';
import { fromHex, toHex } from './vectors.ts';

/** One file of vectors produced by the Serf library; what it holds depends on the file. */
export function loadSerfVectors<File>(file: string): File {
  const path = new URL(`../vectors/serf/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as File;
}

/** An answer of both generations, or of each. */
export type PerGeneration<Value> = Value | { readonly old: Value; readonly new: Value };

/** What the newer generation says. */
export function newerOf<Value>(value: PerGeneration<Value>): Value {
  return hasGenerations(value) ? value.new : value;
}

/** What the older generation says. */
export function olderOf<Value>(value: PerGeneration<Value>): Value {
  return hasGenerations(value) ? value.old : value;
}

function hasGenerations<Value>(value: PerGeneration<Value>): value is { readonly old: Value; readonly new: Value } {
  return typeof value === 'object' && value !== null && 'old' in value && 'new' in value;
}

/** As the vectors write it: `{$hex}` is a byte string, `{$int}` a 64-bit integer, null an absent value. */
export type SerfValue =
  | null
  | boolean
  | number
  | string
  | readonly SerfValue[]
  | { readonly $hex: string }
  | { readonly $int: string }
  | { readonly [key: string]: SerfValue };

/** A struct as the vectors write it. */
export type SerfStruct = Readonly<Record<string, SerfValue>>;

/** A decoded message as the vectors would write it, with an absent byte string, list or map as an empty one. */
export function normalise(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $hex: toHex(value) };
  if (value instanceof Map) return normalise(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(normalise);
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value) ? { $hex: toHex(escapedBytes(value)) } : value;
  if (typeof value !== 'object' || value === null) return value;
  if ('$int' in value) return Number((value as { readonly $int: string }).$int);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, normalise(item)]));
}

/** The byte string of a vector, null when it is absent. */
export function bytesOf(value: SerfValue | undefined): Uint8Array | null {
  return value === null || value === undefined ? null : fromHex((value as { readonly $hex: string }).$hex);
}

/** Text whose every character is ASCII or an escaped byte. */
function escapedBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
}
