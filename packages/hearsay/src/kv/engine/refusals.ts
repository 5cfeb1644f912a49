import { encodeKvMessage } from '../codec/index.ts';
import type { KvPeer } from '../exchange/index.ts';
import type { KvEnv } from '../host.ts';
import type { Nack, NackedEntry } from '../protocol.ts';

/** Entries told at a time, and how often the same member is told, in milliseconds. Chosen: they are offered again and again. */
const entriesPerNackMax = 32;
const pauseMs = 1_000;
/** Members of whom it is remembered when they were told last. Chosen. */
const toldMax = 1_024;

/** What {@link Refusals} need. */
export interface RefusalsParts {
  readonly ownName: string;
  readonly env: Pick<KvEnv, 'clock'>;
  /** A live member that takes part. */
  readonly peer: (name: string) => KvPeer | undefined;
  /** Sends by packet, if the budget allows it. */
  readonly send: (to: KvPeer, message: Uint8Array) => void;
}

/** An entry that was not taken, and who should know. */
export interface Refused extends NackedEntry {
  readonly author: string | undefined;
}

/** Tells members which of their entries this node does not take, and why. */
export class Refusals {
  readonly #parts: RefusalsParts;
  readonly #toldAtMs = new Map<string, number>();
  readonly counts: Record<string, number> = {};

  constructor(parts: RefusalsParts) {
    this.#parts = parts;
  }

  /** Tells the sender, if it is known, and the authors. */
  tell(sender: KvPeer | undefined, refused: readonly Refused[]): void {
    const byName = new Map<string, NackedEntry[]>();
    for (const { author, stream, version, reason, aheadMs } of refused) {
      this.counts[reason] = (this.counts[reason] ?? 0) + 1;
      for (const name of new Set([sender?.name, author])) {
        if (name === undefined || name === this.#parts.ownName) continue;
        const entries = byName.get(name) ?? [];
        if (entries.length === 0) byName.set(name, entries);
        if (entries.length < entriesPerNackMax) entries.push({ stream, version, reason, aheadMs });
      }
    }
    for (const [name, entries] of byName) this.#send(name, entries);
  }

  #send(name: string, refusals: readonly NackedEntry[]): void {
    const { ownName, env, peer, send } = this.#parts;
    const to = peer(name);
    const { nowMs } = env.clock;
    if (to === undefined || nowMs - (this.#toldAtMs.get(name) ?? -Infinity) < pauseMs) return;
    if (this.#toldAtMs.size >= toldMax) this.#toldAtMs.clear();
    this.#toldAtMs.set(name, nowMs);
    const nack: Nack = { type: 'nack', from: ownName, refusals };
    send(to, encodeKvMessage(nack));
  }
}
