import { Timer, type Address } from '../util/index.ts';
import { encodeAck, encodeNack, encodePing, toAddress, type Ack, type IndirectPing, type Ping } from '../wire/index.ts';
import type { Delegate } from './delegate.ts';
import type { DirectPaths } from './direct-paths.ts';
import type { SwimEnv } from './effects.ts';
import type { EvidenceRecorder } from './evidence/recorder.ts';
import { swimLimits } from './limits.ts';
import type { MemberList } from './member-list.ts';
import type { Member } from './member.ts';
import type { Outbox } from './outbox.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import type { SwimStats } from './stats.ts';

/**
 * When a helper says that it got no answer, as a share of the probe timeout: at its end, as memberlist does it, the nack
 * often arrives when the asker's period is over, and the asker blames itself (Lifeguard §IV.A uses 80 %).
 */
const nackAfterShare = 0.8;

/** A ping on behalf of another node. */
interface Relay {
  /** Whom it is to, and who asked. */
  readonly node: string;
  readonly askerName: string;
  readonly startedAtMs: number;
  /** The asker's number, to be echoed. */
  readonly seqNo: number;
  readonly asker: Address;
  /** When the nack is due, and after that when the relay ends. */
  readonly timer: Timer;
}

/** What a {@link Responder} is made of. */
export interface ResponderParts {
  readonly self: Member;
  readonly members: MemberList;
  readonly evidence: EvidenceRecorder;
  readonly paths: DirectPaths;
  readonly probeTimeoutMs: number;
  /** Stands for a port of 0 in an indirect ping. */
  readonly bindPort: number;
  readonly outbox: Outbox;
  readonly delegate: Delegate;
  readonly sequenceNumbers: SequenceNumbers;
  readonly env: SwimEnv;
  readonly stats: SwimStats;
}

/** Answers pings, and pings on behalf of others. */
export class Responder {
  readonly #self: Member;
  readonly #members: MemberList;
  readonly #evidence: EvidenceRecorder;
  readonly #paths: DirectPaths;
  readonly #probeTimeoutMs: number;
  readonly #bindPort: number;
  readonly #outbox: Outbox;
  readonly #delegate: Delegate;
  readonly #sequenceNumbers: SequenceNumbers;
  readonly #env: SwimEnv;
  readonly #stats: SwimStats;
  readonly #ack: Ack = { seqNo: 0, payload: null };
  readonly #ping: Ping;
  /** By the number of our own ping. */
  readonly #relays: Map<number, Relay> = new Map();

  constructor(parts: ResponderParts) {
    this.#self = parts.self;
    this.#members = parts.members;
    this.#evidence = parts.evidence;
    this.#paths = parts.paths;
    this.#probeTimeoutMs = parts.probeTimeoutMs;
    this.#bindPort = parts.bindPort;
    this.#outbox = parts.outbox;
    this.#delegate = parts.delegate;
    this.#sequenceNumbers = parts.sequenceNumbers;
    this.#env = parts.env;
    this.#stats = parts.stats;
    const { addr, port, name } = parts.self;
    this.#ping = { seqNo: 0, node: '', sourceAddr: addr, sourcePort: port, sourceNode: name };
  }

  receivePing(ping: Ping, from: Address): void {
    const to = replyAddress(ping.sourceAddr, ping.sourcePort, from);
    if (to === undefined || !this.isForUs(ping)) {
      this.#stats.pingsIgnored += 1;
      return;
    }
    const source = this.#members.get(ping.sourceNode);
    if (source !== undefined) {
      this.#evidence.onPing(source.name);
      this.#paths.onPing(source);
    }
    const payload = this.#delegate.ackPayload();
    this.#stats.pingsAnswered += 1;
    this.#sendAck(ping.seqNo, payload.length === 0 ? null : payload, to);
  }

  /** An empty name means whoever gets the ping. */
  isForUs(ping: Ping): boolean {
    return ping.node === '' || ping.node === this.#self.name;
  }

  receiveIndirectPing(request: IndirectPing, from: Address): void {
    const asker = replyAddress(request.sourceAddr, request.sourcePort, from);
    const target = toAddress(request.target, request.port === 0 ? this.#bindPort : request.port);
    if (asker === undefined || target === undefined || this.#relays.size >= swimLimits.relaysMax) {
      this.#stats.relaysRefused += 1;
      return;
    }
    const ping = this.#ping;
    ping.seqNo = this.#sequenceNumbers.next();
    ping.node = request.node;
    this.#startRelay(ping.seqNo, request, asker);
    this.#stats.indirectPingsRelayed += 1;
    encodePing(this.#outbox.begin(), ping);
    this.#outbox.send(target, undefined);
  }

  /** The relayed ack carries no payload. */
  receiveAck(seqNo: number): void {
    const relay = this.#relays.get(seqNo);
    if (relay === undefined) return;
    this.#endRelay(seqNo, relay);
    this.#evidence.onRelay(relay.node, relay.askerName, relay.startedAtMs, true);
    this.#sendAck(relay.seqNo, null, relay.asker);
  }

  /** Forgets the relays under way: this node had no time, so it cannot say that their targets did not answer. */
  dropRelays(): void {
    for (const [seqNo, relay] of this.#relays) this.#endRelay(seqNo, relay);
  }

  #sendAck(seqNo: number, payload: Uint8Array | null, to: Address): void {
    this.#ack.seqNo = seqNo;
    this.#ack.payload = payload;
    encodeAck(this.#outbox.begin(), this.#ack);
    this.#outbox.send(to, undefined);
  }

  #startRelay(ownSeqNo: number, request: IndirectPing, asker: Address): void {
    // The request is decoded into the same object every time.
    const { seqNo, nack: wantsNack, node, sourceNode: askerName } = request;
    const startedAtMs = this.#env.clock.nowMs;
    const endsAtMs = startedAtMs + this.#probeTimeoutMs;
    const timer = new Timer('relayed ping', () => {
      if (this.#env.clock.nowMs >= endsAtMs) {
        this.#relays.delete(ownSeqNo);
        this.#evidence.onRelay(node, askerName, startedAtMs, false);
      } else this.#env.timers.arm(timer, endsAtMs);
      if (wantsNack && !isNacked) this.#sendNack(seqNo, asker);
      isNacked = true;
    });
    let isNacked = false;
    this.#relays.set(ownSeqNo, { seqNo, asker, timer, node, askerName, startedAtMs });
    this.#env.timers.arm(timer, startedAtMs + nackAfterShare * this.#probeTimeoutMs);
  }

  #sendNack(seqNo: number, asker: Address): void {
    this.#stats.nacksSent += 1;
    encodeNack(this.#outbox.begin(), { seqNo });
    this.#outbox.send(asker, undefined);
  }

  #endRelay(ownSeqNo: number, relay: Relay): void {
    this.#env.timers.cancel(relay.timer);
    this.#relays.delete(ownSeqNo);
  }
}

/** Where the answer goes: to the advertised source if there is one, else to where the packet came from. */
function replyAddress(addr: Uint8Array | null, port: number, from: Address): Address | undefined {
  if (addr === null || addr.length === 0 || port === 0) return from;
  return toAddress(addr, port);
}
