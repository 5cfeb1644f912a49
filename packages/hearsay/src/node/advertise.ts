import { createSocket } from 'node:dgram';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ClusterError, formatAddress, type Address } from '../util/index.ts';
import type { Logger } from './logger.ts';
import { parseSeed, resolveFirst, type Lookup } from './seeds.ts';

/** The address that a node tells the others, and why it is that one. */
export interface Advertised {
  readonly address: Address;
  /** A sentence for people. */
  readonly explain: string;
}

/** What the choice depends on besides the options; replaced in tests. */
export interface HostNetwork {
  /** The source address that packets to other networks would carry; undefined without a default route. */
  defaultRouteHost(family: 4 | 6): Promise<string | undefined>;
  /** All addresses of this host that are neither loopback nor link-local. */
  hosts(): readonly { readonly host: string; readonly interfaceName: string }[];
}

/**
 * Chooses the address to tell others: the explicit one; else the one that is bound, when it is a specific one; else a
 * private address of the interface with the default route; else the only private address of the host. Never loopback,
 * unless bound to it, and never a public address, unless told to.
 *
 * @throws {@link ClusterError} `ERR_ADDRESS` when nothing fits; the message lists what there is
 */
export async function chooseAdvertised(
  explicit: string | undefined,
  bound: Address,
  lookup: Lookup,
  network: HostNetwork = systemNetwork,
): Promise<Advertised> {
  if (explicit !== undefined) return chooseExplicit(explicit, bound, lookup);
  if (!isUnspecified(bound.host)) {
    const isLoopback = loopback.check(bound.host, familyOf(bound.host));
    const note = isLoopback ? '; it is loopback, so only processes on this machine can join' : '';
    return { address: bound, explain: `it is the address that is bound${note}` };
  }
  const families: readonly (4 | 6)[] = isIP(bound.host) === 6 ? [4, 6] : [4];
  for (const family of families) {
    const host = await network.defaultRouteHost(family);
    if (host !== undefined && isPrivate(host)) {
      const explain = `it is the private IPv${family} address of the interface with the default route`;
      return { address: { host, port: bound.port }, explain };
    }
  }
  return chooseOnlyPrivate(bound, families, network);
}

/** Whether a host stands for "all addresses". Nobody can be reached at it. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Logs the choice: at `warn` when others cannot reach it from another machine, at `info` else. */
export function logAdvertised(advertised: Advertised, logger: Logger): void {
  const { host } = advertised.address;
  const level = loopback.check(host, familyOf(host)) ? 'warn' : 'info';
  logger[level](
    { address: formatAddress(advertised.address), because: advertised.explain },
    'advertised address chosen',
  );
}

async function chooseExplicit(explicit: string, bound: Address, lookup: Lookup): Promise<Advertised> {
  const place = parseSeed(explicit, bound.port);
  const literal = await resolveFirst('advertise', place, lookup);
  if (isUnspecified(literal)) {
    throw new ClusterError('ERR_ADDRESS', `advertise is "${explicit}", which is no address that others could reach`);
  }
  const from = literal === place.host ? '' : `, resolved from ${place.host}`;
  const port = place.port === 0 ? bound.port : place.port;
  return {
    address: { host: literal, port },
    explain: `it was given as advertise${from}`,
  };
}

function chooseOnlyPrivate(bound: Address, families: readonly (4 | 6)[], network: HostNetwork): Advertised {
  const hosts = network.hosts();
  const candidates = hosts.filter(
    ({ host }) => isPrivate(host) && families.includes(familyOf(host) === 'ipv6' ? 6 : 4),
  );
  const [only, ...others] = candidates;
  if (only !== undefined && others.length === 0) {
    const explain = `it is the only private address of this host, on ${only.interfaceName}; there is no default route`;
    return { address: { host: only.host, port: bound.port }, explain };
  }
  const list = hosts.map(({ host, interfaceName }) => `${host} (${interfaceName})`).join(', ');
  throw new ClusterError(
    'ERR_ADDRESS',
    `bound to ${formatAddress(bound)}, and which address others reach this node at is not clear: ` +
      `no private address has the default route. Set advertise, or bind to one address. This host has: ${list || 'none'}`,
  );
}

/** The addresses that are not meant to be reached from everywhere (RFC 6890), as memberlist asks of its own choice. */
const privateRanges: BlockList = new BlockList();
for (const [prefix, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['240.0.0.0', 4],
] as const) {
  privateRanges.addSubnet(prefix, bits, 'ipv4');
}
privateRanges.addSubnet('fc00::', 7, 'ipv6');

const loopback: BlockList = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isPrivate(host: string): boolean {
  return privateRanges.check(host, familyOf(host));
}

/** Not by `isIPv6`: it takes Node 5 ms to compile its expression, and `isIP` tries the short one of IPv4 first. */
function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIP(host) === 6 ? 'ipv6' : 'ipv4';
}

const systemNetwork: HostNetwork = {
  // Connecting a UDP socket sends nothing, but makes the system choose a route and with it a source address. The
  // targets belong to networks that are documentation only (RFC 5737, RFC 3849), so only the default route leads there.
  defaultRouteHost(family) {
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    return new Promise((resolve) => {
      const finish = (host: string | undefined): void => {
        socket.close();
        resolve(host);
      };
      socket.once('error', () => finish(undefined));
      socket.connect(9, family === 4 ? '203.0.113.1' : '2001:db8::1', () => finish(socket.address().address));
    });
  },

  hosts() {
    return Object.entries(networkInterfaces()).flatMap(([interfaceName, addresses = []]) =>
      addresses
        .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/.test(address))
        .map(({ address }) => ({ host: address, interfaceName })),
    );
  },
};
