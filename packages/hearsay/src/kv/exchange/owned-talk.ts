import { pieceDigest, pieceParts } from '../codec/index.ts';
import { emptyRow } from '../coverage.ts';
import { bucketOf } from '../digest-hash.ts';
import type { OwnedPart, Rows } from '../messages.ts';
import type { OwnedLane } from '../owned-lane.ts';
import { packedBytes } from '../pack.ts';
import type { DeltaPiece, DigestPart, OwnedParts, ResyncPiece } from '../protocol.ts';
import type { OwnedLaneNumber } from '../stream.ts';
import { DigestAssembly } from './digest-assembly.ts';
import { LaneSnapshot, reconstruct } from './lane-snapshot.ts';
import { shareOf } from './outbox.ts';
import type { PeerRows } from './parts.ts';
import { ownedRefusals } from './refusals.ts';
import { trySendDigest } from './send-digest.ts';
import { headOf, type Reception, type Session, type Shop, type Talk } from './talk.ts';
import type { OutgoingTransfer } from './transfers.ts';

/** About what a part takes beside its entries: its owner and row. */
const partBytes = 64;

/** Which bucket of a lane comes first in the next question: not all find room in one, and each has its turn. */
export class BucketRotation {
  #next: number = 0;

  /** The buckets, ascending, beginning with the one whose turn it is. */
  order(buckets: readonly number[]): number[] {
    return [...buckets.filter((bucket) => bucket >= this.#next), ...buckets.filter((bucket) => bucket < this.#next)];
  }

  /** The bucket had its turn. */
  passed(bucket: number): void {
    this.#next = bucket + 1;
  }
}

/**
 * One owned lane of one session. Each stream stands for itself, so that some buckets may be left for another time, and
 * what arrives is applied whether or not the rest does.
 */
export class OwnedTalk implements Talk {
  readonly #shop: Shop;
  readonly #session: Session;
  readonly #number: OwnedLaneNumber;
  readonly #lane: OwnedLane;
  /** Our rows as we compared them. */
  readonly #kept: LaneSnapshot;
  readonly #digest: DigestAssembly;
  readonly #arrived = new Set<number>();
  /** What we have said of which buckets: what comes is an answer to that (R6). */
  #said: LaneSnapshot | undefined;
  #buckets: ReadonlySet<number> = new Set();
  /** Buckets that the other side has alike. */
  #alike: ReadonlySet<number> = new Set();
  #hasSent: boolean = false;
  #hasAll: boolean = false;
  #pieceCount: number | undefined;
  #transfer: OutgoingTransfer | undefined;

  constructor(shop: Shop, session: Session, number: OwnedLaneNumber, kept: LaneSnapshot) {
    this.#shop = shop;
    this.#session = session;
    this.#number = number;
    this.#lane = number === 1 ? shop.parts.state.owned : shop.parts.state.telemetry;
    this.#kept = kept;
    this.#digest = new DigestAssembly(shop.held);
  }

  get isDone(): boolean {
    return this.#hasSent && this.#hasAll;
  }

  get isTransferring(): boolean {
    return this.#transfer !== undefined;
  }

  /** The asker's step: the rows of as many of the buckets that differ as there is room for. */
  ask(differing: readonly number[], rotation: BucketRotation): void {
    const { limits, outbox, parts } = this.#shop;
    const head = { ...headOf(this.#shop, this.#session), lane: this.#number, isAnswer: false } as const;
    const list = this.#kept.list(rotation.order(differing));
    const packets = pieceDigest({ ...head, laneHash: this.#kept.hash }, list, parts.packetMaxBytes);
    const partCount = Math.min(packets.length, limits.digestPacketsMax);
    const sent = packets.slice(0, partCount).map((packet): DigestPart => ({ ...packet, partCount }));
    const buckets = sent.flatMap((packet) => packet.buckets.map(({ bucket }) => bucket));
    this.#say(this.#kept, new Set(buckets));
    this.#alike = new Set([...this.#kept.hashes.keys()].filter((bucket) => !differing.includes(bucket)));
    rotation.passed(buckets.at(-1)!);
    if (!outbox.trySendAll(this.#session.peer, sent, shareOf(this.#number))) this.close();
  }

  receiveDigest(part: DigestPart): Reception {
    const reception = this.#digest.receive(part);
    if (reception !== 'complete') return reception;
    const { buckets, rows } = this.#digest;
    if (this.#session.role === 'answerer') {
      if (!this.#tryAnswer(buckets)) return 'used';
    } else if (!isSameSet(buckets, this.#buckets)) {
      this.close();
      return 'invalid';
    }
    this.#shop.parts.onPeerRows(this.#session.peer, this.#number, this.#rowsOfPeer(rows));
    this.#send(rows);
    return 'used';
  }

  receivePiece(piece: DeltaPiece | ResyncPiece | OwnedParts): Reception {
    if (piece.type !== 'owned' || this.#said === undefined) return 'invalid';
    if (this.#arrived.has(piece.piece)) return 'again';
    this.#pieceCount ??= piece.pieceCount;
    if (piece.piece >= piece.pieceCount || piece.pieceCount !== this.#pieceCount) return 'invalid';
    if (piece.parts.some(({ stream }) => !this.#buckets.has(bucketOf(stream)))) return 'invalid';
    this.#arrived.add(piece.piece);
    this.#hasAll = this.#arrived.size === this.#pieceCount;
    const { rows } = this.#said;
    this.#apply(piece.parts.map((part) => ({ ...part, basis: rows.get(part.stream) ?? emptyRow })));
    return 'used';
  }

  receiveBusy(): void {
    // Only the shared lane waits for others.
  }

  close(): void {
    if (this.#transfer !== undefined) this.#shop.transfers.cancel(this.#transfer);
    this.#transfer = undefined;
    this.#hasSent = true;
    this.#hasAll = true;
    this.#digest.release();
  }

  /** The answerer's step: what it has now of the buckets in question. */
  #tryAnswer(buckets: ReadonlySet<number>): boolean {
    const now = this.#shop.snapshots.take(this.#lane.digest());
    this.#say(now, buckets);
    if (
      trySendDigest(this.#shop, this.#session, { lane: this.#number, laneHash: now.hash }, now.list(buckets), 'packet')
    )
      return true;
    this.close();
    return false;
  }

  #say(snapshot: LaneSnapshot, buckets: ReadonlySet<number>): void {
    this.#said = snapshot;
    this.#buckets = buckets;
  }

  #rowsOfPeer(rows: Rows): PeerRows {
    const [buckets, alike, kept] = [this.#buckets, this.#alike, this.#kept.rows];
    return (stream) => {
      const bucket = bucketOf(stream);
      if (buckets.has(bucket)) return rows.get(stream) ?? emptyRow;
      return alike.has(bucket) ? (kept.get(stream) ?? emptyRow) : undefined;
    };
  }

  /** What the peer lacks of the buckets in question: in packets, or over streams when it is much. */
  #send(theirs: Rows): void {
    const { limits, outbox, parts, transfers } = this.#shop;
    const head = { ...headOf(this.#shop, this.#session), lane: this.#number } as const;
    const digest = { lane: this.#number, rows: this.#asIfAlike(theirs) } as const;
    const all = this.#lane.deltaFor(digest).parts;
    const { peer, onProgress } = this.#session;
    if (bytesOf(all) > limits.ownedPacketsMaxBytes && transfers.hasRoom) {
      this.#transfer = {
        to: peer,
        kind: 'owned',
        entryCount: all.reduce((sum, { entries }) => sum + entries.length, 0),
        frames: pieceParts(head, all, limits.frameMaxBytes),
        onFrame: (isEnd) => {
          if (isEnd) this.#hasSent = true;
          if (isEnd) this.#transfer = undefined;
          onProgress();
        },
      };
      transfers.start(this.#transfer);
      return;
    }
    this.#hasSent = true;
    const some =
      bytesOf(all) > limits.ownedPacketsMaxBytes ? this.#lane.deltaFor(digest, limits.ownedPacketsMaxBytes).parts : all;
    outbox.trySendAll(peer, pieceParts(head, some, parts.packetMaxBytes), shareOf(this.#number));
  }

  /** The peer's rows of the buckets in question, and our own of the others: of those it lacks nothing. */
  #asIfAlike(theirs: Rows): Rows {
    const now = this.#shop.snapshots.take(this.#lane.digest());
    return reconstruct(now, new LaneSnapshot(theirs), this.#buckets).rows;
  }

  #apply(parts: readonly OwnedPart[]): void {
    const { parts: shop, stats } = this.#shop;
    const results = this.#lane.applyDelta({ lane: this.#number, parts });
    const refusals = results.flatMap((result, index) => ownedRefusals(this.#number, parts[index]!, result));
    stats.ownedSynced += results.filter(({ outcome }) => outcome === 'committed').length;
    if (refusals.length > 0) shop.onRefusals(this.#session.peer, refusals);
    const ahead = parts.filter((_, index) => results[index]!.outcome === 'own-stream-ahead');
    if (ahead.length === 0) return;
    const latest = ahead
      .map(({ owner }) => owner.generation)
      .toSorted()
      .at(-1)!;
    shop.onOwnStreamAhead(this.#number, latest);
  }
}

function bytesOf(parts: readonly OwnedPart[]): number {
  let bytes = 0;
  for (const { entries } of parts) bytes += entries.reduce((sum, entry) => sum + packedBytes(entry), partBytes);
  return bytes;
}

function isSameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
