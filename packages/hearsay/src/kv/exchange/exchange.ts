import { Timer } from '../../util/index.ts';
import { emptyRow } from '../coverage.ts';
import type { Digest } from '../messages.ts';
import type {
  Buckets,
  Busy,
  DeltaPiece,
  DigestPart,
  KvMessage,
  OwnedParts,
  ResyncPiece,
  Summary,
} from '../protocol.ts';
import { hashText, type Lane } from '../stream.ts';
import { isSameHash, LaneSnapshots, type LaneSnapshot } from './lane-snapshot.ts';
import { exchangeLimits, HeldBytes } from './limits.ts';
import { OpenSession } from './open-session.ts';
import { Outbox } from './outbox.ts';
import { BucketRotation, OwnedTalk } from './owned-talk.ts';
import { newExchangeStats, type ExchangeParts, type ExchangeStats, type KvPeer } from './parts.ts';
import { SharedTalk } from './shared-talk.ts';
import { StageSlot } from './stage-slot.ts';
import { headOf, type Reception, type Shop, type Talk } from './talk.ts';
import { Transfers } from './transfers.ts';

/** How often a session is looked at, in the time after which it is over. Chosen. */
const sweepsPerSession = 5;
/** The longest time for which a peer can make us pass it over, in milliseconds. Chosen. */
const busyMaxMs = 60_000;
const lanes = [0, 1, 2] as const;

/** What is said in a session about one lane. */
type LaneMessage = DigestPart | DeltaPiece | ResyncPiece | OwnedParts | Busy;

