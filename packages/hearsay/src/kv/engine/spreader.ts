import { Timer } from '../../util/index.ts';
import { encodeKvMessage } from '../codec/index.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Dot, OwnedEntry, SharedEntry } from '../entry.ts';
import type { KvPeer } from '../exchange/index.ts';
import type { KvGossipConfig } from '../gossip-config.ts';
import type { KvEnv, WriteWatcher } from '../host.ts';
import type { KvState } from '../kv-state.ts';
import type { RumorOutcome } from '../messages.ts';
import type { Announce, Pull, Rumor } from '../protocol.ts';
import type { Roster } from './roster.ts';
import { RumorQueue } from './rumor-queue.ts';
import type { StreamOwner } from '../stream.ts';

/** How long to wait for what was pulled before it is asked of another, in milliseconds. Chosen: a stream's round trip. */
const pullTimeoutMs = 2_000;
/** Entries that are waited for, and entries that others may pull. Chosen: a burst of large writes. */
const pullsMax = 1_024;
/** Entries given for one request. Chosen. */
const dotsPerPullMax = 16;
/** When the budget is used up, how long until rumors are offered again, in milliseconds. Chosen. */
const unpaidPauseMs = 100;

/** What a {@link Spreader} needs. */
export interface SpreaderParts {
  readonly ownName: string;
  readonly config: KvGossipConfig;
  readonly state: KvState;
  readonly roster: Roster;
  readonly budget: ByteBudget;
  readonly env: Pick<KvEnv, 'clock' | 'timers'>;
  /** The longest user message that fits into a packet, in bytes. */
  readonly packetMaxBytes: number;
  readonly wakeGossip: () => void;
  readonly send: (to: KvPeer, message: Uint8Array, channel: 'packet' | 'stream') => void;
  /** A rumor was not taken. */
  readonly onRefused: (entry: SharedEntry | OwnedEntry, owner: StreamOwner, outcome: RumorOutcome) => void;
  readonly watcher: WriteWatcher | undefined;
}

/** An entry that others may pull. */
interface Held {
  readonly entry: SharedEntry | OwnedEntry;
  readonly owner: StreamOwner;
  readonly sinceMs: number;
}

/**
 * Spreads new entries of lanes 0 and 1 as rumors, each by everybody who hears of it for the first time. A large value is
 * announced in the same way, and pulled by who lacks it, who then announces it.
 */
export class Spreader {
  readonly #parts: SpreaderParts;
  readonly #queue: RumorQueue;
  readonly #held = new Map<string, Held>();
  /** By dot: from whom it is waited for, and until when. */
  readonly #pulls = new Map<string, { readonly from: string; readonly untilMs: number }>();
  readonly #wakeTimer: Timer;

