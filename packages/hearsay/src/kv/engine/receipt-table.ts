import { Timer } from '../../util/index.ts';
import { receiptBytes } from '../codec/index.ts';
import type { Dot } from '../entry.ts';
import type { KvEnv } from '../host.ts';
import type { PeerRows } from '../exchange/index.ts';
import { covers } from '../coverage.ts';
import type { ReceiptRow } from '../protocol.ts';
import type { Receipt, ReceiptCounts, WriteOutcome } from '../receipt.ts';
import type { Roster, RosterView } from './roster.ts';
import { SeenBits } from './seen-bits.ts';
import type { Lane } from '../stream.ts';

/** How long an entry is followed (design 3.6). */
const receiptLifeMs = 60_000;
/**
 * An entry that is so much younger is followed by somebody else too, in milliseconds. Chosen: more than any flight, by which
 * ages are short at each hop; if the youngest age counted, they would keep each other young for ever.
 */
const followedAnewMs = 10_000;
/** Entries that one node follows at a time (design 3.6). */
const ownTrackedMax = 8;
/** Entries followed by others that are passed on. Chosen: all that eight nodes may follow. */
const relayedMax = 64;
/** Receipts in one message. */
const rowsPerMessageMax = 8;
/** A row without its names or bits, at its longest: lane, stream, version, age, count. */
const rowHeadMaxBytes = 32;
/** For how long an entry that all have is still told, in milliseconds. Chosen: until all know. */
const completeToldMs = 10_000;
/** For how long names are told in full after somebody numbered members otherwise. Chosen: a failure spreads faster. */
const rosterMismatchMs = 10_000;

/** An entry that somebody follows, and who is known to have it. */
interface Tracked extends Dot {
  readonly lane: Lane;
  /** When the first of those who follow it began, by this node's clock. */
  bornAtMs: number;
  readonly seen: SeenBits;
  /** Since when all live members have it, as far as this node knows. */
  completeSinceMs: number | undefined;
  /** Of this node's users. */
  readonly handles: Set<TrackedReceipt>;
}

/** What a {@link ReceiptTable} needs. */
export interface ReceiptTableParts {
  readonly ownName: string;
  readonly env: Pick<KvEnv, 'clock' | 'timers'>;
  readonly roster: Roster;
  /** Whether this node has the effect of the entry. */
  readonly isCovered: (lane: Lane, dot: Dot) => boolean;
}

/**
 * Who has the entries that are followed. Each node adds itself to what it hears and passes it on, so that all of it comes
 * together at everybody (a bitmap for each entry, joined by OR), and the one who asks need not be told by each.
 */
export class ReceiptTable {
  readonly #parts: ReceiptTableParts;
  readonly #tracked = new Map<string, Tracked>();
  readonly #timer: Timer;
  /** Answers begin with different entries, so that all have their turn. */
  #turn: number = 0;
  #mismatchAtMs: number = -Infinity;

  constructor(parts: ReceiptTableParts) {
    this.#parts = parts;
    this.#timer = new Timer('receipts', () => this.#endOld());
  }

