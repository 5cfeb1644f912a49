import { pieceEntries, pieceResync } from '../codec/index.ts';
import { emptyRow } from '../coverage.ts';
import type { SharedEntry } from '../entry.ts';
import type { ApplyResult, Owners, Rows, SharedDelta, SharedResync } from '../messages.ts';
import { packedBytes } from '../pack.ts';
import type { DeltaPiece, DigestPart, OwnedParts, ResyncPiece } from '../protocol.ts';
import { isBehind } from '../stream-table.ts';
import { DigestAssembly } from './digest-assembly.ts';
import { isAnyGcLineRaised, isSameHash, LaneSnapshot, reconstruct } from './lane-snapshot.ts';
import { sharedRefusals } from './refusals.ts';
import { trySendDigest } from './send-digest.ts';
import { SharedIntake } from './shared-intake.ts';
import { headOf, type Reception, type Session, type Shop, type Talk } from './talk.ts';
import type { OutgoingTransfer } from './transfers.ts';

/** When to ask again one who is taking a transfer, in milliseconds. Chosen: most of them take less. */
const busyTakingMs = 1_000;

/**
 * A resync of which an entry was refused comes as a whole again: not at once, in milliseconds. Chosen: entries are ahead of
 * our clock for some seconds, if ever they are to be taken.
 */
const refusedMs = 5_000;

/** The shared lane of one session. `exchange.ts` says why its steps keep the six rules. */
export class SharedTalk implements Talk {
  readonly #shop: Shop;
  readonly #session: Session;
  /** Our rows as we compared them: those from which the asker lists, and those that the answerer has hashed. */
  readonly #kept: LaneSnapshot;
  readonly #digest: DigestAssembly;
  readonly #intake: SharedIntake;
  #asked: readonly number[] = [];
  /** The asker takes nothing but a resync, and gives nothing. */
  #isForced: boolean = false;
  #hasSent: boolean = false;
  #hasRefused: boolean = false;
  #transfer: OutgoingTransfer | undefined;

