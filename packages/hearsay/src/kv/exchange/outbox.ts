import { encodeKvMessage } from '../codec/index.ts';
import type { Buckets, Equal, KvMessage, Summary } from '../protocol.ts';
import type { Lane } from '../stream.ts';
import type { ExchangeParts, ExchangeStats, KvChannel, KvPeer, KvShare } from './parts.ts';

/** What an {@link Outbox} needs. */
export type OutboxParts = Pick<ExchangeParts, 'packetMaxBytes' | 'receipts' | 'send' | 'takeBytes'>;

/** A message that receipts may ride in. */
type Carrier = Summary | Equal | Buckets;

/** Sends messages, as far as the budget allows: what fits by packet, what does not by stream. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #stats: ExchangeStats;

  constructor(parts: OutboxParts, stats: ExchangeStats) {
    this.#parts = parts;
    this.#stats = stats;
  }

  get packetMaxBytes(): number {
    return this.#parts.packetMaxBytes;
  }

  /** By stream also when it would fit into a packet, if that is asked for. False when there was no budget. */
  trySend(to: KvPeer, message: KvMessage, share: KvShare, channel: KvChannel = 'packet'): boolean {
    return this.#trySendBytes(to, encodeKvMessage(message), share, channel);
  }

  /** As many as there is budget for, in order; whether that was all. */
  trySendAll(to: KvPeer, messages: readonly KvMessage[], share: KvShare, channel?: KvChannel): boolean {
    return messages.every((message) => this.trySend(to, message, share, channel));
  }

  /** With as many receipts as there is room for in a packet. */
  trySendWithReceipts(to: KvPeer, message: Carrier): boolean {
    const { packetMaxBytes, receipts } = this.#parts;
    const bare = encodeKvMessage(message);
    const rows = bare.length < packetMaxBytes ? receipts(packetMaxBytes - bare.length) : [];
    const full = rows.length === 0 ? bare : encodeKvMessage({ ...message, receipts: rows });
    return this.#trySendBytes(to, full.length > packetMaxBytes ? bare : full, 'shared', 'packet');
  }

  #trySendBytes(to: KvPeer, bytes: Uint8Array, share: KvShare, wish: KvChannel): boolean {
    const channel = bytes.length > this.#parts.packetMaxBytes ? 'stream' : wish;
    if (!this.#parts.takeBytes(channel === 'packet' ? share : 'transfer', bytes.length)) {
      this.#stats.unpaid += 1;
      return false;
    }
    this.#parts.send(to, bytes, channel);
    return true;
  }
}

/** Who pays for packets about a lane. */
export function shareOf(lane: Lane): KvShare {
  return lane === 0 ? 'shared' : lane === 1 ? 'owned' : 'telemetry';
}
