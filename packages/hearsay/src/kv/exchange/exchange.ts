import type { KvMessage } from '../protocol.ts';
import type { ExchangeParts, ExchangeStats, KvPeer } from './parts.ts';

/** Anti-entropy: sessions in which two nodes find out what each of them lacks, and give it to one another. */
export class Exchange {
  /** Counters, for people. */
  readonly stats: Readonly<ExchangeStats>;
  readonly #parts: ExchangeParts;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.stats = {
      asked: 0,
      answered: 0,
      equal: 0,
      committed: 0,
      resynced: 0,
      expired: 0,
      busyHeard: 0,
      busySaid: 0,
      unpaid: 0,
      stray: 0,
      invalid: 0,
      tooMuch: 0,
    };
  }

  /** Asks the peer to compare. Nothing happens when an exchange with it that we began is still open. */
  begin(peer: KvPeer): void {
    if (peer.name === this.#parts.ownName) return;
  }

  /** A message of the types `summary`, `equal`, `buckets`, `digest`, `delta`, `resync`, `owned`, `busy`; others are not for it. */
  receive(message: KvMessage, from: KvPeer): void {
    if (from.name === this.#parts.ownName || message.type === 'nack') return;
  }

  /** Forgets all sessions and cancels all timers. */
  stop(): void {}
}
