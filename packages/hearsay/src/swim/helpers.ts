import { isSameAddress, type Address } from '../util/index.ts';
import { encodeIndirectPing, type IndirectPing } from '../wire/index.ts';
import type { HelperEvidence, ProbeEvidence } from './evidence/records.ts';
import type { MemberList } from './member-list.ts';
import { protocolMax, type Member } from './member.ts';
import type { Outbox } from './outbox.ts';

/** Protocol version from which a node sends nacks (memberlist §4.8). */
const nacksSinceProtocol = 4;

/**
 * The members that are asked to ping a target which does not answer by itself (SWIM §3.1). Whoever gets no answer from it
 * either says so with a nack, so that this node can tell a silent target from its own bad connection (Lifeguard §IV.A).
 */
export class Helpers {
  readonly #members: MemberList;
  readonly #outbox: Outbox;
  readonly #askedMax: number;
  readonly #request: IndirectPing;
  readonly #asked: Member[] = [];
  #nacksExpected: number = 0;
  #nacksReceived: number = 0;
  /** Where it is recorded what those asked say, in the same order. */
  #recorded: readonly HelperEvidence[] = [];

  /** @param self - who asks */
  constructor(members: MemberList, outbox: Outbox, askedMax: number, self: Member) {
    const { addr: sourceAddr, port: sourcePort, name: sourceNode } = self;
    this.#members = members;
    this.#outbox = outbox;
    this.#askedMax = askedMax;
    this.#request = { seqNo: 0, target: null, port: 0, node: '', nack: false, sourceAddr, sourcePort, sourceNode };
  }

  /** Asks some at random to ping `target`, and to answer under the number of the ping that it did not answer. */
  ask(target: Member, seqNo: number): readonly Member[] {
    const mayHelp = (member: Member): boolean =>
      member.state === 'alive' && member !== target && !this.#members.isSelf(member) && member.address !== undefined;
    this.#members.sample(this.#askedMax, mayHelp, this.#asked);
    for (const helper of this.#asked) this.#askOne(helper, target, seqNo);
    return this.#asked;
  }

  /** Whether one of them is there. */
  wasAsked(address: Address): boolean {
    return this.#asked.some((helper) => isSameAddress(helper.address, address));
  }

  /** What they say is recorded there. */
  record(probe: ProbeEvidence): void {
    this.#recorded = probe.helpers;
  }

  receiveNack(from: Address): void {
    this.#nacksReceived += 1;
    this.note(from, 'nack');
  }

  /** An answer of one of them, if it is one. */
  note(from: Address, answer: 'ack' | 'nack'): void {
    const helper = this.#recorded[this.#asked.findIndex(({ address }) => isSameAddress(address, from))];
    if (helper !== undefined) helper.answer = answer;
  }

  /** How many nacks have not come; undefined when nobody was asked who sends any. */
  get missedNackCount(): number | undefined {
    return this.#nacksExpected === 0 ? undefined : Math.max(0, this.#nacksExpected - this.#nacksReceived);
  }

  /** Whether so many of them, or all if they are fewer, have said that they got no answer. */
  haveGivenUp(count: number): boolean {
    const nackCount = this.#recorded.filter(({ answer }) => answer === 'nack').length;
    return nackCount > 0 && nackCount >= Math.min(count, this.#recorded.length);
  }

  /** The round is over. */
  end(): void {
    this.#asked.length = 0;
    this.#recorded = [];
    this.#nacksExpected = 0;
    this.#nacksReceived = 0;
  }

  #askOne(helper: Member, target: Member, seqNo: number): void {
    const request = this.#request;
    request.seqNo = seqNo;
    request.target = target.addr;
    request.port = target.port;
    request.node = target.name;
    request.nack = protocolMax(helper) >= nacksSinceProtocol;
    if (request.nack) this.#nacksExpected += 1;
    encodeIndirectPing(this.#outbox.begin(), request);
    this.#outbox.send(helper.address!, helper);
  }
}
