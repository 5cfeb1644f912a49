import { readFileSync } from 'node:fs';

/** One msgpack value of a recorded RPC session, or the end of one direction. */
export interface RpcMessage {
  readonly dir: 'c2s' | 's2c';
  readonly hex?: string;
  /** As JSON: byte strings are `{"$bin": hex}`, 64-bit integers `{"$int": decimal}`, nil is null. */
  readonly value?: Readonly<Record<string, unknown>>;
  readonly eof?: true;
}

/** A connection between client and agent, byte by byte. */
export interface RpcSession {
  /** Generation of both sides, and what was done. */
  readonly name: string;
  readonly generation: 'old' | 'new';
  /** Whether a person made the requests by hand, in forms that no stock client writes. */
  readonly isRaw: boolean;
  readonly messages: readonly RpcMessage[];
}

interface CorpusFile {
  readonly captures: readonly { readonly name: string; readonly connections: readonly (readonly RpcMessage[])[] }[];
  readonly rawSessions: readonly { readonly name: string; readonly messages: readonly RpcMessage[] }[];
}

/** Every recorded RPC session with a stock agent, of both generations. */
export function readRpcSessions(): RpcSession[] {
  return (['old', 'new'] as const).flatMap((generation) => {
    const path = new URL(`../vectors/serf/rpc-${generation}.json`, import.meta.url);
    const file = JSON.parse(readFileSync(path, 'utf8')) as CorpusFile;
    const sessionOf = (name: string, isRaw: boolean, messages: readonly RpcMessage[]): RpcSession => ({
      name: `${generation}: ${name}`,
      generation,
      isRaw,
      messages,
    });
    return [
      ...file.captures.flatMap(({ name, connections }) =>
        connections.map((messages) => sessionOf(name, false, messages)),
      ),
      ...file.rawSessions.map(({ name, messages }) => sessionOf(name, true, messages)),
    ];
  });
}

/** The bytes of hexadecimal text. */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Bytes as hexadecimal text. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const freeMaps = new Set(['Tags', 'FilterTags', 'Messages', 'Keys']);
const ourNames: Readonly<Record<string, string>> = { ID: 'id', LTime: 'ltime', Timeout: 'timeoutNs' };

/** A recorded value under the names that `hearsay/client` gives to the keys. */
export function meaningOf(value: unknown, isFree: boolean = isStats(value)): unknown {
  if (Array.isArray(value)) return value.map((item) => meaningOf(item));
  if (typeof value !== 'object' || value === null) return value;
  if ('$bin' in value) return fromHex(value.$bin as string);
  if ('$int' in value) return Number(value.$int);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      isFree ? key : (ourNames[key] ?? key[0]!.toLowerCase() + key.slice(1)),
      meaningOf(item, isFree || freeMaps.has(key)),
    ]),
  );
}

function isStats(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'event_handlers' in value;
}
