import { ByteReader, ByteWriter, isSameAddress, randomInt, type Address } from '../util/index.ts';
import { toAddress } from '../wire/index.ts';
import type { SerfConfig } from './config.ts';
import type { SerfEnv, SerfHost } from './host.ts';
import { decodeQueryResponse, decodeRelayHeader, encodeRelayHeader } from './message-codec.ts';
import { SerfMessageType, type QueryResponseMessage, type RelayHeader } from './messages.ts';
import type { QueryMember, QueryMembers } from './query-members.ts';
import type { QueryStats } from './query-stats.ts';

/** What a {@link RelaySender} is made of. */
export interface RelaySenderParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly env: SerfEnv;
  readonly members: QueryMembers;
  readonly stats: QueryStats;
}

/** Relays go to members whose membership protocol goes this far (Serf `relayResponse`). */
const RELAY_PROTOCOL = 5;

/** Sends acks and answers a second time, through other members. */
export class RelaySender {
  readonly #parts: RelaySenderParts;
  readonly #writer: ByteWriter = new ByteWriter();

  constructor(parts: RelaySenderParts) {
    this.#parts = parts;
  }

  /** Through up to `factor` random members that understand relays. `message`: type byte and body of a query response. */
  send(factor: number, destination: RelayHeader, message: Uint8Array): void {
    const { config, host, members, stats } = this.#parts;
    if (factor === 0 || members.count < factor + 1) return;
    this.#writer.reset();
    encodeRelayHeader(this.#writer, destination);
    this.#writer.write(message);
    if (this.#writer.length > config.queryResponseMaxBytes) {
      stats.relaysTooLong += 1;
      return;
    }
    for (const address of this.#choose(factor)) {
      stats.relaysSent += 1;
      host.sendMessage(address, this.#writer.view());
    }
  }

  #choose(count: number): Address[] {
    const addresses: Address[] = [];
    for (const member of this.#parts.members.all()) {
      if (this.#understandsRelays(member) && member.address !== undefined) addresses.push(member.address);
    }
    const chosen = Math.min(count, addresses.length);
    for (let index = 0; index < chosen; index += 1) {
      const other = index + randomInt(this.#parts.env.rng, addresses.length - index);
      [addresses[index], addresses[other]] = [addresses[other]!, addresses[index]!];
    }
    return addresses.slice(0, chosen);
  }

  #understandsRelays(member: QueryMember): boolean {
    return (
      member.status === 'alive' &&
      member.name !== this.#parts.host.name &&
      member.versions.protocolMax >= RELAY_PROTOCOL
    );
  }
}

/** What a {@link RelayReceiver} is made of. */
export interface RelayReceiverParts {
  readonly config: SerfConfig;
  readonly host: SerfHost;
  readonly members: QueryMembers;
  /** A relayed answer to this node itself: to `QueryAsker.receiveResponse`. */
  readonly receiveResponse: (response: QueryResponseMessage) => void;
  readonly stats: QueryStats;
}

/** Passes on what others relay through this node: only answers to queries, only to members. */
export class RelayReceiver {
  readonly #parts: RelayReceiverParts;
  readonly #reader: ByteReader = new ByteReader();

  constructor(parts: RelayReceiverParts) {
    this.#parts = parts;
  }

  /** `message`: the complete relay message, type byte included; valid only during the call. */
  receive(message: Uint8Array): void {
    if (this.#tryForward(message)) this.#parts.stats.relaysForwarded += 1;
    else this.#parts.stats.relaysRefused += 1;
  }

  #tryForward(message: Uint8Array): boolean {
    const { config, host } = this.#parts;
    if (message.length > config.queryResponseMaxBytes) return false;
    const reader = this.#reader;
    reader.reset(message, 1);
    const header = decodeRelayHeader(reader);
    const innerAt = reader.position;
    if (reader.failure !== undefined || message[innerAt] !== SerfMessageType.queryResponse) return false;
    reader.skip(1);
    const response = decodeQueryResponse(reader);
    if (reader.failure !== undefined) return false;

    const member = this.#destination(header);
    if (member?.address === undefined) return false;
    if (member.name === host.name) this.#parts.receiveResponse(response);
    else host.sendMessage(member.address, message.subarray(innerAt));
    return true;
  }

  /** The member that the header means. Askers before Serf 0.9 do not say their name. */
  #destination({ addr, port, name }: RelayHeader): QueryMember | undefined {
    const address = toAddress(addr, port);
    if (address === undefined) return undefined;
    const { members } = this.#parts;
    if (name !== '') {
      const member = members.get(name);
      return isSameAddress(member?.address, address) ? member : undefined;
    }
    for (const member of members.all()) if (isSameAddress(member.address, address)) return member;
    return undefined;
  }
}
