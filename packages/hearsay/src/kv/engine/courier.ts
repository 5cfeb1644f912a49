import { kvMessageTypes } from '../codec/message-type.ts';
import type { KvChannel, KvPeer } from '../exchange/index.ts';
import type { KvHost } from '../host.ts';
import type { Roster } from './roster.ts';

/** Where the type stands in a message. */
const typeAt = 4;

/** Sends messages to peers, never to a member that takes no part, and counts what goes out. */
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

  /** Messages to members that are known no longer, have no address, or have ceased to take part. */
  get unreachableCount(): number {
    return this.#unreachableCount;
  }

  /** The peer of that name, also a failed one. A member that membership knows better than the roster does is added to it. */
  peer(name: string): KvPeer | undefined {
    const known = this.#roster.find(name);
    if (known !== undefined) return known;
    const member = this.#host.member(name);
    if (member === undefined || member.isDeadOrLeft || !this.#host.isCapable(member)) return undefined;
    this.#roster.addLive(name);
    return this.#roster.find(name);
  }

  send({ name }: KvPeer, message: Uint8Array, channel: KvChannel): void {
    const member = this.#host.member(name);
    if (member === undefined || member.address === undefined || !this.#host.isCapable(member)) {
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
