import type { RpcKvEntry } from 'hearsay/client';
import { valueFields } from './values.ts';

/** An entry as JSON documents have it; what does not hold for it is left out. */
export function entryFields({ author, key, ttlMs, value, writtenAtMs }: RpcKvEntry): object {
  return { key, ...valueFields(value), ...originFields({ author, ttlMs, writtenAtMs }) };
}

/** The same where only keys were asked for. */
export function keyFields({ key, ...origin }: RpcKvEntry): object {
  return { key, ...originFields(origin) };
}

function originFields({ author, ttlMs, writtenAtMs }: Pick<RpcKvEntry, 'author' | 'ttlMs' | 'writtenAtMs'>): object {
  return {
    ...(author !== '' && { author }),
    ...(writtenAtMs > 0 && { writtenAt: isoTime(writtenAtMs) }),
    ...(ttlMs > 0 && { ttlMs }),
  };
}

/** Of a clock that may be anything. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}