  /** Follows an entry; `undefined` when this node follows as many as it may. */
  track(lane: Lane, dot: Dot, outcome: () => WriteOutcome): Receipt | undefined {
    const { clock } = this.#parts.env;
    this.#endOld();
    const own = [...this.#tracked.values()].filter(({ handles }) => handles.size > 0);
    const known = this.#tracked.get(idOf(dot));
    if (own.length >= ownTrackedMax && (known === undefined || known.handles.size === 0)) return undefined;
    const tracked = known ?? this.#add(lane, dot, clock.nowMs);
    tracked.bornAtMs = clock.nowMs;
    const receipt = new TrackedReceipt(dot, {
      counts: () => this.#counts(tracked),
      outcome,
      close: () => tracked.handles.delete(receipt),
    });
    tracked.handles.add(receipt);
    this.#arm();
    return receipt;
  }

  /** What to tell another node, in at most `maxBytes`. */
  rows(maxBytes: number): readonly ReceiptRow[] {
    if (this.#tracked.size === 0) return noRows;
    this.#endOld();
    const { nowMs } = this.#parts.env.clock;
    const view = this.#parts.roster.view;
    const byName = nowMs - this.#mismatchAtMs < rosterMismatchMs;
    const all = [...this.#tracked.values()];
    this.#turn += 1;
    const rows: ReceiptRow[] = [];
    let leftBytes = maxBytes;
    for (let index = 0; index < all.length && rows.length < rowsPerMessageMax; index += 1) {
      const tracked = all[(this.#turn + index) % all.length]!;
      this.#addSelf(tracked, view);
      if (!tracked.seen.isComplete(view)) tracked.completeSinceMs = undefined;
      else tracked.completeSinceMs ??= nowMs;
      if (nowMs - (tracked.completeSinceMs ?? nowMs) > completeToldMs) continue;
      const { lane, stream, version, bornAtMs, seen } = tracked;
      const head = { lane, stream, version, ageMs: Math.floor(nowMs - bornAtMs) };
      const row = {
        ...head,
        seenBy: byName ? seen.toNames(view, leftBytes - rowHeadMaxBytes, this.#turn * 13) : seen.toBitmap(view),
      };
      const bytes = receiptBytes(row);
      if (bytes > leftBytes) continue;
      leftBytes -= bytes;
      rows.push(row);
    }
    return rows;
  }

  /** Another node has told what it knows. */
  receive(rows: readonly ReceiptRow[]): void {
    const { nowMs } = this.#parts.env.clock;
    const view = this.#parts.roster.view;
    for (const { lane, stream, version, ageMs, seenBy } of rows) {
      if (ageMs >= receiptLifeMs) continue;
      const bornAtMs = nowMs - ageMs;
      let tracked = this.#tracked.get(idOf({ stream, version }));
      if (tracked === undefined) {
        if (this.#tracked.size >= relayedMax + ownTrackedMax) this.#endOld();
        if (this.#tracked.size >= relayedMax + ownTrackedMax) return;
        tracked = this.#add(lane, { stream, version }, bornAtMs);
        this.#arm();
      }
      if (bornAtMs - tracked.bornAtMs > followedAnewMs) tracked.bornAtMs = bornAtMs;
      if (seenBy.kind === 'bitmap' && seenBy.rosterHash !== view.hash) this.#mismatchAtMs = nowMs;
      // Who knows less is told again.
      if (!SeenBits.isComplete(seenBy, view)) tracked.completeSinceMs = undefined;
      if (tracked.seen.merge(seenBy, view)) tell(tracked);
    }
  }

  /** A member's coverage has become known. */
  receiveRows(peer: string, lane: Lane, rows: PeerRows): void {
    if (this.#tracked.size === 0) return;
    const view = this.#parts.roster.view;
    for (const tracked of this.#tracked.values()) {
      if (tracked.lane !== lane) continue;
      const row = rows(tracked.stream);
      if (row !== undefined && covers(row, tracked.version) && tracked.seen.add(peer, view)) tell(tracked);
    }
  }

  /** Keys may show something else than before. */
  checkOutcomes(): void {
    for (const { handles } of this.#tracked.values()) for (const handle of [...handles]) handle.checkOutcome();
  }

  /** The live members are others than before. */
  onRosterChange(): void {
    for (const tracked of this.#tracked.values()) tell(tracked);
  }

  /** Everything is over. */
  stop(): void {
    for (const { handles } of this.#tracked.values()) for (const handle of handles) handle.end();
    this.#tracked.clear();
    this.#parts.env.timers.cancel(this.#timer);
  }

  #counts(tracked: Tracked): ReceiptCounts {
    const view = this.#parts.roster.view;
    this.#addSelf(tracked, view);
    const missing = tracked.seen.missing(view);
    return { seen: view.names.length - missing.length, missing };
  }

  #add(lane: Lane, { stream, version }: Dot, bornAtMs: number): Tracked {
    const tracked: Tracked = {
      lane,
      stream,
      version,
      bornAtMs,
      seen: new SeenBits(),
      completeSinceMs: undefined,
      handles: new Set(),
    };
    this.#tracked.set(idOf(tracked), tracked);
    return tracked;
  }

  #addSelf(tracked: Tracked, view: RosterView): void {
    const { ownName, isCovered } = this.#parts;
    if (isCovered(tracked.lane, tracked)) tracked.seen.add(ownName, view);
  }

  #endOld(): void {
    const { nowMs } = this.#parts.env.clock;
    for (const [id, { bornAtMs, handles }] of this.#tracked) {
      if (nowMs - bornAtMs < receiptLifeMs) continue;
      this.#tracked.delete(id);
      for (const handle of handles) handle.end();
    }
    this.#arm();
  }

  /** One timer, for the first whose time is over. */
  #arm(): void {
    const { timers } = this.#parts.env;
    let firstMs = Infinity;
    for (const { bornAtMs } of this.#tracked.values()) firstMs = Math.min(firstMs, bornAtMs);
    if (firstMs === Infinity) timers.cancel(this.#timer);
    else timers.arm(this.#timer, firstMs + receiptLifeMs);
  }
}

/** What a {@link TrackedReceipt} asks the table for. */
interface ReceiptSource {
  readonly counts: () => ReceiptCounts;
  readonly outcome: () => WriteOutcome;
  readonly close: () => void;
}

class TrackedReceipt implements Receipt {
  readonly dot: Dot;
  readonly #source: ReceiptSource;
  #onChange: () => void = () => undefined;
  #isOver: boolean = false;
  #toldOutcome: string;

  constructor({ stream, version }: Dot, source: ReceiptSource) {
    this.dot = { stream, version };
    this.#source = source;
    this.#toldOutcome = describe(source.outcome());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  counts(): ReceiptCounts {
    return this.#source.counts();
  }

  outcome(): WriteOutcome {
    return this.#source.outcome();
  }

  onChange(callback: () => void): void {
    this.#onChange = callback;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#source.close();
  }

  /** For the table: something may be different. */
  tell(): void {
    this.#onChange();
  }

  /** For the table: what became of it may be different. */
  checkOutcome(): void {
    const outcome = describe(this.#source.outcome());
    if (outcome === this.#toldOutcome) return;
    this.#toldOutcome = outcome;
    this.#onChange();
  }

  /** For the table: its time is over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onChange();
  }
}

const noRows: readonly ReceiptRow[] = [];

function tell({ handles }: Tracked): void {
  for (const handle of [...handles]) handle.tell();
}

function describe(outcome: WriteOutcome): string {
  return outcome === 'kept' ? '' : `by ${outcome.overwrittenBy ?? ''}`;
}

function idOf({ stream, version }: Dot): string {
  return `${stream}${version}`;
}
