import type { Address, ByteReader } from '../util/index.ts';
import {
  decodeAck,
  decodeAlive,
  decodeDead,
  decodeIndirectPing,
  decodeNack,
  decodePing,
  decodeSuspect,
  MessageType,
  type Ack,
  type Alive,
  type Dead,
  type IndirectPing,
  type MessageSink,
  type Nack,
  type Ping,
  type Suspect,
} from '../wire/index.ts';
import type { Delegate } from './delegate.ts';
import type { Membership } from './membership.ts';
import type { Prober } from './prober.ts';
import type { Responder } from './responder.ts';

/** Whom an {@link Inbox} hands messages to. */
export interface InboxParts {
  readonly prober: Prober;
  readonly responder: Responder;
  readonly membership: Membership;
  readonly delegate: Delegate;
}

/**
 * Decodes the messages of a packet and hands each to whom it concerns, in the order in which they stand. Always into the
 * same objects: most packets are pings and acks, and leave no garbage.
 */
export class Inbox implements MessageSink {
  /** Where the packet in hand came from. */
  from: Address = { host: '', port: 0 };
  readonly #prober: Prober;
  readonly #responder: Responder;
  readonly #membership: Membership;
  readonly #delegate: Delegate;
  readonly #ping: Ping = { seqNo: 0, node: '', sourceAddr: null, sourcePort: 0, sourceNode: '' };
  readonly #indirectPing: IndirectPing = { ...this.#ping, target: null, port: 0, nack: false };
  readonly #ack: Ack = { seqNo: 0, payload: null };
  readonly #nack: Nack = { seqNo: 0 };
  readonly #suspect: Suspect = { incarnation: 0, node: '', from: '' };
  readonly #dead: Dead = { incarnation: 0, node: '', from: '' };
  readonly #alive: Alive = { incarnation: 0, node: '', addr: null, port: 0, meta: null, vsn: null };

  constructor(parts: InboxParts) {
    this.#prober = parts.prober;
    this.#responder = parts.responder;
    this.#membership = parts.membership;
    this.#delegate = parts.delegate;
  }

  /** A failure left in `reader` is counted by the codec. */
  receiveMessage(type: number, reader: ByteReader): void {
    switch (type) {
      case MessageType.ping:
        decodePing(reader, this.#ping);
        if (reader.failure === undefined) this.#responder.receivePing(this.#ping, this.from);
        return;
      case MessageType.ack:
        decodeAck(reader, this.#ack);
        if (reader.failure !== undefined || this.#prober.receiveAck(this.#ack, this.from)) return;
        return this.#responder.receiveAck(this.#ack.seqNo);
      case MessageType.alive:
        decodeAlive(reader, this.#alive);
        if (reader.failure === undefined) this.#membership.receiveAlive(this.#alive, this.from);
        return;
      case MessageType.suspect:
        decodeSuspect(reader, this.#suspect);
        if (reader.failure === undefined) this.#membership.receiveSuspect(this.#suspect, this.from);
        return;
      case MessageType.dead:
        decodeDead(reader, this.#dead);
        if (reader.failure === undefined) this.#membership.receiveDead(this.#dead, this.from);
        return;
      case MessageType.user:
        return this.#delegate.onUserMessage(reader.view(reader.remaining), this.from);
      case MessageType.indirectPing:
        decodeIndirectPing(reader, this.#indirectPing);
        if (reader.failure === undefined) this.#responder.receiveIndirectPing(this.#indirectPing, this.from);
        return;
      case MessageType.nack:
        decodeNack(reader, this.#nack);
        if (reader.failure === undefined) this.#prober.receiveNack(this.#nack.seqNo, this.from);
        return;
      default:
        reader.fail('unknown-type');
    }
  }
}
