import { networkInterfaces } from 'node:os';
import { ClusterError, formatAddress } from 'hearsay';
import type { MulticastDNS, Options } from 'multicast-dns';
import type { LeveledLogger } from './agent-log.ts';
import type { MdnsConfig } from './config.ts';
import { answersTo, fitsDns, MdnsEntries, serviceName, wantsUnicast, type MdnsService } from './mdns-records.ts';

/** What discovery by multicast DNS needs of its agent. */
export interface MdnsOptions {
  readonly service: MdnsService;
  readonly config: MdnsConfig;
  readonly logger: LeveledLogger;
  /** Joins agents that were found, `host:port` each; may reject. */
  readonly join: (addresses: readonly string[]) => Promise<void>;
  /** Port of multicast DNS; another one in tests. @defaultValue 5353 */
  readonly port?: number;
}

type Family = 'udp4' | 'udp6';

const groups: Readonly<Record<Family, string>> = { udp4: '224.0.0.251', udp6: 'ff02::fb' };
const pollIntervalMs = 60_000;
const listenMs = 1_000;
/** Found agents are joined together when none came for so long. Serf `command/agent/mdns.go`. */
const quietMs = 100;
const maxTried = 4_096;

/**
 * Lets agents of one cluster find each other on a network, as Serf's do: answers those that look, looks once a minute
 * itself, and joins each address once in its life, whatever comes of it.
 */
export class Mdns {
  readonly #options: MdnsOptions;
  readonly #families: readonly Family[];
  readonly #create: (options: Options) => MulticastDNS;
  readonly #responders: MulticastDNS[] = [];
  readonly #askers = new Set<MulticastDNS>();
  readonly #tried = new Set<string>();
  readonly #found: string[] = [];
  #quietTimer: NodeJS.Timeout | undefined;
  #pollTimer: NodeJS.Timeout | undefined;
  #isStopped: boolean = false;

  /**
   * Starts to answer and to look.
   *
   * @throws {@link ClusterError} `ERR_CONFIG` when the interface is none, or `multicast-dns` is not installed
   */
  static async start(options: MdnsOptions): Promise<Mdns> {
    const mdns = new Mdns(options, await loadMulticastDns());
    mdns.#announce();
    mdns.#poll();
    mdns.#pollTimer = setInterval(() => mdns.#poll(), pollIntervalMs);
    return mdns;
  }

  private constructor(options: MdnsOptions, create: (options: Options) => MulticastDNS) {
    this.#options = options;
    this.#create = create;
    const { disableIpv4, disableIpv6, interface: name } = options.config;
    const wanted: Family[] = [...(disableIpv4 ? [] : (['udp4'] as const)), ...(disableIpv6 ? [] : (['udp6'] as const))];
    this.#families = wanted.filter((family) => interfaceFor(family, name).isThere);
    if (this.#families.length === 0) {
      throw new ClusterError(
        'ERR_CONFIG',
        `mDNS cannot use the interface '${name}' (mdns.interface; it must be one of ${Object.keys(networkInterfaces()).join(', ')}, with an address that is not disabled)`,
      );
    }
    // It would find itself first.
    this.#tried.add(formatAddress(options.service));
  }

  /** Closes the sockets; nothing is joined after that. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#pollTimer);
    clearTimeout(this.#quietTimer);
    for (const socket of [...this.#responders, ...this.#askers]) socket.destroy();
  }

  #announce(): void {
    const { service, logger } = this.#options;
    if (!fitsDns(service)) {
      logger.warn({ name: service.instance }, 'the node name is no DNS name: others cannot find this agent by mDNS');
      return;
    }
    for (const family of this.#families) {
      const socket = this.#open(family, this.#options.port ?? 5_353);
      socket.on('query', ({ id, questions = [] }, asker) => {
        for (const question of questions.slice(0, 8)) {
          const answers = [...answersTo(question, service)];
          if (answers.length === 0) continue;
          const reply = { type: 'response', id: wantsUnicast(question) ? (id ?? 0) : 0, answers } as const;
          socket.respond(reply, { address: asker.address, port: asker.port });
        }
      });
      this.#responders.push(socket);
    }
  }

  /** Asks once, and listens for a second. A port of its own makes sure that the answers come here. */
  #poll(): void {
    const { cluster } = this.#options.service;
    for (const family of this.#families) {
      const entries = new MdnsEntries(cluster);
      const socket = this.#open(family, 0);
      socket.on('response', ({ answers = [], additionals = [] }) => {
        entries.add([...answers, ...additionals]);
        for (const address of entries.complete()) this.#find(address);
      });
      const questions = [{ name: serviceName(cluster), type: 'PTR' as const }];
      socket.query({ questions }, { address: groups[family], port: this.#options.port ?? 5_353 });
      this.#askers.add(socket);
      setTimeout(() => {
        this.#askers.delete(socket);
        socket.destroy();
      }, listenMs);
    }
  }

  #find(address: string): void {
    if (this.#isStopped || this.#tried.has(address) || this.#tried.size >= maxTried) return;
    this.#tried.add(address);
    this.#found.push(address);
    clearTimeout(this.#quietTimer);
    this.#quietTimer = setTimeout(() => void this.#joinFound(), quietMs);
  }

  async #joinFound(): Promise<void> {
    const { join, logger } = this.#options;
    const addresses = this.#found.splice(0);
    try {
      await join(addresses);
      logger.info({}, `Joined ${addresses.length} hosts`);
    } catch (error) {
      logger.error({}, `Failed to join: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #open(family: Family, port: number): MulticastDNS {
    const { address } = interfaceFor(family, this.#options.config.interface);
    const socket = this.#create({
      type: family,
      ip: groups[family],
      port,
      // On every address: a socket bound to that of an interface hears no multicast.
      bind: family === 'udp4' ? '0.0.0.0' : '::',
      ...(address !== undefined && { interface: address }),
    });
    const report = (error: Error): void => this.#options.logger.debug({ err: error, family }, 'trouble with mDNS');
    socket.on('warning', report);
    socket.on('error', (error) => this.#options.logger.error({ err: error, family }, 'mDNS does not work'));
    return socket;
  }
}

interface InterfaceAddress {
  readonly isThere: boolean;
  /** What a socket is told; undefined: the system's choice. */
  readonly address: string | undefined;
}

/** What a socket of that family is told for the interface `name`; empty: all. */
function interfaceFor(family: Family, name: string): InterfaceAddress {
  const all = networkInterfaces();
  if (family === 'udp6') {
    const usable = Object.keys(all).filter((each) => all[each]!.some((address) => address.family === 'IPv6'));
    const chosen =
      name === '' ? (usable.find((each) => each !== 'lo') ?? usable[0]) : usable.find((each) => each === name);
    return { isThere: chosen !== undefined, address: chosen === undefined ? undefined : `::%${chosen}` };
  }
  if (name === '') return { isThere: true, address: undefined };
  const address = Object.hasOwn(all, name) ? all[name]!.find((each) => each.family === 'IPv4')?.address : undefined;
  return { isThere: address !== undefined, address };
}

async function loadMulticastDns(): Promise<(options: Options) => MulticastDNS> {
  try {
    const { default: multicastDns } = await import('multicast-dns');
    return multicastDns;
  } catch (cause) {
    throw new ClusterError(
      'ERR_CONFIG',
      'discover needs the package multicast-dns, which is not installed (discover; npm install multicast-dns, or remove the key)',
      { cause },
    );
  }
}
