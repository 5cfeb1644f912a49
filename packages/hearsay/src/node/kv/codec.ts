import { isUint8Array } from 'node:util/types';
import { ClusterError } from '../../util/index.ts';

/** How values become bytes and come back. Both must be pure: what they throw makes a value unfit, or unreadable. */
export interface KvCodec<Value = unknown> {
  readonly encode: (value: Value) => Uint8Array;
  /** The bytes are this call's to keep. */
  readonly decode: (bytes: Uint8Array) => Value;
}

/** JSON in UTF-8, the default. What is read is frozen, since all readers share it. */
export const jsonCodec: KvCodec = {
  encode: (value) => {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`${typeof value} is no JSON`);
    return new TextEncoder().encode(text);
  },
  decode: (bytes) => frozen(JSON.parse(utf8.decode(bytes))),
};

/** Bytes as they are. */
export const bytesCodec: KvCodec<Uint8Array> = {
  encode: (value) => {
    if (!isUint8Array(value)) throw new TypeError('it is no Uint8Array');
    return Uint8Array.from(value);
  },
  decode: (bytes) => bytes,
};

/** @throws {@link ClusterError} `ERR_CONFIG` */
export function checkCodec(codec: unknown): KvCodec {
  if (codec === undefined || codec === 'json') return jsonCodec;
  if (codec === 'bytes') return bytesCodec as KvCodec;
  const { encode, decode } = (codec ?? {}) as Partial<Record<keyof KvCodec, unknown>>;
  if (typeof encode === 'function' && typeof decode === 'function') return codec as KvCodec;
  throw new ClusterError('ERR_CONFIG', 'codec must be "json", "bytes", or an object with encode and decode');
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The plain objects and arrays in it can no longer be changed. */
export function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || !isPlain(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