  constructor(shop: Shop, session: Session, kept: LaneSnapshot) {
    const { held, parts, slot } = shop;
    this.#shop = shop;
    this.#session = session;
    this.#kept = kept;
    this.#digest = new DigestAssembly(held);
    this.#intake = new SharedIntake({
      lane: parts.state.shared,
      clock: parts.clock,
      peer: session.peer.name,
      held,
      slot,
      isForced: () => this.#isForced,
      onResult: (result, entries, owners) => this.#onResult(result, entries, owners),
      onTransfer: parts.onTransfer,
    });
  }

  get isDone(): boolean {
    return this.#hasSent && this.#intake.isDone;
  }

  get #mustResync(): boolean {
    return this.#shop.parts.mustResync?.() ?? false;
  }

  get isTransferring(): boolean {
    return this.#transfer !== undefined || (this.#intake.isStaged && !this.#intake.isDone);
  }

  /** The asker's step: all rows of the buckets that differ. */
  ask(buckets: readonly number[]): void {
    this.#asked = buckets;
    this.#isForced = this.#mustResync;
    const about = { lane: 0, laneHash: this.#kept.hash, wantsResync: this.#isForced } as const;
    if (!trySendDigest(this.#shop, this.#session, about, this.#kept.list(buckets), 'packet')) this.close();
  }

  receiveDigest(part: DigestPart): Reception {
    const reception = this.#digest.receive(part);
    if (reception !== 'complete') return reception;
    const { buckets, laneHash, rows } = this.#digest;
    const theirs = reconstruct(this.#kept, new LaneSnapshot(rows), buckets);
    const isAsked = this.#session.role === 'answerer' || isSameSet(buckets, this.#asked);
    if (!isAsked || !isSameHash(theirs.hash, laneHash)) {
      this.close();
      return 'invalid';
    }
    if (this.#session.role === 'asker') this.#conclude(theirs);
    else this.#answer(theirs, buckets);
    return 'used';
  }

  receivePiece(piece: DeltaPiece | ResyncPiece | OwnedParts): Reception {
    if (piece.type === 'owned') return 'invalid';
    const outcome = this.#intake.receive(piece);
    if (outcome === 'busy') this.#hasRefused = true;
    if (outcome === 'busy' || (outcome === 'done' && this.#hasRefused)) {
      this.#sayBusy(busyTakingMs);
      return 'used';
    }
    return outcome === 'taken' ? 'used' : outcome === 'done' ? 'again' : outcome;
  }

  receiveBusy(): void {
    if (!this.#digest.isComplete) this.close();
    else if (this.#transfer === undefined || !(this.#intake.isStaged || this.#intake.isDone)) this.#intake.giveUp();
    else this.#cancelTransfer();
  }

  close(): void {
    this.#cancelTransfer();
    this.#hasSent = true;
    this.#intake.giveUp();
    this.#digest.release();
  }

  /** The answerer's step: says what it has now of the buckets in question, and gives what the asker lacks. */
  #answer(theirs: LaneSnapshot, buckets: ReadonlySet<number>): void {
    const { parts, slot, snapshots } = this.#shop;
    if (slot.isTaken(parts.clock.nowMs) || this.#mustResync) {
      this.#sayBusy(busyTakingMs);
      this.close();
      return;
    }
    const now = snapshots.take(parts.state.shared.digest());
    const said = reconstruct(this.#kept, now, buckets);
    const { wantsResync } = this.#digest;
    const delta = wantsResync ? parts.state.shared.resync() : this.#deltaFor(theirs.rows);
    // What comes by stream would be of no use if a packet with rows was lost.
    const channel = delta !== undefined && this.#isLarge(delta) ? 'stream' : 'packet';
    const about = { lane: 0, laneHash: said.hash } as const;
    if (!trySendDigest(this.#shop, this.#session, about, now.list(buckets), channel)) {
      this.close();
      return;
    }
    this.#send(delta);
    this.#hear(said.rows, theirs);
    if (wantsResync) this.#intake.giveUp();
  }

  /** The asker's last step: gives what the answerer lacks, and takes what it has sent. */
  #conclude(theirs: LaneSnapshot): void {
    // The rows that were listed no longer say which deletions were dropped here.
    const isStale = isAnyGcLineRaised(this.#kept.rows, this.#shop.parts.state.shared.digest().rows);
    this.#send(isStale || this.#isForced ? undefined : this.#deltaFor(theirs.rows));
    this.#hear(this.#kept.rows, theirs);
  }

  #hear(said: Rows, theirs: LaneSnapshot): void {
    this.#shop.parts.onPeerRows(this.#session.peer, 0, (stream) => theirs.rows.get(stream) ?? emptyRow);
    this.#intake.learn(said, theirs.rows);
    // Who is behind sends nothing, as we would not listen (R2); unless we are behind it too, and a resync comes.
    const { rows } = this.#shop.parts.state.shared.digest();
    if (!this.#isForced && !this.#intake.isStaged && isBehind(theirs.rows, rows) && !isBehind(rows, theirs.rows))
      this.#intake.giveUp();
  }

  /** What the node with these rows lacks; nothing when it would not listen, as we are behind it (R2). */
  #deltaFor(theirs: Rows): SharedDelta | SharedResync | undefined {
    const { shared } = this.#shop.parts.state;
    const delta = shared.deltaFor({ lane: 0, rows: theirs });
    return delta.kind === 'delta' && isBehind(shared.digest().rows, theirs) ? undefined : delta;
  }

  #isLarge(delta: SharedDelta | SharedResync): boolean {
    return delta.kind === 'resync' || bytesOf(delta.entries) > this.#shop.limits.packetsMaxBytes;
  }

  #send(delta: SharedDelta | SharedResync | undefined): void {
    if (delta !== undefined && this.#isLarge(delta)) {
      this.#startTransfer(delta);
      return;
    }
    this.#hasSent = true;
    if (delta === undefined) return;
    const { outbox, parts } = this.#shop;
    const head = { ...headOf(this.#shop, this.#session), isStaged: false };
    outbox.trySendAll(this.#session.peer, pieceEntries(head, delta, parts.packetMaxBytes), 'shared');
  }

  #startTransfer(delta: SharedDelta | SharedResync): void {
    const { limits, transfers } = this.#shop;
    if (!transfers.hasRoom) {
      this.#hasSent = true;
      this.#sayBusy(transfers.retryMs);
      return;
    }
    const head = headOf(this.#shop, this.#session);
    const { peer, onProgress } = this.#session;
    this.#transfer = {
      to: peer,
      kind: delta.kind,
      entryCount: delta.entries.length,
      frames:
        delta.kind === 'resync'
          ? pieceResync(head, delta, limits.frameMaxBytes)
          : pieceEntries({ ...head, isStaged: true }, delta, limits.frameMaxBytes),
      onFrame: (isEnd) => {
        if (isEnd) this.#hasSent = true;
        if (isEnd) this.#transfer = undefined;
        onProgress();
      },
    };
    transfers.start(this.#transfer);
  }

  #cancelTransfer(): void {
    if (this.#transfer === undefined) return;
    this.#shop.transfers.cancel(this.#transfer);
    this.#transfer = undefined;
    this.#hasSent = true;
  }

  #sayBusy(retryMs: number): void {
    const { outbox, stats } = this.#shop;
    stats.busySaid += 1;
    outbox.trySend(this.#session.peer, { type: 'busy', ...headOf(this.#shop, this.#session), retryMs }, 'shared');
  }

  #onResult(result: ApplyResult, entries: readonly SharedEntry[], owners: Owners): void {
    const { parts, stats } = this.#shop;
    if (result.outcome === 'committed') stats.sharedSynced += 1;
    if (result.outcome === 'committed' && this.#isForced) parts.onResynced?.();
    if (result.refusals.length > 0) {
      const authorOf = (refused: SharedEntry): string | undefined =>
        owners.get(refused.stream)?.node ?? parts.state.shared.authorOf(refused);
      parts.onRefusals(this.#session.peer, sharedRefusals(result.refusals, entries, authorOf, parts.wallMs()));
    }
    const lateEpoch = result.refusals.reduce((latest, refusal) => Math.max(latest, refusal.lateEpoch ?? 0), 0);
    if (lateEpoch > 0) parts.onLateEpoch?.(this.#session.peer, lateEpoch);
    if (result.outcome === 'refused') this.#shop.passOver(this.#session.peer, refusedMs);
    if (result.outcome === 'own-stream-ahead') parts.onOwnStreamAhead(0);
  }
}

function bytesOf(entries: readonly SharedEntry[]): number {
  return entries.reduce((sum, entry) => sum + packedBytes(entry), 0);
}

function isSameSet(set: ReadonlySet<number>, list: readonly number[]): boolean {
  return set.size === list.length && list.every((item) => set.has(item));
}
