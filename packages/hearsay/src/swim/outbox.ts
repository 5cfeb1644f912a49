import { ByteWriter, type Address } from '../util/index.ts';
import { MessageType, packCompound, wireLimits, type PacketCodec } from '../wire/index.ts';
import type { BroadcastQueue } from './broadcast-queue.ts';
import type { Delegate } from './delegate.ts';
import type { SwimEffects } from './effects.ts';
import { swimLimits } from './limits.ts';
import { protocolMax, type Member } from './member.ts';
import {
  compoundPartOverheadBytes,
  gossipBudgetBytes,
  piggybackBudgetBytes,
  userMessageOverheadBytes,
} from './packet-budget.ts';
import type { SwimStats } from './stats.ts';

/** Protocol version from which a node understands the checksum header. */
export const checksumSinceProtocol = 5;

/** What an {@link Outbox} is made of. */
export interface OutboxParts {
  readonly codec: PacketCodec;
  readonly queue: BroadcastQueue;
  readonly delegate: Delegate;
  readonly effects: SwimEffects;
  readonly stats: SwimStats;
  /** Target size of a packet (`SwimConfig.packetMaxBytes`). */
  readonly packetMaxBytes: number;
  /** What membership rumors may claim of a packet while user messages wait (`SwimConfig.membershipShare`). */
  readonly membershipShare: number;
}

/**
 * Packs a message with what can ride along, wraps and sends it. One at a time: {@link begin}, encode, {@link send}.
 *
 * Bare acks to peers are the bulk of all traffic, so when nothing waits to ride along nothing is built for it.
 */
export class Outbox {
  readonly #codec: PacketCodec;
  readonly #queue: BroadcastQueue;
  readonly #delegate: Delegate;
  readonly #effects: SwimEffects;
  readonly #stats: SwimStats;
  readonly #packetMaxBytes: number;
  readonly #membershipShare: number;
  readonly #primary: ByteWriter = new ByteWriter();
  readonly #compound: ByteWriter = new ByteWriter();
  readonly #parts: Uint8Array[] = [];
  readonly #userMessages: Uint8Array[] = [];
  #sharedPackets: number = 0;
  /** What is kept for user messages while the same rumors go to several receivers. */
  #keptBytes: number | undefined;

  constructor(parts: OutboxParts) {
    this.#codec = parts.codec;
    this.#queue = parts.queue;
    this.#delegate = parts.delegate;
    this.#effects = parts.effects;
    this.#stats = parts.stats;
    this.#packetMaxBytes = parts.packetMaxBytes;
    this.#membershipShare = parts.membershipShare;
  }

  /** Whether anything waits to be gossiped. */
  get hasNews(): boolean {
    return this.#queue.count > 0 || this.#delegate.hasBroadcasts();
  }

  /** Where to encode the next primary message. */
  begin(): ByteWriter {
    this.#primary.reset();
    return this.#primary;
  }

  /**
   * Sends the primary message with whatever fits beside it. `receiver` is the record of the member at `to`, if known;
   * as in memberlist these packets carry no checksum.
   */
  send(to: Address, receiver: Member | undefined): void {
    const primary = this.#primary.view();
    if (!this.hasNews) return this.#transmit(to, primary, false);
    const parts = this.#parts;
    parts.length = 0;
    parts.push(primary);
    this.#choose(receiver, piggybackBudgetBytes(this.#packetMaxBytes, primary.length, this.#overheadBytes));
    this.#queue.putBack();
    this.#sendParts(to, parts, false);
    parts.length = 0;
  }

  /** Sends exactly these messages, in one packet when they are few. */
  sendExactly(to: Address, messages: readonly Uint8Array[], withChecksum: boolean): void {
    this.#sendParts(to, messages, withChecksum);
  }

