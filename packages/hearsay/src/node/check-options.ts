import { isUint8Array } from 'node:util/types';
import { ClusterError } from '../util/index.ts';
import type { CreateClusterOptions } from './options.ts';
import type { QueryOptions } from './query.ts';

/** What an option must be, in words, and whether a value is that. */
export interface Kind {
  readonly text: string;
  readonly isMet: (value: unknown) => boolean;
}

const text: Kind = { text: 'a string', isMet: isText };
const texts: Kind = { text: 'an array of strings', isMet: (value) => Array.isArray(value) && value.every(isText) };
const bytes: Kind = { text: 'a string or bytes', isMet: isTextOrBytes };
const keys: Kind = {
  text: 'an array of strings or bytes',
  isMet: (value) => Array.isArray(value) && value.every(isTextOrBytes),
};
const record: Kind = { text: 'an object', isMet: isRecord };
const call: Kind = { text: 'a function', isMet: (value) => typeof value === 'function' };
const logger: Kind = {
  text: 'an object with debug, info, warn and error',
  isMet: (value) =>
    isRecord(value) && ['debug', 'info', 'warn', 'error'].every((level) => typeof value[level] === 'function'),
};

const tags: Kind = {
  text: 'an object of strings',
  isMet: (value) => isRecord(value) && Object.values(value).every(isText),
};

const recordOrFlag: Kind = {
  text: 'an object, true or false',
  isMet: (value) => isRecord(value) || typeof value === 'boolean',
};
const nameOrRecord: Kind = { text: 'a string or an object', isMet: (value) => isText(value) || isRecord(value) };
const number: Kind = { text: 'a number', isMet: (value) => typeof value === 'number' };
const flag: Kind = { text: 'true or false', isMet: (value) => typeof value === 'boolean' };

const queryKinds: Readonly<Record<keyof QueryOptions, Kind>> = {
  nodes: texts,
  tags,
  timeoutMs: number,
  requestAck: flag,
  relayFactor: number,
  signal: record,
};

/** The kinds that options of other calls have. */
export const optionKinds: Readonly<Record<'text' | 'texts' | 'number' | 'flag' | 'record' | 'any', Kind>> = {
  text,
  texts,
  number,
  flag,
  record,
  any: { text: 'anything', isMet: () => true },
};

const clusterKinds: Readonly<Record<keyof CreateClusterOptions, Kind>> = {
  name: text,
  pool: text,
  bind: text,
  advertise: text,
  seeds: texts,
  profile: text,
  swim: record,
  rules: nameOrRecord,
  keys,
  label: text,
  tags,
  serf: record,
  snapshotPath: text,
  saveKeys: call,
  meta: bytes,
  kv: recordOrFlag,
  telemetry: recordOrFlag,
  stableView: recordOrFlag,
  evidence: flag,
  allowedNetworks: texts,
  versions: record,
  delegate: record,
  logger,
  signal: record,
  trace: call,
  serfTrace: call,
  lookup: call,
};

/**
 * Refuses what the compiler would: programs in JavaScript have none, and a misspelt option would otherwise silently keep
 * its default. The values are checked where they are used. A key is never part of a message.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` that names the option
 */
export function checkOptionKinds(options: CreateClusterOptions): void {
  checkKinds('createCluster', clusterKinds, options);
}

/**
 * The same for a query.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` that names the option
 */
export function checkQueryOptions(options: QueryOptions): void {
  checkKinds('query', queryKinds, options);
}

/**
 * The same for the options of any call.
 *
 * @throws {@link ClusterError} `ERR_CONFIG` that names the option
 */
export function checkKinds(what: string, kinds: Readonly<Record<string, Kind>>, options: object): void {
  if (!isRecord(options)) throw new ClusterError('ERR_CONFIG', `the options of ${what} must be an object`);
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw new ClusterError('ERR_CONFIG', `${name} is no option of ${what}`);
    if (value === undefined || kind.isMet(value)) continue;
    throw new ClusterError('ERR_CONFIG', `${name} must be ${kind.text}`);
  }
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is neither true nor false */
export function checkFlag(what: string, value: unknown): void {
  if (!flag.isMet(value)) throw new ClusterError('ERR_CONFIG', `${what} must be ${flag.text}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is neither text nor bytes */
export function checkTextOrBytes(what: string, value: unknown): void {
  if (!isTextOrBytes(value)) throw new ClusterError('ERR_CONFIG', `${what} must be ${bytes.text}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is not an object of strings */
export function checkTags(what: string, value: unknown): void {
  if (!tags.isMet(value)) throw new ClusterError('ERR_CONFIG', `${what} must be ${tags.text}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is not text */
export function checkText(what: string, value: unknown): void {
  if (!isText(value)) throw new ClusterError('ERR_CONFIG', `${what} must be ${text.text}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is not a whole number of at least `min` */
export function checkCount(what: string, value: unknown, min: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= min) return;
  throw new ClusterError('ERR_CONFIG', `${what} is ${String(value)}, it must be a whole number of at least ${min}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` cannot be called */
export function checkFunction(what: string, value: unknown): void {
  if (!call.isMet(value)) throw new ClusterError('ERR_CONFIG', `${what} must be ${call.text}`);
}

/** @throws {@link ClusterError} `ERR_CONFIG` when `value` is none of `choices` */
export function checkChoice(what: string, value: unknown, choices: readonly string[]): void {
  if (choices.some((choice) => choice === value)) return;
  throw new ClusterError('ERR_CONFIG', `${what} is "${String(value)}", not one of ${choices.join(', ')}`);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextOrBytes(value: unknown): boolean {
  return isText(value) || isUint8Array(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
