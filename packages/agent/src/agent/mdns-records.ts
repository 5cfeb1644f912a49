import { isIPv4, isIPv6 } from 'node:net';
import { formatAddress } from 'hearsay';
import type { QueryPacket, ResponsePacket } from 'multicast-dns';

/** A record as multicast-dns has it. */
export type DnsAnswer = NonNullable<ResponsePacket['answers']>[number];

/** A question as multicast-dns has it. */
export type DnsQuestion = NonNullable<QueryPacket['questions']>[number];

type StringAnswer = Extract<DnsAnswer, { data: string }>;
type SrvAnswer = Extract<DnsAnswer, { type: 'SRV' }>;
type TxtAnswer = Extract<DnsAnswer, { type: 'TXT' }>;

/** What one agent tells others by multicast DNS. */
export interface MdnsService {
  /** The name under which agents find each other, `discover`. */
  readonly cluster: string;
  /** The member's name. */
  readonly instance: string;
  /** The system's host name. */
  readonly hostName: string;
  /** The advertised address, an IP literal. */
  readonly host: string;
  readonly port: number;
}

const ttlS = 120;
const maxLabelBytes = 63;
const enumeration = '_services._dns-sd._udp.local';
/** Class IN with the bit that asks for an answer to the asker alone (RFC 6762, section 5.4), as dns-packet tells it. */
const unicastClass = 'UNKNOWN_32769';

/** The name that agents of one cluster ask for. */
export function serviceName(cluster: string): string {
  return `_serf_${cluster}._tcp.local`;
}

/** Whether every part of the service's names has room in a DNS name. */
export function fitsDns({ cluster, instance, hostName }: MdnsService): boolean {
  const names = [`${instance}.${serviceName(cluster)}`, hostName];
  return names.every(
    (name) =>
      Buffer.byteLength(name) < 254 && name.split('.').every((label) => Buffer.byteLength(label) <= maxLabelBytes),
  );
}

/** Whether the asker wants the answer for itself, with its own identifier. */
export function wantsUnicast({ class: questionClass }: DnsQuestion): boolean {
  return (questionClass as string | undefined) === unicastClass;
}

/** The records that answer a question, as HashiCorp's responder gives them; none when it is about something else. */
export function answersTo({ name, type }: DnsQuestion, service: MdnsService): readonly DnsAnswer[] {
  const all: string = 'ANY'; // not among the types of dns-packet's records, and yet asked for
  const isAny = (type as string) === all;
  const asks = (...types: readonly string[]): boolean => isAny || types.includes(type);
  const { pointer, server, address, text } = recordsOf(service);
  switch (name.replace(/\.$/, '').toLowerCase()) {
    case enumeration:
      return asks('PTR') ? [{ ...pointer, name: enumeration, data: serviceName(service.cluster) }] : [];
    case pointer.name.toLowerCase():
      return asks('PTR') ? [pointer, server, address, text] : [];
    case server.name.toLowerCase():
      if (asks('SRV')) return isAny ? [server, address, text] : [server, address];
      return type === 'TXT' ? [text] : type === address.type ? [address] : [];
    case address.name.toLowerCase():
      return asks(address.type) ? [address] : [];
    default:
      return [];
  }
}

function recordsOf({ cluster, instance, hostName, host, port }: MdnsService): {
  readonly pointer: StringAnswer;
  readonly server: SrvAnswer;
  readonly address: StringAnswer;
  readonly text: TxtAnswer;
} {
  const service = serviceName(cluster);
  const common = { ttl: ttlS, class: 'IN' } as const;
  const full = `${instance}.${service}`;
  return {
    pointer: { ...common, type: 'PTR', name: service, data: full },
    server: { ...common, type: 'SRV', name: full, data: { priority: 10, weight: 1, port, target: hostName } },
    address: { ...common, type: isIPv4(host) ? 'A' : 'AAAA', name: hostName, data: host },
    text: { ...common, type: 'TXT', name: full, data: [`Serf '${cluster}' cluster`] },
  };
}

/**
 * Finds agents in the records of responses. A record may come in another packet than the one it belongs to; what
 * strangers send is bounded and never trusted to be of the right form.
 */
export class MdnsEntries {
  readonly #suffix: string;
  readonly #servers = new Map<string, { readonly port: number; readonly target: string }>();
  readonly #hosts = new Map<string, string>();
  readonly #texts = new Set<string>();

  constructor(cluster: string) {
    this.#suffix = `.${serviceName(cluster)}`.toLowerCase();
  }

  add(records: readonly DnsAnswer[]): void {
    for (const record of records.slice(0, maxRecordsPerPacket)) {
      if (this.#servers.size + this.#hosts.size + this.#texts.size >= maxRecords) return;
      if (!('name' in record) || typeof record.name !== 'string') continue;
      const name = record.name.toLowerCase();
      if (record.type === 'A' || record.type === 'AAAA') {
        if (isIPv4(record.data) || isIPv6(record.data)) this.#hosts.set(name, record.data);
      } else if (name.endsWith(this.#suffix)) {
        if (record.type === 'SRV') {
          const { port, target } = record.data;
          this.#servers.set(name, { port, target: target.toLowerCase() });
        } else if (record.type === 'TXT') this.#texts.add(name);
      }
    }
  }

  /** `host:port` of every agent of which address, port and text are known. */
  complete(): readonly string[] {
    return [...this.#servers].flatMap(([name, { port, target }]) => {
      const host = this.#hosts.get(target);
      if (host === undefined || port === 0 || !this.#texts.has(name)) return [];
      return [formatAddress({ host, port })];
    });
  }
}

const maxRecordsPerPacket = 256;
const maxRecords = 4_096;