  constructor(parts: SpreaderParts) {
    const { config, roster } = parts;
    this.#parts = parts;
    this.#queue = new RumorQueue({
      maxCount: config.rumorQueueMax,
      batchWindowMs: config.batchWindowMs,
      sendLimit: () => sendLimit(config.retransmitMult, roster.liveCount + 1),
    });
    this.#wakeTimer = new Timer('rumor batch', () => parts.wakeGossip());
  }

  get queuedCount(): number {
    return this.#queue.count;
  }

  get droppedCount(): number {
    return this.#queue.droppedCount;
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Whether something may be sent now. */
  get hasRumors(): boolean {
    const { roster, budget, env } = this.#parts;
    return roster.liveCount > 0 && this.#queue.isReady(env.clock.nowMs) && budget.available('rumors') >= 1;
  }

  /** The entry is new here. */
  spread(entry: SharedEntry | OwnedEntry, owner: StreamOwner): void {
    const { config, roster, env, packetMaxBytes } = this.#parts;
    // Whoever comes later compares first.
    if (!config.rumors || entry.lane === 2 || roster.liveCount === 0) return;
    const { nowMs } = env.clock;
    const passage = entry.lane === 0 ? this.#parts.watcher?.passing(entry) : undefined;
    const held = { entry, owner, sinceMs: nowMs };
    const id = entry.lane === 0 ? `0${entry.key}` : `1${owner.node}\u0000${entry.key}`;
    const message = this.#encodeRumor(held);
    const isLarge = entry.value.length > config.rumorValueMaxBytes || message.length > packetMaxBytes;
    if (isLarge) {
      this.#hold(held);
      const announcement = this.#encodeAnnounce(entry);
      this.#queue.add({ id, lane: entry.lane, encode: () => announcement, passage }, nowMs);
    } else {
      // Only what has a limited life is another message the next time.
      const encode = entry.ttlMs === 0 ? () => message : () => this.#encodeRumor(held);
      this.#queue.add({ id, lane: entry.lane, encode, passage }, nowMs);
    }
    this.#wakeIn(config.batchWindowMs);
  }

  /** Appends what rides along to a member that takes part. */
  take(overheadBytes: number, limitBytes: number, out: Uint8Array[]): void {
    const { budget, env } = this.#parts;
    const pay = (lane: 0 | 1, bytes: number): boolean => budget.take(lane === 0 ? 'rumors' : 'owned', bytes);
    const isUnpaid = this.#queue.take(env.clock.nowMs, overheadBytes, limitBytes, pay, out);
    if (!isUnpaid) return;
    this.#parts.watcher?.unpaid();
    this.#wakeIn(unpaidPauseMs);
  }

  /** An entry came on its own. */
  receiveRumor({ entry, owner }: Rumor): RumorOutcome {
    const { state, watcher } = this.#parts;
    const pull = this.#pulls.get(idOf(entry));
    if (pull !== undefined) watcher?.comesBy('pull', pull.from);
    const outcome = entry.lane === 0 ? state.shared.applyRumor(entry, owner) : state.owned.applyRumor(entry, owner);
    this.#pulls.delete(idOf(entry));
    if (outcome === 'known' && entry.lane === 0) watcher?.repeated(entry);
    if (outcome === 'merged') this.spread(entry, owner);
    else if (outcome !== 'known' && outcome !== 'below-floor') this.#parts.onRefused(entry, owner, outcome);
    return outcome;
  }

  /** A peer has a large entry, which this node asks for if it lacks it and waits for it from nobody. */
  receiveAnnounce({ lane, stream, version }: Announce, from: KvPeer): void {
    const { state, env, ownName, budget, send } = this.#parts;
    const { nowMs } = env.clock;
    const dot = { stream, version };
    const laneState = lane === 0 ? state.shared : state.owned;
    if (lane === 0 && laneState.covers(dot)) this.#parts.watcher?.repeated(dot);
    if (laneState.covers(dot) || nowMs < (this.#pulls.get(idOf(dot))?.untilMs ?? 0)) return;
    const message = encodeKvMessage({ type: 'pull', from: ownName, lane, dots: [dot] });
    if (!budget.take(lane === 0 ? 'rumors' : 'owned', message.length)) return;
    remember(this.#pulls, idOf(dot), { from: from.name, untilMs: nowMs + pullTimeoutMs });
    send(from, message, 'packet');
  }

  /** A peer asks for entries that were announced. */
  receivePull({ dots }: Pull, from: KvPeer): void {
    const { budget, send } = this.#parts;
    for (const dot of dots.slice(0, dotsPerPullMax)) {
      const held = this.#held.get(idOf(dot));
      if (held === undefined || !this.#isShown(held)) continue;
      const message = this.#encodeRumor(held);
      if (budget.take('transfer', message.length)) send(from, message, 'stream');
    }
  }

  /** Nothing is spread any longer. */
  stop(): void {
    this.#parts.env.timers.cancel(this.#wakeTimer);
    this.#queue.clear();
    this.#held.clear();
    this.#pulls.clear();
  }

  #wakeIn(delayMs: number): void {
    const { clock, timers } = this.#parts.env;
    if (!this.#wakeTimer.isArmed) timers.arm(this.#wakeTimer, clock.nowMs + delayMs);
  }

  #hold(held: Held): void {
    remember(this.#held, idOf(held.entry), held);
  }

  #isShown({ entry, owner }: Held): boolean {
    const { state } = this.#parts;
    const shown = entry.lane === 0 ? state.shared.get(entry.key) : state.owned.get(owner.node, entry.key);
    return shown?.stream === entry.stream && shown.version === entry.version;
  }

  #encodeRumor({ entry, owner, sinceMs }: Held): Uint8Array {
    const { nowMs } = this.#parts.env.clock;
    const ageMs = entry.ttlMs === 0 ? 0 : Math.min(entry.ttlMs, Math.floor(entry.ageMs + nowMs - sinceMs));
    return encodeKvMessage({ type: 'rumor', owner, entry: { ...entry, ageMs } });
  }

  #encodeAnnounce({ lane, stream, version, value }: SharedEntry | OwnedEntry): Uint8Array {
    const { ownName } = this.#parts;
    return encodeKvMessage({
      type: 'announce',
      from: ownName,
      lane: lane as 0 | 1,
      stream,
      version,
      bytes: value.length,
    });
  }
}

/** How often a rumor is sent (memberlist `retransmitLimit`). */
function sendLimit(mult: number, nodeCount: number): number {
  return mult * Math.ceil(Math.log10(nodeCount + 1));
}

/** The oldest makes room. */
function remember<Value>(map: Map<string, Value>, id: string, value: Value): void {
  map.delete(id);
  map.set(id, value);
  if (map.size <= pullsMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function idOf({ stream, version }: Dot): string {
  return `${stream}${version}`;
}
