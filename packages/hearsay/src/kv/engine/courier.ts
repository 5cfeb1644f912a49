import type { Member } from '../../swim/index.ts';
import { kvMessageTypes } from '../codec/message-type.ts';
import type { KvChannel, KvPeer } from '../exchange/index.ts';
import type { KvHost } from '../host.ts';
import type { Roster } from './roster.ts';

/** Where the type stands in a message. */
const typeAt = 4;

/**
 * The door through which all state leaves: sends messages to peers, and counts what goes out.
 *
 * Nothing goes to a member that does not take part, nor to one that is suspect, has failed or has left: another program may
 * have taken its name and address, one that knows nothing of state. Who is cut off for a while is brought back by
 * membership, and then is alive.
 */
export class Courier {
  readonly sentMessages: Record<string, number> = Object.fromEntries(kvMessageTypes.map((type) => [type, 0]));
  readonly sentBytes: Record<string, number> = Object.fromEntries(kvMessageTypes.map((type) => [type, 0]));
  readonly #host: KvHost;
  readonly #roster: Roster;
  #unreachableCount: number = 0;

  constructor(host: KvHost, roster: Roster) {
    this.#host = host;
    this.#roster = roster;
  }

  /** Messages that were held back, because their receiver may not be sent state, or has no address. */
  get unreachableCount(): number {
    return this.#unreachableCount;
  }

  /** The live peer of that name. A member that membership knows better than the roster does is added to it. */
  peer(name: string): KvPeer | undefined {
    const known = this.#roster.get(name);
    if (known !== undefined) return known;
    const member = this.#host.member(name);
    if (member === undefined || member.isDeadOrLeft || !this.#host.isCapable(member)) return undefined;
    this.#roster.addLive(name);
    return this.#roster.get(name);
  }

  /** Whether the member may be sent state now: it is alive, and announces that it takes part. */
  isOpen(member: Member | undefined): member is Member {
    return member?.state === 'alive' && this.#host.isCapable(member);
  }

  /** {@link isOpen} of the member of that name. */
  isOpenTo({ name }: KvPeer): boolean {
    return this.isOpen(this.#host.member(name));
  }

  send({ name }: KvPeer, message: Uint8Array, channel: KvChannel): void {
    const member = this.#host.member(name);
    if (!this.isOpen(member) || member.address === undefined) {
      this.#unreachableCount += 1;
      return;
    }
    this.count(message);
    this.#host.send(member, message, channel);
  }

  /** A message that goes out on its own or beside others. */
  count(message: Uint8Array): void {
    const type = kvMessageTypes[message[typeAt]! - 1]!;
    this.sentMessages[type]! += 1;
    this.sentBytes[type]! += message.length;
  }
}
