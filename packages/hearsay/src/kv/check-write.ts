import { ClusterError } from '../util/index.ts';
import { utf8Length } from '../wire/index.ts';
import { kvLimits } from './limits.ts';

/** What a lane holds, and what it may hold. */
export interface Fill {
  readonly keyCount: number;
  readonly bytes: number;
  readonly tombstoneCount: number;
}

/** The errors of a write that goes beyond a limit, and how their texts name the lane. */
export interface FillNames {
  readonly code: 'ERR_KV_FULL' | 'ERR_KV_OWNED_FULL' | 'ERR_KV_TELEMETRY_FULL';
  readonly what: string;
}

/** @throws {@link ClusterError} `ERR_KV_KEY` when the key is empty, too long, or has control characters */
export function checkKey(key: string, maxBytes: number): void {
  if (key === '') throw new ClusterError('ERR_KV_KEY', 'a key must not be empty');
  if (/\p{Cc}/u.test(key)) {
    throw new ClusterError('ERR_KV_KEY', `key ${JSON.stringify(shorten(key))} contains a control character`);
  }
  if (/\p{Cs}/u.test(key)) {
    throw new ClusterError('ERR_KV_KEY', `key ${JSON.stringify(shorten(key))} is not well-formed Unicode`);
  }
  const bytes = utf8Length(key);
  if (bytes > maxBytes) {
    throw new ClusterError('ERR_KV_KEY', `key "${shorten(key)}" is ${bytes} bytes, the limit is ${maxBytes}`);
  }
}

/** @throws {@link ClusterError} `ERR_KV_VALUE_TOO_LARGE` */
export function checkValue(key: string, value: Uint8Array, maxBytes: number): void {
  if (value.length <= maxBytes) return;
  throw new ClusterError(
    'ERR_KV_VALUE_TOO_LARGE',
    `value of "${key}" is ${value.length} bytes, the limit is ${maxBytes}`,
  );
}

/** @throws {@link ClusterError} `ERR_CONFIG` when a life is no whole number of milliseconds, or longer than a year */
export function checkTtl(ttlMs: number): void {
  if (Number.isSafeInteger(ttlMs) && ttlMs >= 0 && ttlMs <= kvLimits.ttlMaxMs) return;
  throw new ClusterError('ERR_CONFIG', `ttlMs is ${ttlMs}, and must be a whole number up to ${kvLimits.ttlMaxMs}`);
}

/**
 * Refuses a write after which the lane would hold more than it may. What does not grow is never refused, so that one
 * can shrink a lane that is above a limit.
 *
 * @throws {@link ClusterError} with the code of `names`
 */
export function checkFill(before: Fill, after: Fill, max: Fill, names: FillNames, prefixes: () => string): void {
  const full = exceeded(before, after, max);
  if (full === undefined) return;
  throw new ClusterError(names.code, `${names.what} would hold ${full}${prefixes()}`);
}

/** What of the fill is too much and has grown, with both numbers. */
function exceeded(before: Fill, after: Fill, max: Fill): string | undefined {
  const isOver = (part: keyof Fill): boolean => after[part] > max[part] && after[part] > before[part];
  if (isOver('keyCount')) return `${after.keyCount} keys, the limit is ${max.keyCount}`;
  if (isOver('bytes')) return `${after.bytes} bytes, the limit is ${max.bytes}`;
  if (isOver('tombstoneCount')) return `${after.tombstoneCount} deleted keys, the limit is ${max.tombstoneCount}`;
  return undefined;
}

/** Whether the lane would hold more than it may and more than before. */
export function isOverfull(before: Fill, after: Fill, max: Fill): boolean {
  return exceeded(before, after, max) !== undefined;
}

/** For the message of a full map: the first parts of keys, up to a slash, that most keys begin with. */
export function topPrefixes(keys: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const slash = key.indexOf('/');
    const prefix = slash < 0 ? key : key.slice(0, slash + 1);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const top = [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1)).slice(0, 5);
  return `; most are under ${top.map(([prefix, count]) => `${shorten(prefix)} (${count})`).join(', ')}`;
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
