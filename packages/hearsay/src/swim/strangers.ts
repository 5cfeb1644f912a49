import type { Address, StepClock } from '../util/index.ts';
import { MessageType, type WireFailure } from '../wire/index.ts';

/**
 * Why somebody's traffic is not of this cluster. `label`: another cluster's label. `key`: encrypted with a key that this
 * node does not have. `not-encrypted`: plain, where this node encrypts. `encrypted`: encrypted, where this node does not.
 * `http`, `tls`: no gossip at all, but those protocols. `not-gossip`: none that is known.
 */
export type StrangerKind = 'label' | 'key' | 'not-encrypted' | 'encrypted' | 'http' | 'tls' | 'not-gossip';

/** Traffic of somebody who is not of this cluster. */
export interface Stranger {
  readonly kind: StrangerKind;
  /** Who sent the latest of it. */
  readonly from: Address;
  readonly channel: 'packet' | 'stream';
  /** How often such traffic came since it was last told of, this time included. */
  readonly count: number;
}

/** Each kind is told of at once, and then not again for this long. */
export const strangerQuietMs = 60_000;

interface Tally {
  toldAtMs: number;
  count: number;
}

/**
 * Notices when two clusters meet, which happens when addresses are used again, and says by what they differ. Told of each
 * kind once a minute at most, whoever sends and however much.
 */
export class Strangers {
  readonly #clock: StepClock;
  readonly #tell: (stranger: Stranger) => void;
  readonly #tallies: Map<StrangerKind, Tally> = new Map();

  constructor(clock: StepClock, tell: (stranger: Stranger) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** `bytes` came from `from` and were refused; the first few are looked at. */
  receive(from: Address, channel: Stranger['channel'], bytes: Uint8Array, failure: WireFailure): void {
    const kind = kindOf(bytes, failure);
    if (kind !== undefined) this.#count(kind, from, channel);
  }

  /** The node at `from` refused our stream, and said why. */
  receiveRefusal(from: Address, text: string): void {
    if (text.includes('label')) this.#count('label', from, 'stream');
    else if (/encrypt/i.test(text)) this.#count('key', from, 'stream');
  }

  #count(kind: StrangerKind, from: Address, channel: Stranger['channel']): void {
    let tally = this.#tallies.get(kind);
    if (tally === undefined) {
      tally = { toldAtMs: -Infinity, count: 0 };
      this.#tallies.set(kind, tally);
    }
    tally.count += 1;
    const { nowMs } = this.#clock;
    if (nowMs - tally.toldAtMs < strangerQuietMs) return;
    this.#tell({ kind, from, channel, count: tally.count });
    tally.toldAtMs = nowMs;
    tally.count = 0;
  }
}

/** What each kind means, for people. */
export const strangerTexts: Readonly<Record<StrangerKind, string>> = {
  label: 'it belongs to a cluster with another label',
  key: 'it is encrypted with a key that this cluster does not have',
  'not-encrypted': 'it is not encrypted, as this cluster is',
  encrypted: 'it is encrypted, and this cluster is not',
  http: 'it is HTTP, not gossip',
  tls: 'it is TLS, not gossip',
  'not-gossip': 'it is no gossip that this node knows',
};

const httpStart = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PRI) |^HTTP\//;
const httpStartMaxBytes = 8;

/** Undefined for what a member may well have sent, and the network damaged. */
function kindOf(bytes: Uint8Array, failure: WireFailure): StrangerKind | undefined {
  if (startsAsHttp(bytes)) return 'http';
  if (bytes[0] === 0x16 && bytes[1] === 0x03 && (bytes[2] ?? 0) <= 4) return 'tls';
  switch (failure) {
    case 'label-mismatch':
      return 'label';
    case 'encryption-required':
      return 'not-encrypted';
    case 'encryption-unexpected':
      return 'encrypted';
    case 'encryption-key':
    case 'encryption-version':
    case 'encryption-short':
      return startsAsPlainMessage(bytes) ? 'not-encrypted' : 'key';
    case 'wrong-type':
    case 'truncated':
      return startsAsSealed(bytes) ? 'encrypted' : undefined;
    case 'label-malformed':
    case 'unknown-type':
      return 'not-gossip';
    default:
      return undefined;
  }
}

/** Every refused packet comes by here: nearly all are told apart by their first byte, and leave no text behind. */
function startsAsHttp(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  if (first < 0x41 || first > 0x5a) return false;
  return httpStart.test(String.fromCharCode(...bytes.subarray(0, httpStartMaxBytes)));
}

/** A ping or an indirect ping begins with its type, which could be an encryption version, and a map. */
function startsAsPlainMessage(bytes: Uint8Array): boolean {
  const type = bytes[0] ?? 0;
  if (type === MessageType.encrypt) return false;
  // Compound, compressed, checksummed: no encryption version is that high.
  return type > 1 ? type <= MessageType.checksum : isMapHeader(bytes[1]);
}

/** An encryption version, then a nonce: no map as in the pings that begin with the same byte. */
function startsAsSealed(bytes: Uint8Array): boolean {
  return (bytes[0] ?? 2) <= 1 && bytes.length >= sealedMinBytes && !isMapHeader(bytes[1]);
}

/** Version, nonce and tag of the smallest encrypted message. */
const sealedMinBytes = 29;

function isMapHeader(byte: number | undefined): boolean {
  return byte !== undefined && ((byte & 0xf0) === 0x80 || byte === 0xde || byte === 0xdf);
}