/**
 * Anti-entropy: sessions in which two nodes find out what each of them lacks, and give it to one another.
 *
 * The asker A and the answerer B, at the instants t1 to t5; R(t) are the rows of one side at an instant:
 *
 * 1. A sends a `summary` of R_A(t1). 2. B finds all lanes equal to R_B(t2) and says so, or sends the hashes of its 64
 *    buckets and keeps R_B(t2). 3. A compares with R_A(t3), keeps it, and lists all rows of buckets that differ.
 * 4. B puts E_A together: listed rows, and its own kept ones elsewhere. It answers with R_B(t4) of the same buckets, and
 *    its delta, made in the same step. 5. A puts E_B together likewise, and sends its delta.
 *
 * Packets get lost, come twice and late, and either side may start anew between any two. Why that keeps the six rules:
 *
 * - E_A is R_A(t3), and E_B is R_B(t4) where buckets were listed and R_B(t2) = R_A(t3) elsewhere. Both sides hold both of
 *   them, or the session ends: the 64-bit hash of the lane in each digest proves it, as 32-bit hashes of buckets do not.
 * - R1: B's delta is made from all that is live at t4 and not in E_A, A's from all that is live at t5 and not in E_B; the
 *   receiver takes E_B or E_A when all pieces of it were merged. That is no more than the sender covered when it looked:
 *   what is written later than a digest is sent, and covers itself alone. Taking less than is true is always safe.
 * - R2: the sender judges whether the receiver is behind with its own gc lines of this instant, and with prefixes that
 *   the receiver had and never loses: it then sends a resync. The receiver judges whether the sender is behind likewise.
 *   Neither needs the other's gc lines of buckets that were not listed. A sends nothing when its own gc lines have risen
 *   since t3, so that what it has said of them is what its delta goes by.
 * - R3: a resync carries the rows and the floor of the instant at which it was made, and all of its frames are applied in
 *   one step or not at all. R4 and R5 are the lane's own.
 * - R6: what comes is taken as an answer to E_A or E_B, whichever the receiver itself has said, and only while that holds
 *   (extras may be forgotten; coverage was true when it was said). Sessions have random numbers and are in memory only,
 *   so a new life has none, and their last bit tells which side has asked, so that two can never be mixed up.
 * - Owned lanes keep R1 to R3 and R6 for each stream by itself, and a part brings its own row: buckets may be left out.
 *
 * Equal hashes end a comparison, so they must mean that both sides show the same. Where a node may show what its rows do not
 * cover, as more ranges were needed than are remembered, it tells hashes that nobody else has.
 *
 * Anything that does not fit is counted and dropped. Memory is bounded: sessions by number, what waits by bytes.
 */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #shop: Shop;
  readonly #stats: ExchangeStats = newExchangeStats();
  /** Another one for each node. */
  readonly #salt: number;
  /** By session number, which is ours to choose. */
  readonly #asked = new Map<number, OpenSession>();
  readonly #answered = new Map<string, OpenSession>();
  readonly #rotations: Readonly<Record<1 | 2, BucketRotation>> = { 1: new BucketRotation(), 2: new BucketRotation() };
  /** Peers that are not asked about the shared lane, and until when. */
  readonly #passedOverUntilMs = new Map<string, number>();
  readonly #sweep: Timer = new Timer('state sessions', () => this.#onSweep());

  constructor(parts: ExchangeParts) {
    const limits = { ...exchangeLimits, ...parts.limits };
    this.#parts = parts;
    this.#salt = hashText(parts.ownName, 0) | 1;
    this.#shop = {
      parts,
      limits,
      outbox: new Outbox(parts, this.#stats),
      transfers: new Transfers({ ...parts, transfersMax: limits.transfersMax, frameMaxBytes: limits.frameMaxBytes }),
      snapshots: new LaneSnapshots(),
      held: new HeldBytes(limits.heldMaxBytes),
      slot: new StageSlot(),
      stats: this.#stats,
      passOver: ({ name }, durationMs) => void this.#passedOverUntilMs.set(name, parts.clock.nowMs + durationMs),
    };
  }

  /** Counters, for people. */
  get stats(): Readonly<ExchangeStats> {
    return this.#stats;
  }

  /** Sessions that are open, whoever has asked. */
  get openCount(): number {
    return this.#asked.size + this.#answered.size;
  }

  /** Bytes of what came and waits for the rest. */
  get heldBytes(): number {
    return this.#shop.held.bytes;
  }

  /** Whether a transfer of the shared map is coming in. */
  get isReceiving(): boolean {
    return this.#shop.slot.isTaken(this.#parts.clock.nowMs);
  }

  /** Asks the peer to compare. Nothing happens when a session with it that we began is still open. */
  begin(peer: KvPeer): void {
    const { clock, limitsHash, ownName, wallMs } = this.#parts;
    if (peer.name === ownName) return;
    for (const open of this.#asked.values()) if (open.peer.name === peer.name) return;
    const session = this.#newNumber(peer);
    const about = { peer, session, role: 'asker' } as const;
    const open = new OpenSession(about, this.#takeAll(), clock.nowMs, this.#onProgress);
    const [shared, owned, telemetry] = open.compared.map((snapshot) => snapshot.compared(this.#salt).hash);
    const summary: Summary = {
      type: 'summary',
      ...headOf(this.#shop, about),
      laneHashes: [shared!, owned!, telemetry!],
      limitsHash,
      clockMs: Math.max(0, Math.floor(wallMs())),
      receipts: [],
    };
    if (!this.#shop.outbox.trySendWithReceipts(peer, summary)) return;
    this.#stats.asked += 1;
    this.#asked.set(session, open);
    this.#armSweep();
  }

  /** A message of the types `summary`, `equal`, `buckets`, `digest`, `delta`, `resync`, `owned`, `busy`; others are not for it. */
  receive(message: KvMessage, from: KvPeer): void {
    switch (message.type) {
      case 'summary':
        return this.#onSummary(message, from);
      case 'equal':
      case 'buckets':
        return this.#onComparison(message, from);
      case 'digest':
      case 'delta':
      case 'resync':
      case 'owned':
      case 'busy':
        return this.#onLaneMessage(message, from);
      default:
    }
  }

  /** Forgets all sessions and cancels all timers. */
  stop(): void {
    for (const open of [...this.#asked.values(), ...this.#answered.values()]) this.#close(open);
    this.#shop.transfers.stop();
    this.#passedOverUntilMs.clear();
    this.#parts.timers.cancel(this.#sweep);
  }

  /** Step 2: says that all is equal, or in which buckets what we have may be found. */
  #onSummary(summary: Summary, peer: KvPeer): void {
    const { clock, onReceipts, onSummary } = this.#parts;
    const { session } = summary;
    if (peer.name === this.#parts.ownName || this.#isOurs(session, peer)) return this.#count('invalid');
    if (this.#answered.has(keyOf(session, peer))) return;
    if (this.#answered.size >= this.#shop.limits.answeredMax) return this.#count('too much');
    this.#stats.answered += 1;
    onSummary(peer, summary.limitsHash, summary.clockMs);
    if (summary.receipts.length > 0) onReceipts(peer, summary.receipts);
    const about = { peer, session, role: 'answerer' } as const;
    const open = new OpenSession(about, this.#takeAll(), clock.nowMs, this.#onProgress);
    const differing = lanes.filter((lane) => {
      const snapshot = open.compared[lane]!;
      const isEqual = isSameHash(snapshot.compared(this.#salt).hash, summary.laneHashes[lane]);
      if (isEqual) this.#onEqual(peer, lane, snapshot);
      return !isEqual;
    });
    const head = headOf(this.#shop, about);
    if (differing.length === 0) {
      this.#shop.outbox.trySendWithReceipts(peer, { type: 'equal', ...head, receipts: [] });
      return;
    }
    const answer: Buckets = {
      type: 'buckets',
      ...head,
      lanes: differing.map((lane) => ({ lane, hashes: this.#lowHalvesOf(open.compared[lane]!) })),
      receipts: [],
    };
    if (!this.#shop.outbox.trySendWithReceipts(peer, answer)) return;
    for (const lane of differing) open.talks.set(lane, this.#newTalk(open, lane, open.compared[lane]!));
    this.#answered.set(keyOf(session, peer), open);
    this.#armSweep();
  }

  /** Step 3: asks about the buckets that differ. */
  #onComparison(answer: Extract<KvMessage, { readonly type: 'equal' | 'buckets' }>, peer: KvPeer): void {
    const open = this.#asked.get(answer.session);
    if (open === undefined || open.peer.name !== peer.name || open.isCompared) return this.#count('stray');
    open.isCompared = true;
    open.touch(this.#parts.clock.nowMs);
    if (answer.receipts.length > 0) this.#parts.onReceipts(peer, answer.receipts);
    const differing = answer.type === 'equal' ? [] : answer.lanes;
    if (answer.type === 'equal') this.#stats.equal += 1;
    for (const lane of lanes) {
      const theirs = differing.find((one) => one.lane === lane);
      if (theirs === undefined) this.#onEqual(peer, lane, open.compared[lane]!);
      else this.#ask(open, lane, theirs.hashes);
    }
    this.#closeIfDone(open);
  }

  #ask(open: OpenSession, lane: Lane, lowHalves: readonly number[]): void {
    const { clock, state } = this.#parts;
    const now = this.#shop.snapshots.take(laneOf(state, lane).digest());
    const { hash, hashes } = now.compared(this.#salt);
    let buckets = [...hashes.keys()].filter((bucket) => hashes[bucket]!.low !== lowHalves[bucket]);
    if (buckets.length === 0) {
      // What differed has come meanwhile; or else two halves are the same by chance, and nobody can tell which.
      if (!isSameHash(hash, open.compared[lane]!.compared(this.#salt).hash)) return;
      buckets = [...hashes.keys()];
    }
    if (lane !== 0) {
      const talk = new OwnedTalk(this.#shop, open, lane, now);
      open.talks.set(lane, talk);
      talk.ask(buckets, this.#rotations[lane]);
      return;
    }
    const isPassedOver = (this.#passedOverUntilMs.get(open.peer.name) ?? 0) > clock.nowMs;
    // What comes in will bring the same, and while it does it is not known what will be lacking.
    if (isPassedOver || this.#shop.slot.isTaken(clock.nowMs)) return;
    const talk = new SharedTalk(this.#shop, open, now);
    open.talks.set(lane, talk);
    talk.ask(buckets);
  }

  /** Steps 4 and 5. */
  #onLaneMessage(message: LaneMessage, peer: KvPeer): void {
    const { session } = message;
    const open = this.#isOurs(session, peer) ? this.#asked.get(session) : this.#answered.get(keyOf(session, peer));
    const talk = open?.talks.get('lane' in message ? message.lane : 0);
    if (open === undefined || talk === undefined || open.peer.name !== peer.name) return this.#count('stray');
    const reception = this.#hand(message, talk, open);
    this.#count(reception);
    if (reception === 'used') open.touch(this.#parts.clock.nowMs);
    if (reception === 'too much') talk.close();
    this.#closeIfDone(open);
  }

  #hand(message: LaneMessage, talk: Talk, { role, peer }: OpenSession): Reception {
    switch (message.type) {
      case 'digest':
        return message.isAnswer === (role === 'asker') ? talk.receiveDigest(message) : 'invalid';
      case 'busy':
        this.#stats.busyHeard += 1;
        this.#shop.passOver(peer, Math.min(message.retryMs, busyMaxMs));
        talk.receiveBusy();
        return 'used';
      default:
        return talk.receivePiece(message);
    }
  }

  /** The peer has of a lane what we have. */
  #onEqual(peer: KvPeer, lane: Lane, { rows }: LaneSnapshot): void {
    if (lane === 0) {
      this.#stats.sharedSynced += 1;
      if (this.#parts.mustResync?.() === true) this.#parts.onResynced?.();
    }
    this.#parts.onPeerRows(peer, lane, (stream) => rows.get(stream) ?? emptyRow);
  }

  readonly #onProgress = (open: OpenSession): void => {
    open.touch(this.#parts.clock.nowMs);
    this.#closeIfDone(open);
  };

  #onSweep(): void {
    const { nowMs } = this.#parts.clock;
    for (const open of [...this.#asked.values(), ...this.#answered.values()]) {
      if (!open.isExpired(nowMs, this.#shop.limits)) continue;
      this.#stats.expired += 1;
      this.#close(open);
    }
    for (const [name, untilMs] of this.#passedOverUntilMs) if (untilMs <= nowMs) this.#passedOverUntilMs.delete(name);
    this.#armSweep();
  }

  #armSweep(): void {
    const { clock, timers } = this.#parts;
    if (this.#sweep.isArmed || this.openCount + this.#passedOverUntilMs.size === 0) return;
    timers.arm(this.#sweep, clock.nowMs + this.#shop.limits.sessionMs / sweepsPerSession);
  }

  #closeIfDone(open: OpenSession): void {
    if (open.isDone) this.#close(open);
  }

  #close(open: OpenSession): void {
    if (open.role === 'asker') this.#asked.delete(open.session);
    else this.#answered.delete(keyOf(open.session, open.peer));
    open.close();
  }

  #newTalk(open: OpenSession, lane: Lane, kept: LaneSnapshot): SharedTalk | OwnedTalk {
    return lane === 0 ? new SharedTalk(this.#shop, open, kept) : new OwnedTalk(this.#shop, open, lane, kept);
  }

  #takeAll(): LaneSnapshot[] {
    return lanes.map((lane) => this.#shop.snapshots.take(laneOf(this.#parts.state, lane).digest()));
  }

  #lowHalvesOf(snapshot: LaneSnapshot): number[] {
    return snapshot.compared(this.#salt).hashes.map(({ low }) => low);
  }

  /** Random, and such that both sides know from it who has asked. */
  #newNumber(peer: KvPeer): number {
    for (;;) {
      const session = ((this.#parts.rng.nextUint32() & ~1) | askerBit(this.#parts.ownName, peer.name)) >>> 0;
      if (!this.#asked.has(session)) return session;
    }
  }

  #isOurs(session: number, peer: KvPeer): boolean {
    return (session & 1) === askerBit(this.#parts.ownName, peer.name);
  }

  #count(reception: Reception | 'stray'): void {
    if (reception === 'stray') this.#stats.stray += 1;
    if (reception === 'invalid') this.#stats.invalid += 1;
    if (reception === 'too much') this.#stats.tooMuch += 1;
  }
}

function askerBit(asker: string, answerer: string): 0 | 1 {
  return asker < answerer ? 0 : 1;
}

function keyOf(session: number, { name }: KvPeer): string {
  return `${session}/${name}`;
}

function laneOf({ shared, owned, telemetry }: ExchangeParts['state'], lane: Lane): { digest(): Digest } {
  return lane === 0 ? shared : lane === 1 ? owned : telemetry;
}