  /** How many packets would be full if all that presses of what is told of members were sent once. */
  get fullRumorPacketCount(): number {
    const bytes = this.#queue.pressingBytes + compoundPartOverheadBytes * this.#queue.pressingCount;
    return Math.floor(bytes / this.#gossipBudgetBytes);
  }

  /** How often a rumor about a member is sent, as things stand. */
  get rumorTransmitLimit(): number {
    return this.#queue.transmitLimit;
  }

  /** Ends rumors that were sent as often as that. */
  finishSentRumors(): void {
    this.#queue.finishSent();
  }

  /**
   * Fills gossip packets for `member`, the first with whatever waits, up to `packetsMax` in all with more of what is told of
   * members, no message twice. `isAssured`: `member` is one to whom news has to go. `transmits` as in `putBack` of the queue:
   * after 0 the next receiver gets the same rumors. Returns how many messages they hold; 0 when there was nothing to send.
   */
  sendGossip(
    to: Address,
    member: Member,
    packetsMax: number = 1,
    isAssured: boolean = true,
    transmits: number = 1,
  ): number {
    const parts = this.#parts;
    parts.length = 0;
    const userBytes = this.#choose(member, this.#gossipBudgetBytes, this.#keptBytes);
    // The next receiver gets the same rumors if they have the same room.
    this.#keptBytes = transmits === 0 ? userBytes : undefined;
    let count = this.#sendChosen(to, member);
    // The first may hold nothing while more is left: all of it is kept for user messages, and none has come.
    for (let packets = 2; packets <= packetsMax; packets++) {
      this.#queue.takeAside(compoundPartOverheadBytes, this.#gossipBudgetBytes, parts);
      if (parts.length === 0) break;
      count += this.#sendChosen(to, member);
    }
    this.#queue.putBack(isAssured, transmits);
    return count;
  }

  /** Returns how many messages that were. */
  #sendChosen(to: Address, member: Member): number {
    const count = this.#parts.length;
    if (count > 0) this.#sendParts(to, this.#parts, protocolMax(member) >= checksumSinceProtocol);
    this.#parts.length = 0;
    return count;
  }

  /** The longest user message that fits into one packet of its own. */
  get userMessageMaxBytes(): number {
    return this.#gossipBudgetBytes - userMessageOverheadBytes;
  }

  get #gossipBudgetBytes(): number {
    return gossipBudgetBytes(this.#packetMaxBytes, this.#overheadBytes);
  }

  get #overheadBytes(): number {
    return this.#codec.labelOverheadBytes + this.#codec.encryptionOverheadBytes;
  }

  /**
   * Takes aside and appends what rides along within `budgetBytes`. Membership goes first, but while user messages wait it keeps to its
   * share, and every few packets they choose first: else a long one would never find room (hashicorp/memberlist#299). With `keptBytes`
   * that is what they have. Returns what they have taken, or could have.
   */
  #choose(receiver: Member | undefined, budgetBytes: number, keptBytes?: number): number {
    const userMessages = this.#userMessages;
    userMessages.length = 0;
    if (this.#delegate.hasBroadcasts()) {
      const userBudgetBytes = keptBytes ?? this.#userBudgetBytes(budgetBytes);
      if (userBudgetBytes > userMessageOverheadBytes) {
        this.#delegate.takeBroadcasts(receiver, userMessageOverheadBytes, userBudgetBytes, userMessages);
      }
    }
    let userBytes = 0;
    for (const message of userMessages) userBytes += userMessageOverheadBytes + message.length;
    userBytes = keptBytes ?? userBytes;
    this.#queue.takeAside(compoundPartOverheadBytes, budgetBytes - userBytes, this.#parts);
    for (const message of userMessages) this.#parts.push(asUserMessage(message));
    userMessages.length = 0;
    return userBytes;
  }

  #userBudgetBytes(budgetBytes: number): number {
    this.#sharedPackets += 1;
    const isUsersTurn = this.#sharedPackets % swimLimits.userFirstEveryPackets === 0;
    return budgetBytes - (isUsersTurn ? 0 : this.#wantedByRumors(budgetBytes));
  }

  /** What membership rumors may claim of a packet while user messages wait. */
  #wantedByRumors(budgetBytes: number): number {
    const wantedBytes = this.#queue.queuedBytes + compoundPartOverheadBytes * this.#queue.count;
    return Math.min(wantedBytes, Math.floor(budgetBytes * this.#membershipShare));
  }

  #sendParts(to: Address, parts: readonly Uint8Array[], withChecksum: boolean): void {
    if (parts.length === 1) return this.#transmit(to, parts[0]!, withChecksum);
    for (let start = 0; start < parts.length; start += wireLimits.compoundSentPartsMax) {
      const end = start + wireLimits.compoundSentPartsMax;
      const some = start === 0 && end >= parts.length ? parts : parts.slice(start, end);
      this.#compound.reset();
      packCompound(this.#compound, some);
      this.#transmit(to, this.#compound.view(), withChecksum);
    }
  }

  #transmit(to: Address, content: Uint8Array, withChecksum: boolean): void {
    const packet = this.#codec.wrap(content, withChecksum);
    this.#stats.packetsSent += 1;
    this.#stats.bytesSent += packet.length;
    this.#effects.sendPacket(to, packet);
  }
}

/** A user message as it travels in a packet. */
export function asUserMessage(payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + payload.length);
  message[0] = MessageType.user;
  message.set(payload, 1);
  return message;
}
